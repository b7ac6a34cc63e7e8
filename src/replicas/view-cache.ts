/**
 * The view of the cluster that an isolate has. It is a soft fact: writes ask it whether there is a majority, and it is
 * some seconds old at most and renewed in the background; pulls do not even ask it.
 */
import { asOfNow, type Context } from '../context.ts'
import { readClusterRow } from '../db/cluster/cluster.ts'
import { loggable } from '../db/database.ts'
import { askReplica } from './asking.ts'
import { bootstrapCluster } from './bootstrap.ts'
import { verdicts } from './health-vote.ts'
import type { Member } from './consensus/quorum.ts'
import { withinTime } from '../util/timeout.ts'
import type { ReplicaRpc } from './types.ts'
import { isWritable, lookAtCluster, type ClusterView } from './views.ts'

/** The next request refreshes a view that is older than this. */
export const renewMilliseconds = 10_000
/** A view that is older than this is useless: requests wait for the next one. */
const oldestMilliseconds = 30_000
/**
 * The longest that a request waits when nothing is known, enough for both looks: a slow cluster may have a majority.
 */
const waitMilliseconds = 6000
/** A renewal that takes longer was ended with the request that it ran in. */
const renewalMilliseconds = 15_000
/** Between the look that finds no majority and the one that makes sure. */
const secondLookMilliseconds = 500
/** The time that a replica has to answer the second look. */
const patientMilliseconds = 3000
/** After a look that failed, or that found no majority. */
const retryMilliseconds = 1000
/** The time that a replica has to take the counters. */
const reportAnswerMilliseconds = 1000

interface Cached {
  view: ClusterView | undefined
  renewal: { readonly begunAt: number; readonly done: Promise<void> } | undefined
  /** The next one does not begin earlier. */
  notBefore: number
  /** The time at which the isolate last reported its counters. */
  reportedAt: number
}

/** Keyed by the binding, of which an isolate has one. */
const cache = new WeakMap<DurableObjectNamespace<ReplicaRpc>, Cached>()

/**
 * Returns a recent view of the cluster, and waits for one if none is kept.
 *
 * @returns undefined when nothing could be found out in time
 */
export async function clusterViewNow(context: Context): Promise<ClusterView | undefined> {
  const cached = cachedFor(context)
  const renewal = renewIfDue(context, cached)
  if (isRecent(cached.view)) return cached.view
  if (renewal !== undefined) await withinTime(renewal, waitMilliseconds).catch(() => undefined)
  return isRecent(cached.view) ? cached.view : undefined
}

const isRecent = (view: ClusterView | undefined): view is ClusterView =>
  view !== undefined && Date.now() - view.at < oldestMilliseconds

function cachedFor({ replicas }: Context): Cached {
  const known = cache.get(replicas)
  if (known !== undefined) return known
  const fresh: Cached = { view: undefined, renewal: undefined, notBefore: 0, reportedAt: Date.now() }
  cache.set(replicas, fresh)
  return fresh
}

/**
 * Begins a renewal of the view if one is due.
 *
 * @returns a promise of the end of the renewal that is under way; undefined when none is
 */
function renewIfDue(context: Context, cached: Cached): Promise<void> | undefined {
  const now = Date.now()
  const { renewal } = cached
  if (renewal !== undefined && now - renewal.begunAt < renewalMilliseconds) return renewal.done
  if (now < cached.notBefore) return undefined
  cached.notBefore = now + renewMilliseconds
  const begun = {
    begunAt: now,
    done: renew(context, cached).finally(() => {
      if (cached.renewal === begun) cached.renewal = undefined
    }),
  }
  cached.renewal = begun
  context.background(begun.done)
  return begun.done
}

