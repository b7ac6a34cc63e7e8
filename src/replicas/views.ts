/** The Worker asks the replicas what they see, and what follows from that for the cluster as a whole. */
import { readClusterRow, type ClusterRow } from '../db/cluster.ts'
import type { Database } from '../db/database.ts'
import { verdicts, type Verdicts } from './health.ts'
import { stubOf } from './locations.ts'
import type { Configuration, Member } from './register/quorum.ts'
import { withinTime } from './timeout.ts'
import type { ClusterState, ReplicaRpc, ReplicaView } from './types.ts'

export interface ClusterContext {
  readonly db: Database
  readonly replicas: DurableObjectNamespace<ReplicaRpc>
  /** With how many a cluster begins. */
  readonly replicaCount: number
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface ClusterView {
  /** When the replicas were asked. */
  readonly at: number
  /** Of the register, as far as the members go. */
  readonly epoch: number
  readonly version: number
  readonly members: readonly Member[]
  /** By the id of the member; undefined for one that did not answer. */
  readonly views: ReadonlyMap<string, ReplicaView | undefined>
  readonly verdicts: Verdicts
  /** The newest that any of them has accepted; what is decided only a proposal knows. */
  readonly state: ClusterState | undefined
  /** Its founders are just beginning: nothing was ever decided, so nobody needs to wait for their majority. */
  readonly isFounding: boolean
}

/** Whether content may be changed. */
export const isWritable = ({ verdicts: { hasMajority }, isFounding }: ClusterView): boolean => hasMajority || isFounding

const viewMilliseconds = 800

/** Asks all at once. */
export async function collectViews(
  { replicas }: Pick<ClusterContext, 'replicas'>,
  members: readonly Member[],
  limit = viewMilliseconds,
): Promise<ReadonlyMap<string, ReplicaView | undefined>> {
  const entries = members.map(async (member): Promise<[string, ReplicaView | undefined]> => [
    member.id,
    await withinTime(stubOf(replicas, member).view(), limit).catch(() => undefined),
  ])
  return new Map(await Promise.all(entries))
}

/**
 * @param known whom to ask; undefined: whom D1 names. D1 is asked again only when those have no majority
 * @param limit how long a replica has to answer
 * @returns undefined for a registry that has no replicas yet
 */
export async function lookAtCluster(
  context: ClusterContext,
  known?: Configuration,
  limit = viewMilliseconds,
): Promise<ClusterView | undefined> {
  const first = known === undefined ? undefined : await lookAt(context, known, false, limit)
  if (first !== undefined && first.verdicts.hasMajority) return first
  const row = await readClusterRow(context.db)
  if (row === undefined) return first
  const isFounding = row.readyAt === undefined
  if (known !== undefined && first !== undefined && isSame(row, first)) return { ...first, isFounding }
  return lookAt(context, row, isFounding, limit)
}

const isSame = ({ epoch, members }: ClusterRow, view: ClusterView): boolean =>
  epoch === view.epoch && sameMembers(members, view.members)

const sameMembers = (some: readonly Member[], others: readonly Member[]): boolean =>
  some.length === others.length && some.every(({ id }) => others.some((other) => other.id === id))

async function lookAt(
  context: ClusterContext,
  known: Configuration,
  isFounding: boolean,
  limit: number,
): Promise<ClusterView> {
  let views = await collectViews(context, known.members, limit)
  const state = newestState(views)
  // They may know of a change that whoever asks does not.
  const isNews = state !== undefined && isNewer(state, known)
  const { epoch, version, members } = isNews ? state : known
  const strangers = members.filter(({ id }) => !views.has(id))
  if (strangers.length > 0) views = new Map([...views, ...(await collectViews(context, strangers, limit))])
  const inService = new Map(Array.from(views, ([id, view]) => [id, view?.retired === true ? undefined : view]))
  return {
    at: context.now,
    epoch,
    version,
    members,
    views: inService,
    verdicts: verdicts(members, inService, Date.now()),
    state,
    isFounding,
  }
}

const isNewer = (one: Configuration, other: Configuration): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.version > other.version)

function newestState(views: ReadonlyMap<string, ReplicaView | undefined>): ClusterState | undefined {
  let newest: ClusterState | undefined
  for (const view of views.values()) {
    if (view?.state === undefined || view.retired) continue
    if (newest === undefined || isNewer(view.state, newest)) newest = view.state
  }
  return newest
}
