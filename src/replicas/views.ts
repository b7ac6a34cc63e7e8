/** The Worker asks the replicas what they see, and what follows from that for the cluster as a whole. */
import type { Context } from '../context.ts'
import { readClusterRow, type ClusterRow } from '../db/cluster/cluster.ts'
import { loggable } from '../db/database.ts'
import { askReplica } from './asking.ts'
import { verdicts, type Verdicts } from './health-vote.ts'
import type { Configuration, Member } from './consensus/quorum.ts'
import { withinTime } from '../util/timeout.ts'
import type { ClusterState, ReplicaView } from './types.ts'

export interface ClusterView {
  /** The time at which the replicas were asked. */
  readonly at: number
  /** The epoch and version of the cluster state that names these members. */
  readonly epoch: number
  readonly version: number
  readonly members: readonly Member[]
  /** The views by the id of the member; undefined for one that did not answer. */
  readonly views: ReadonlyMap<string, ReplicaView | undefined>
  readonly verdicts: Verdicts
  /** The newest that any of them has accepted; what is decided only a proposal knows. */
  readonly state: ClusterState | undefined
  /** True while the first replicas start: nothing was ever decided, so no request needs to wait for their majority. */
  readonly isFounding: boolean
}

/**
 * Tells whether content may be changed: also in the first minute of a cluster, which its founders need to see each
 * other.
 */
export const isWritable = ({ verdicts: { hasMajority }, isFounding }: ClusterView): boolean => hasMajority || isFounding

/** The time that a new cluster has to reach a majority; without one, changes are refused from then on. */
const foundingMilliseconds = 60_000

const viewMilliseconds = 800
/** Once those who have answered are enough, the others get this much longer. */
const stragglerMilliseconds = 100
/** The time that D1 has to answer whether the cluster is another one. */
const clusterRowReadMilliseconds = 500

type Views = ReadonlyMap<string, ReplicaView | undefined>

/**
 * Asks all at once.
 *
 * @param limit how long a replica has to answer
 * @param isEnough whether these answers suffice; then a replica that hangs delays no request
 */
export async function collectViews(
  { replicas }: Pick<Context, 'replicas'>,
  members: readonly Member[],
  limit = viewMilliseconds,
  isEnough: (views: Views) => boolean = () => false,
): Promise<Views> {
  const views = new Map<string, ReplicaView | undefined>(members.map(({ id }) => [id, undefined]))
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const asked = members.map(async (member) => {
    const asking = askReplica(replicas, member, limit, async (replica) => replica.view())
    views.set(member.id, await asking.catch(() => undefined))
    if (isEnough(views)) resolve(scheduler.wait(stragglerMilliseconds))
  })
  await Promise.race([Promise.all(asked), enough])
  // A straggler's answer must not change what was judged.
  return new Map(views)
}

/**
 * Asks the replicas for their views. D1 is asked for the members again only when the known ones have no majority.
 *
 * @param known the members to ask; undefined: those that D1 names
 * @param limit milliseconds that a replica has to answer
 * @returns undefined for a registry that has no replicas yet
 */
export async function lookAtCluster(
  context: Context,
  known?: Configuration,
  limit = viewMilliseconds,
): Promise<ClusterView | undefined> {
  const first = known === undefined ? undefined : await lookAt(context, known, false, limit)
  if (first !== undefined && first.verdicts.hasMajority) return first
  const row = first === undefined ? await readClusterRow(context.db) : await rowInTime(context)
  if (row === undefined) return first
  const isFounding = row.readyAt === undefined && context.now - row.createdAt < foundingMilliseconds
  if (known !== undefined && first !== undefined && isSame(row, first)) return { ...first, isFounding }
  return lookAt(context, row, isFounding, limit)
}

/** Reads the row of the cluster; undefined when D1 fails or is slow, as the replicas' views still hold. */
async function rowInTime({ db }: Context): Promise<ClusterRow | undefined> {
  try {
    return await withinTime(readClusterRow(db), clusterRowReadMilliseconds)
  } catch (error) {
    console.error('the list of replicas could not be read from D1:', loggable(error))
    return undefined
  }
}

const isSame = ({ epoch, members }: ClusterRow, view: ClusterView): boolean =>
  epoch === view.epoch && sameMembers(members, view.members)

const sameMembers = (some: readonly Member[], others: readonly Member[]): boolean =>
  some.length === others.length && some.every(({ id }) => others.some((other) => other.id === id))

async function lookAt(
  context: Context,
  known: Configuration,
  isFounding: boolean,
  limit: number,
): Promise<ClusterView> {
  const isMajority = (seen: Views): boolean => verdicts(known.members, seen, Date.now()).hasMajority
  let views = await collectViews(context, known.members, limit, isMajority)
  const state = newestState(views)
  // They may know of a change that this isolate does not.
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

function newestState(views: Views): ClusterState | undefined {
  let newest: ClusterState | undefined
  for (const view of views.values()) {
    if (view?.state === undefined || view.retired) continue
    if (newest === undefined || isNewer(view.state, newest)) newest = view.state
  }
  return newest
}
