/** What an operator does with replicas: one joins, one goes, and the way out when a majority is lost for good. */
import { readClusterRow, updateClusterRow, type ClusterRow } from '../db/cluster.ts'
import { readWriteGate, writeGate } from '../db/write-gate.ts'
import { RegistryError } from '../errors.ts'
import { proposeChange, proposeMembership } from './cluster.ts'
import { freshReplicaId, nextLocation, stubOf, type Location } from './locations.ts'
import { gateFor } from './read-only.ts'
import { setReadOnly, type ClusterState } from './register/cluster-state.ts'
import { voters, type Member } from './register/quorum.ts'
import { withinTime } from './timeout.ts'
import type { ReplicaView } from './types.ts'
import type { ClusterContext } from './views.ts'

const askMilliseconds = 5000

/**
 * A fresh replica becomes a member.
 *
 * @param location undefined: where none of the others is
 * @throws RegistryError as `proposeMembership`
 */
export async function joinReplica(
  context: ClusterContext,
  location?: Location,
): Promise<{ readonly member: Member; readonly state: ClusterState }> {
  const members = (await readClusterRow(context.db))?.members ?? []
  const member = { id: freshReplicaId(), location: location ?? nextLocation(members) }
  await withinTime(stubOf(context.replicas, member).start({ ...member, founding: null }), askMilliseconds)
  const state = await proposeMembership(context, { kind: 'join', member })
  await checkAll(context, state.members)
  return { member, state }
}

/** @throws RegistryError as `proposeMembership` */
export async function removeReplica(context: ClusterContext, id: string): Promise<ClusterState> {
  const state = await proposeMembership(context, { kind: 'remove', id })
  await checkAll(context, state.members)
  return state
}

/**
 * The replica becomes the cluster, and the others are evicted, also those that cannot be told so now. Read-only mode
 * stays as it was last in force, even if the survivor had missed that.
 *
 * @throws RegistryError `replica-unknown`, `replica-unreachable`, or `replicas-unchanged` when it cannot be the survivor
 */
export async function emergencyRepair(context: ClusterContext, id: string): Promise<ClusterState> {
  const row = await findRow(context)
  const survivor = memberOf(row, id)
  const repair = await ask(context, survivor, async (replica) => replica.repair())
  if (repair.kind !== 'repaired') {
    const why = `${id} holds nothing of this cluster: repair from another replica`
    throw new RegistryError({ kind: 'replicas-unchanged', why })
  }
  await updateClusterRow(context.db, repair.state, context.now)
  const state = await keepSwitch(context, repair.before, repair.state)
  const { epoch } = state
  const evicted = voters(repair.before).filter((member) => member.id !== id)
  await Promise.allSettled(evicted.map((member) => ask(context, member, async (replica) => replica.evict(epoch))))
  await checkAll(context, state.members)
  return state
}

/** The gate knows the last switch that was in force; the survivor may have slept through it. */
async function keepSwitch(context: ClusterContext, before: ClusterState, after: ClusterState): Promise<ClusterState> {
  const gate = await readWriteGate(context.db)
  const { closed: on, reason, until = null, by } = gate
  const isMissed = before.readOnly.token < gate.token && gate.token < after.readOnly.token
  const state = isMissed ? await proposeChange(context, setReadOnly({ on, reason, until, by })) : after
  // From here on nobody of an earlier epoch can open or close it.
  await writeGate(context.db, gateFor(state.readOnly), undefined)
  return state
}

/**
 * Takes a replica out of service, to practise.
 *
 * @param until milliseconds since 1970; zero ends it
 * @throws RegistryError `replica-unknown` or `replica-unreachable`
 */
export async function drillReplica(context: ClusterContext, id: string, until: number): Promise<void> {
  const member = memberOf(await findRow(context), id)
  await ask(context, member, async (replica) => replica.drill(until))
}

/** All look at their subsystems and at each other at once, so that nobody has to wait for their alarms. */
export async function checkAll(
  context: Pick<ClusterContext, 'replicas'>,
  members: readonly Member[],
): Promise<ReadonlyMap<string, ReplicaView>> {
  const asked = members.map((member) => ask(context, member, async (replica) => replica.check()))
  const views = (await Promise.allSettled(asked)).flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  return new Map(views.map((view) => [view.id, view]))
}

async function findRow({ db }: ClusterContext): Promise<ClusterRow> {
  const row = await readClusterRow(db)
  if (row === undefined) throw new RegistryError({ kind: 'replicas-unchanged', why: 'there are no replicas yet' })
  return row
}

function memberOf({ members }: ClusterRow, id: string): Member {
  const member = members.find((one) => one.id === id)
  if (member === undefined) throw new RegistryError({ kind: 'replica-unknown', id })
  return member
}

async function ask<Result>(
  { replicas }: Pick<ClusterContext, 'replicas'>,
  member: Member,
  work: (replica: ReturnType<typeof stubOf>) => Promise<Result>,
): Promise<Result> {
  try {
    return await withinTime(work(stubOf(replicas, member)), askMilliseconds)
  } catch (error) {
    throw new RegistryError({ kind: 'replica-unreachable', id: member.id }, { cause: error })
  }
}