async function renew(context: Context, cached: Cached): Promise<void> {
  try {
    const now = asOfNow(context)
    const known = cached.view?.members.length === 0 ? undefined : cached.view
    const view = (await lookAtCluster(now, known)) ?? viewBeforeCluster(now.now)
    cached.view = isWritable(view) ? view : await lookTwice(now, view)
    if (!isWritable(cached.view)) {
      cached.notBefore = Date.now() + retryMilliseconds
      console.error('no changes are accepted until a majority of the replicas is healthy:', cached.view.verdicts.error)
    }
    if (cached.view.isFounding) {
      await bootstrapCluster(now)
      cached.view = (await lookAtCluster(now)) ?? cached.view
    }
    cached.reportedAt = Date.now()
    await report(context, cached.view).catch(noteUnreported)
  } catch (error) {
    cached.notBefore = Date.now() + retryMilliseconds
    console.error('the view of the cluster could not be refreshed:', error)
  }
}

/** Looks again, with more patience: a majority that seems lost may only be slow. */
async function lookTwice(context: Context, first: ClusterView): Promise<ClusterView> {
  await scheduler.wait(secondLookMilliseconds)
  return (await lookAtCluster(asOfNow(context), first, patientMilliseconds)) ?? first
}

/** Returns the view before there is a cluster, when nothing was decided yet. */
const viewBeforeCluster = (at: number): ClusterView => ({
  at,
  epoch: 0,
  version: 0,
  members: [],
  views: new Map(),
  verdicts: verdicts([], new Map(), at),
  state: undefined,
  isFounding: true,
})

/** The time for which an isolate that only serves pulls, and so never checks the cluster, keeps its counters. */
const reportMilliseconds = 60_000

/**
 * Reports the counters of an isolate that has not checked the cluster for a while to a replica, in the background.
 */
export function reportInTime(context: Context): void {
  const cached = cachedFor(context)
  const now = Date.now()
  if (now - cached.reportedAt < reportMilliseconds) return
  cached.reportedAt = now
  context.background(reportTo(context, cached).catch(noteUnreported))
}

function noteUnreported(error: unknown): void {
  console.error('counters could not be reported:', loggable(error))
}

async function reportTo(context: Context, { view }: Cached): Promise<void> {
  const members = view === undefined ? (await readClusterRow(context.db))?.members : view.members
  await tell(context, members ?? [])
}

/** Reports the counters to any replica that answers, as sums are taken over all. A failed report loses them. */
async function report(context: Context, { members, views }: ClusterView): Promise<void> {
  const answering = members.filter(({ id }) => views.get(id) !== undefined)
  await tell(context, answering)
}

async function tell({ replicas, takeCounters }: Context, members: readonly Member[]): Promise<void> {
  const to = members[Math.floor(Math.random() * members.length)]
  const counted = to === undefined ? {} : (takeCounters?.() ?? {})
  if (to === undefined || Object.keys(counted).length === 0) return
  await askReplica(replicas, to, reportAnswerMilliseconds, async (replica) => replica.report(counted))
}

/** Forgets the view, after a change of the cluster and for tests: the next request waits for a fresh one. */
export function forgetClusterView(replicas: DurableObjectNamespace<ReplicaRpc>): void {
  cache.delete(replicas)
}

/** Keeps a view that accepts changes until a time, in milliseconds since 1970 (for tests). */
export function holdClusterView(replicas: DurableObjectNamespace<ReplicaRpc>, until: number): void {
  const cached = cache.get(replicas)
  if (cached?.view === undefined) return
  if (!isWritable(cached.view)) return forgetClusterView(replicas)
  cached.notBefore = until
  cached.view = { ...cached.view, at: until }
}

/** Makes the view older by so many milliseconds (for tests). */
export function ageClusterView(replicas: DurableObjectNamespace<ReplicaRpc>, milliseconds: number): void {
  const cached = cache.get(replicas)
  if (cached === undefined) return
  cached.notBefore -= milliseconds
  cached.reportedAt -= milliseconds
  if (cached.view !== undefined) cached.view = { ...cached.view, at: cached.view.at - milliseconds }
}
