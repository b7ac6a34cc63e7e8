/**
 * What load balancers and monitors ask, without credentials: `/health` and `/_ping` as DTR has them, and the status of
 * its nginx. An answer comes within a second, whatever hangs.
 */
import { Hono } from 'hono'
import { readClusterRow } from '../db/cluster/cluster.ts'
import { loggable } from '../db/database.ts'
import { counterNames, counters, sumOf } from '../metrics/counters.ts'
import { stubStatus } from '../metrics/stub-status.ts'
import type { Configuration } from '../replicas/consensus/quorum.ts'
import { isFull } from '../storage/room.ts'
import { withinTime } from '../util/timeout.ts'
import type { Counters, ReplicaRpc } from '../replicas/types.ts'
import { clusterViewNow } from '../replicas/view-cache.ts'
import { lookAtCluster, type ClusterView } from '../replicas/views.ts'
import { clusterContext, type AppContext, type AppEnv } from './context.ts'

export const health = new Hono<AppEnv>()

/** Empty for a healthy registry, else what fails, in DTR's words. */
type Finding = string

interface Known {
  /** When it was found out. */
  at: number
  finding: Finding | undefined
  configuration: Configuration | undefined
  /** How many looks in a row were not answered by enough replicas in time. */
  silences: number
  /** A request is just finding out, and the others wait for the same answer. */
  look: { readonly begunAt: number; readonly finding: Promise<Finding> } | undefined
}

/** What one look has found. */
interface Seen {
  readonly finding: Finding
  /** Enough replicas have answered. */
  readonly isAnswer: boolean
}

const answerMilliseconds = 900
const replicaMilliseconds = 700
/** An answer holds for so long. */
const cacheMilliseconds = 3000

const nothingKnown = (): Known => ({
  at: 0,
  finding: undefined,
  configuration: undefined,
  silences: 0,
  look: undefined,
})

/** By the binding, of which an isolate has one. */
const cache = new WeakMap<DurableObjectNamespace<ReplicaRpc>, Known>()

/** For tests: the next who asks finds out anew. */
export function forgetHealth(replicas: DurableObjectNamespace<ReplicaRpc>): void {
  cache.delete(replicas)
}

/** For tests: as if so much time had gone by since anybody found out. */
export function ageHealth(replicas: DurableObjectNamespace<ReplicaRpc>, milliseconds: number): void {
  const known = cache.get(replicas)
  if (known !== undefined) known.at -= milliseconds
}

const healthPaths = ['/health', '/_ping']

for (const path of healthPaths) {
  health.get(path, async function getHealth(c) {
    return answerHealth(c, await findingNow(c))
  })
}

export const isHealthPath = (path: string): boolean => healthPaths.includes(path)

/** Answers as DTR does. @param finding what fails, empty for a healthy registry */
export function answerHealth(c: AppContext, finding: Finding) {
  c.header('Cache-Control', 'no-store')
  return c.json({ Error: finding, Healthy: finding === '' }, finding === '' ? 200 : 503)
}

/** Returns what fails, in words for everyone; empty for a healthy registry. An answer comes within a second. */
export async function findingNow(c: AppContext): Promise<Finding> {
  const finding = await clusterFinding(c)
  return finding === '' && (await isFull(c.env.DISK)) ? diskIsFull : finding
}

const diskIsFull: Finding = 'registry: its disk is almost full, so pulls work but nothing can be pushed'

async function clusterFinding(c: AppContext): Promise<Finding> {
  const known = cache.get(c.env.REPLICAS) ?? nothingKnown()
  cache.set(c.env.REPLICAS, known)
  const now = Date.now()
  if (known.finding !== undefined && now - known.at < cacheMilliseconds) return known.finding
  // One that takes longer ended with the request that it ran in.
  if (known.look === undefined || now - known.look.begunAt > 2 * answerMilliseconds) {
    const look = { begunAt: now, finding: findOut(c, known) }
    known.look = look
    c.executionCtx.waitUntil(look.finding)
  }
  const { look } = known
  return withinTime(look.finding, answerMilliseconds).catch(() => unanswered(asNoMajority))
}

