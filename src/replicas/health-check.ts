/**
 * Tells whether the registry as a whole is healthy, in DTR's words for everyone: an empty text, or the error. An answer
 * comes within a second, whatever hangs, holds for three seconds, and is shared by the requests that ask at the same time.
 */
import type { Context } from '../context.ts'
import { hasUsers } from '../db/accounts/accounts.ts'
import { readClusterRow } from '../db/cluster/cluster.ts'
import { loggable } from '../db/database.ts'
import { readRestoration } from '../db/restoration/restoration.ts'
import { RegistryError } from '../errors.ts'
import { isFull } from '../storage/room.ts'
import { withinTime } from '../util/timeout.ts'
import type { Configuration } from './consensus/quorum.ts'
import type { ReplicaRpc } from './types.ts'
import { clusterViewNow } from './view-cache.ts'
import { lookAtCluster, type ClusterView } from './views.ts'

/** A finished check of the cluster. */
interface Checked {
  readonly error: string
  /** A majority of the replicas answered in time. */
  readonly isAnswered: boolean
}

interface CachedHealth {
  checkedAt: number
  error: string | undefined
  configuration: Configuration | undefined
  /** The number of checks in a row that too few replicas answered in time. */
  unansweredChecks: number
  /** The check under way, for whose answer all requests wait. */
  pending: { readonly begunAt: number; readonly error: Promise<string> } | undefined
}

const subsystemCheckMilliseconds = 900
const replicaMilliseconds = 700
/** The time for which an answer holds. */
const healthFreshMilliseconds = 3000

const diskIsFull = 'registry: its disk is almost full, so pulls work but pushes do not'
const noMajority = 'no majority of replicas'
const accountsAreLost =
  'database: it has no user, as it is new or was lost: restore a backup ("breakwater backup restore"), or set BREAKWATER_ADMIN_PASSWORD to begin without one'

/** Keyed by the binding, of which an isolate has one. */
const cache = new WeakMap<DurableObjectNamespace<ReplicaRpc>, CachedHealth>()

/** Forgets the health, so that the next request checks again (for tests). */
export function forgetHealth(replicas: DurableObjectNamespace<ReplicaRpc>): void {
  cache.delete(replicas)
}

/** Makes the cached answer older (for tests). */
export function ageHealth(replicas: DurableObjectNamespace<ReplicaRpc>, milliseconds: number): void {
  const cached = cache.get(replicas)
  if (cached !== undefined) cached.checkedAt -= milliseconds
}

/** Returns what fails; empty for a healthy registry. */
export async function healthError(context: Context): Promise<string> {
  const error = await clusterError(context)
  return error === '' && (await isFull(context.disk)) ? diskIsFull : error
}

async function clusterError(context: Context): Promise<string> {
  const cached = cachedFor(context)
  const now = Date.now()
  if (cached.error !== undefined && now - cached.checkedAt < healthFreshMilliseconds) return cached.error
  // A check that takes longer ended with the request that it ran in.
  if (cached.pending === undefined || now - cached.pending.begunAt > 2 * subsystemCheckMilliseconds) {
    const error = check(context, cached)
    cached.pending = { begunAt: now, error }
    context.background(error.then(() => undefined))
  }
  return withinTime(cached.pending.error, subsystemCheckMilliseconds).catch(() => unanswered(noMajority))
}

function cachedFor({ replicas }: Context): CachedHealth {
  const known = cache.get(replicas)
  if (known !== undefined) return known
  const fresh = {
    checkedAt: 0,
    error: undefined,
    configuration: undefined,
    unansweredChecks: 0,
    pending: undefined,
  }
  cache.set(replicas, fresh)
  return fresh
}

async function check(context: Context, cached: CachedHealth): Promise<string> {
  // This renews what the isolate knows of the cluster for writes, and reports its counters.
  context.background(clusterViewNow(context).then(() => undefined))
  let asked = cached.configuration === undefined ? 'rethinkdb' : noMajority
  const look = async (): Promise<Checked> => {
    const configuration = cached.configuration ?? (await readClusterRow(context.db))
    // The cluster is being made; until then there is nothing that it could have decided.
    if (configuration === undefined) return { error: '', isAnswered: true }
    asked = noMajority
    const view = await lookAtCluster(context, configuration, replicaMilliseconds)
    if (view === undefined) return { error: '', isAnswered: true }
    cached.configuration = view
    return { error: errorIn(view), isAnswered: isAnswered(view) }
  }
  const [lost, checked] = await Promise.all([
    databaseError(context),
    withinTime(look(), subsystemCheckMilliseconds).catch((error: unknown): Checked => {
      console.error('the health of the registry could not be checked:', loggable(error))
      return { error: unanswered(asked), isAnswered: false }
    }),
  ])
  cached.pending = undefined
  return keep(cached, lost === undefined ? checked : { error: lost, isAnswered: true })
}

/**
 * Says that the registry is being restored, which replicas notice later, or that its database was lost: where an operator
 * has set a recovery secret, one without users waits for a backup. Undefined for others, or if D1 does not say.
 */
async function databaseError({ db, recoverySecret }: Context): Promise<string | undefined> {
  const look = async (): Promise<string | undefined> => {
    const found = await readRestoration(db)
    if (found !== undefined) return new RegistryError({ kind: 'being-restored', ...found }).message
    return recoverySecret === undefined || (await hasUsers(db)) ? undefined : accountsAreLost
  }
  return withinTime(look(), subsystemCheckMilliseconds).catch(() => undefined)
}

/**
 * Keeps the result of a check. An unanswered check counts from the second in a row, and is repeated at the next
 * request.
 *
 * @returns the error to report; empty when healthy
 */
function keep(cached: CachedHealth, { error, isAnswered }: Checked): string {
  cached.unansweredChecks = isAnswered ? 0 : cached.unansweredChecks + 1
  if (cached.unansweredChecks === 1 && cached.error === '') return ''
  cached.error = error
  cached.checkedAt = isAnswered ? Date.now() : 0
  return error
}

const isAnswered = ({ views, verdicts: { majority } }: ClusterView): boolean =>
  Array.from(views.values()).filter((view) => view !== undefined).length >= majority

const unanswered = (asked: string): string => `${asked}: it did not answer in time`

/** Says which subsystem fails. How it fails is for administrators. */
function errorIn(view: ClusterView): string {
  const { failing: subsystem, healthyCount, hasMajority } = view.verdicts
  // Founders that have not looked yet are no failure; a subsystem that they saw fail is.
  if (hasMajority || (view.isFounding && subsystem === undefined)) return ''
  const counted = `${healthyCount} of ${view.members.length} replicas ${healthyCount === 1 ? 'is' : 'are'} healthy`
  return subsystem === undefined
    ? `${noMajority}: ${counted}`
    : `${subsystem} is failing: only ${counted}, so there is ${noMajority}`
}
