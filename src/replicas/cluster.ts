/** Proposes changes of the cluster state to the replicas, and reads it: the Worker is the proposer of CASPaxos. */
import type { Context } from '../context.ts'
import { readClusterRow, updateClusterRow, type ClusterRow } from '../db/cluster/cluster.ts'
import { RegistryError } from '../errors.ts'
import type { WhyReplicasUnchanged } from '../failures/cluster.ts'
import { askReplica } from './asking.ts'
import { bootstrapCluster } from './bootstrap.ts'
import { identity, type Change, type ClusterState, type Refusal } from './consensus/cluster-state.ts'
import { changeMembership, type MembershipChange } from './consensus/membership-change.ts'
import type { ProposeResult } from './consensus/proposal.ts'
import { propose, type Network, type ProposeOptions } from './consensus/proposer.ts'
import type { Configuration } from './consensus/quorum.ts'

/** A Worker on the other side of the world needs a while, and so does a replica that has slept. */
const voteMilliseconds = 2000
const attempts = 8

/**
 * Changes the cluster state, and is answered when the change is decided.
 *
 * @param known who the replicas are; undefined: whom D1 names, where a cluster is made if there is none
 * @returns the state that was decided
 * @throws RegistryError `no-majority`, or `overloaded` when others kept being faster; in both cases the change may still
 *   be decided. Also `replicas-unchanged` or `replica-unknown`, by what the change refuses
 */
export async function proposeChange(context: Context, change: Change, known?: Configuration): Promise<ClusterState> {
  const attempt = (current: Configuration) => propose(networkOf(context), current, change, proposeOptions())
  return decide(context, attempt, known ?? (await bootstrapCluster(context)))
}

/** Reads the decided state. @throws RegistryError as `proposeChange` */
export const readClusterState = (context: Context, known?: Configuration): Promise<ClusterState> =>
  proposeChange(context, identity, known)

/** Proposes, as `proposeChange` does, that one replica joins or is removed, and then updates the row in D1. */
export async function proposeMembership(context: Context, wanted: MembershipChange): Promise<ClusterState> {
  const attempt = (known: Configuration) => changeMembership(networkOf(context), known, wanted, proposeOptions())
  const state = await decide(context, attempt, await bootstrapCluster(context))
  await updateClusterRow(context.db, state, context.now)
  return state
}

async function decide(
  context: Context,
  attempt: (known: Configuration) => Promise<ProposeResult>,
  known: Configuration,
): Promise<ClusterState> {
  const result = await attempt(known)
  if (result.kind !== 'evicted') return decidedBy(result, known)
  // D1 had not followed yet, or has since.
  const next = result.configuration ?? (await rowAfter(context, known))
  return decidedBy(await attempt(next), next)
}

async function rowAfter({ db }: Context, known: Configuration): Promise<ClusterRow> {
  const next = await readClusterRow(db)
  if (next === undefined || next.epoch <= known.epoch) throw noMajority(known)
  return next
}

function decidedBy(result: ProposeResult, known: Configuration): ClusterState {
  switch (result.kind) {
    case 'decided':
      return result.value
    case 'refused':
      throw refused(result.refusal)
    case 'contention':
      throw new RegistryError({ kind: 'overloaded' })
    case 'no-majority':
    case 'unfounded':
    case 'evicted':
      throw noMajority(known)
  }
}

const noMajority = ({ members }: Configuration): RegistryError =>
  new RegistryError({ kind: 'no-majority', replicas: members.length })

function refused(refusal: Refusal): RegistryError {
  if (refusal.kind === 'not-a-member') return new RegistryError({ kind: 'replica-unknown', id: refusal.id })
  return new RegistryError({ kind: 'replicas-unchanged', reason: reasonOf(refusal) })
}

/** Leaves out what an answer does not tell: the members of the change that is under way. */
function reasonOf(refusal: Exclude<Refusal, { readonly kind: 'not-a-member' }>): WhyReplicasUnchanged {
  switch (refusal.kind) {
    case 'already-a-member':
    case 'last-member':
    case 'too-many-members':
      return refusal
    case 'change-under-way':
    case 'stale-token':
      return { kind: refusal.kind }
    case 'lock-held':
      return { kind: 'lock-held', holder: refusal.lock.holder }
  }
}

const proposeOptions = (): ProposeOptions => ({
  proposerId: crypto.randomUUID(),
  random: Math.random,
  attempts,
  sleep: (milliseconds) => scheduler.wait(milliseconds),
})

const networkOf =
  ({ replicas }: Context): Network =>
  (to, message) =>
    askReplica(replicas, to, voteMilliseconds, async (replica) => replica.vote(message))