async function findOut(c: AppContext, known: Known): Promise<Finding> {
  const context = clusterContext(c)
  // What the isolate knows for those who change something is renewed with it, and what it has counted is reported.
  c.executionCtx.waitUntil(clusterViewNow(context).then(() => undefined))
  let asking = known.configuration === undefined ? 'rethinkdb' : asNoMajority
  const look = async (): Promise<Seen> => {
    const configuration = known.configuration ?? (await readClusterRow(context.db))
    // They are being made; until then there is nothing that they could have decided.
    if (configuration === undefined) return { finding: '', isAnswer: true }
    asking = asNoMajority
    const view = await lookAtCluster(context, configuration, replicaMilliseconds)
    if (view === undefined) return { finding: '', isAnswer: true }
    known.configuration = view
    return { finding: findingIn(view), isAnswer: isAnswered(view) }
  }
  const seen = await withinTime(look(), answerMilliseconds).catch((error: unknown): Seen => {
    console.error('the health of the registry could not be found out:', loggable(error))
    return { finding: unanswered(asking), isAnswer: false }
  })
  known.look = undefined
  return keep(known, seen)
}

/** Two silences in a row count, and none is kept: the next who asks looks again. */
function keep(known: Known, { finding, isAnswer }: Seen): Finding {
  known.silences = isAnswer ? 0 : known.silences + 1
  if (known.silences === 1 && known.finding === '') return ''
  known.finding = finding
  known.at = isAnswer ? Date.now() : 0
  return finding
}

const isAnswered = ({ views, verdicts: { majority } }: ClusterView): boolean =>
  Array.from(views.values()).filter((view) => view !== undefined).length >= majority

const asNoMajority = 'no majority of replicas'
const unanswered = (asking: string): Finding => `${asking}: it did not answer in time`

/** What exactly failed is for administrators. */
function findingIn(view: ClusterView): Finding {
  const { error, healthyCount, hasMajority } = view.verdicts
  const [, subsystem] = /^(registry|rethinkdb|garant|notary): /.exec(error) ?? []
  // Founders that have not looked yet are no failure; a subsystem that they saw fail is.
  if (hasMajority || (view.isFounding && subsystem === undefined)) return ''
  const counted = `${healthyCount} of ${view.members.length} are healthy`
  return subsystem === undefined
    ? `no majority of replicas: ${counted}`
    : `${subsystem}: it fails, and there is no majority of replicas without it: ${counted}`
}

/** What an isolate was told, so that no sum of it falls: what a replica that is gone had counted still counts. */
interface Told {
  /** By the id of the replica. */
  readonly counters: Map<string, Counters>
  requests: number
}
const remembered = new WeakMap<DurableObjectNamespace<ReplicaRpc>, Told>()

function toldBy(replicas: DurableObjectNamespace<ReplicaRpc>): Told {
  const known = remembered.get(replicas) ?? { counters: new Map<string, Counters>(), requests: 0 }
  remembered.set(replicas, known)
  return known
}

/** Requests are counted in the place of connections, which are the platform's. */
health.get('/nginx_status', async function getNginxStatus(c) {
  const view = await clusterViewNow(clusterContext(c))
  const told = toldBy(c.env.REPLICAS)
  for (const [id, replica] of view?.views ?? []) if (replica !== undefined) told.counters.set(id, replica.counters)
  const sums = sumOf([...told.counters.values(), counters.since(view?.at ?? 0)])
  // What was reported to a replica just before it was lost is counted nowhere for a while.
  told.requests = Math.max(told.requests, sums[counterNames.requests] ?? 0)
  const { requests } = told
  c.header('Cache-Control', 'no-store')
  // Whoever asks is not counted among the answered yet.
  return c.text(stubStatus({ active: counters.underWay(Date.now()), requests: requests + 1 }))
})
