/** Operations on replicas: join, remove, drill, and emergency repair after a lost majority. */
import type { Context } from '../context.ts'
import { readClusterRow, updateClusterRow, type ClusterRow } from '../db/cluster/cluster.ts'
import { raiseGate, readWriteGate, setWriteGate } from '../db/write-gate.ts'
import { RegistryError } from '../errors.ts'
import { askReplica } from './asking.ts'
import { proposeChange, proposeMembership } from './cluster.ts'
import { bootstrapCluster } from './bootstrap.ts'
import { freshReplicaId, nextLocation, type Location } from './locations.ts'
import { gateFor } from './read-only.ts'
import { setReadOnly, type ClusterState, type ReadOnly } from './consensus/cluster-state.ts'
import { voters, type Member } from './consensus/quorum.ts'
import type { ReplicaView } from './types.ts'
import { collectViews, lookAtCluster } from './views.ts'

const askMilliseconds = 5000
/** A check tries what fails twice, and so does it ask its peers. */
const replicaCheckMilliseconds = 10_000

/**
 * Starts a fresh replica and makes it a member.
 *
 * @param location undefined: one that no other has, if there is one
 * @throws RegistryError as `proposeMembership`
 */
export async function joinReplica(
  context: Context,
  location?: Location,
): Promise<{ readonly member: Member; readonly state: ClusterState }> {
  const { members, createdAt: foundedAt } = await bootstrapCluster(context)
  const member = { id: freshReplicaId(), location: location ?? nextLocation(members) }
  await ask(context, member, async (replica) => replica.start({ ...member, foundedAt, founding: null }))
  const state = await proposeMembership(context, { kind: 'join', member }).catch(async (error: unknown) => {
    // If the replica became a member after all, it finds out from D1.
    if (error instanceof RegistryError && error.failure.kind === 'replicas-unchanged') await dismiss(context, member)
    throw error
  })
  await checkAll(context, state.members)
  return { member, state }
}

/** Evicts a removed replica. If it cannot be reached, it retires when it reads the members from D1. */
async function dismiss(context: Context, member: Member): Promise<void> {
  await ask(context, member, async (replica) => replica.leave()).catch((error: unknown) => {
    console.error(`the replica ${member.id} could not be told that it is no longer a member:`, error)
  })
}

/** Removes a replica from the cluster. @throws RegistryError as `proposeMembership` */
export async function removeReplica(context: Context, id: string): Promise<ClusterState> {
  const known = (await readClusterRow(context.db))?.members.find((member) => member.id === id)
  const state = await proposeMembership(context, { kind: 'remove', id })
  if (known !== undefined) await dismiss(context, known)
  await checkAll(context, state.members)
  return state
}

/**
 * Makes one replica the whole cluster and evicts the others, also those that cannot be told now. Read-only mode stays
 * as it was last in force, even if the survivor had missed that.
 *
 * @param isForced also while a majority is healthy
 * @throws RegistryError `replica-unknown`, `replica-unreachable`, or `replicas-unchanged` when it cannot be the
 * survivor, or there is a majority
 */
export async function emergencyRepair(context: Context, id: string, isForced = false): Promise<ClusterState> {
  const row = await findRow(context)
  const survivor = row.members.find((member) => member.id === id) ?? (await forgottenMember(context, id))
  if (!isForced && (await lookAtCluster(context, row))?.verdicts.hasMajority === true) {
    throw new RegistryError({ kind: 'replicas-unchanged', reason: { kind: 'majority-healthy' } })
  }
  const around = { epoch: await highestEpoch(context, row), readOnly: await switchInForce(context) }
  const repair = await ask(context, survivor, async (replica) => replica.repair(around))
  if (repair.kind !== 'repaired') {
    throw new RegistryError({ kind: 'replicas-unchanged', reason: { kind: 'survivor-empty', id } })
  }
  await updateClusterRow(context.db, repair.state, context.now)
  const state = await keepSwitch(context, repair.state)
  const { epoch } = state
  const evicted = voters(repair.before).filter((member) => member.id !== id)
  await Promise.allSettled(evicted.map((member) => ask(context, member, async (replica) => replica.evict(epoch))))
  await checkAll(context, state.members)
  return state
}

/**
 * Finds a replica that the row does not name, as after a restore of the database to a time before it joined.
 *
 * @throws RegistryError `replica-unknown` if it does not exist or has no state
 */
async function forgottenMember(context: Context, id: string): Promise<Member> {
  const view = await ask(context, { id, location: '' }, async (replica) => replica.view()).catch(() => undefined)
  if (view === undefined || view.retired || view.state === undefined) {
    throw new RegistryError({ kind: 'replica-unknown', id })
  }
  return { id, location: view.location }
}

/** Asks all replicas, so that an earlier repair that no other replica heard of does not remain the newest. */
async function highestEpoch(context: Context, row: ClusterRow): Promise<number> {
  const views = await collectViews(context, row.members)
  return Math.max(row.epoch, ...Array.from(views.values(), (view) => view?.epoch ?? 0))
}

/** Reads the last switch in force from the gate, as the survivor may have missed it. */
async function switchInForce({ db }: Context): Promise<ReadOnly> {
  const { token, closed: on, reason, until = null, by } = await readWriteGate(db)
  return { token, on, reason, until, by }
}

/** Bars earlier epochs from opening or closing the gate. Keeps what one of them did at the last moment. */
async function keepSwitch(context: Context, after: ClusterState): Promise<ClusterState> {
  await raiseGate(context.db, after.readOnly.token)
  const { on, reason, until, by } = await switchInForce(context)
  const { readOnly } = after
  const isSame =
    on === readOnly.on && reason === readOnly.reason && until === readOnly.until && by === gateFor(readOnly).by
  if (isSame) return after
  const state = await proposeChange(context, setReadOnly({ on, reason, until, by }))
  await setWriteGate(context.db, gateFor(state.readOnly))
  return state
}

/**
 * Takes a replica out of service, as a drill.
 *
 * @param until milliseconds since 1970; zero ends it
 * @throws RegistryError `replica-unknown` or `replica-unreachable`
 */
export async function drillReplica(context: Context, id: string, until: number): Promise<void> {
  const member = memberOf(await findRow(context), id)
  await ask(context, member, async (replica) => replica.drill(until))
}

/** Makes all replicas check their subsystems and each other now, without waiting for their alarms. */
export async function checkAll(
  context: Pick<Context, 'replicas'>,
  members: readonly Member[],
): Promise<ReadonlyMap<string, ReplicaView>> {
  const asked = members.map((member) =>
    ask(context, member, async (replica) => replica.check(), replicaCheckMilliseconds),
  )
  const views = (await Promise.allSettled(asked)).flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  return new Map(views.map((view) => [view.id, view]))
}

async function findRow({ db }: Context): Promise<ClusterRow> {
  const row = await readClusterRow(db)
  if (row === undefined) throw new RegistryError({ kind: 'replicas-unchanged', reason: { kind: 'no-replicas' } })
  return row
}

function memberOf({ members }: ClusterRow, id: string): Member {
  const member = members.find((one) => one.id === id)
  if (member === undefined) throw new RegistryError({ kind: 'replica-unknown', id })
  return member
}

async function ask<Result>(
  { replicas }: Pick<Context, 'replicas'>,
  member: Member,
  call: Parameters<typeof askReplica<Result>>[3],
  limit = askMilliseconds,
): Promise<Result> {
  try {
    return await askReplica(replicas, member, limit, call)
  } catch (error) {
    throw new RegistryError({ kind: 'replica-unreachable', id: member.id }, { cause: error })
  }
}
