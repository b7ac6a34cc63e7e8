/**
 * What load balancers and monitors ask, without credentials: `/health` and `/_ping` as DTR has them, and the status of
 * its nginx. An answer comes within a second, whatever hangs.
 */
import { Hono } from 'hono'
import { readClusterRow } from '../db/cluster.ts'
import { loggable } from '../db/database.ts'
import { counterNames, counters, sumOf } from '../metrics/counters.ts'
import { stubStatus } from '../metrics/stub-status.ts'
import type { Configuration } from '../replicas/register/quorum.ts'
import { withinTime } from '../replicas/timeout.ts'
import type { ReplicaRpc } from '../replicas/types.ts'
import { clusterViewNow } from '../replicas/view-cache.ts'
import { isWritable, lookAtCluster, type ClusterView } from '../replicas/views.ts'
import { clusterContext, type AppContext, type AppEnv } from './context.ts'

export const health = new Hono<AppEnv>()

/** Empty for a healthy registry, else what fails, in DTR's words. */
type Finding = string

interface Known {
  /** When it was found out. */
  at: number
  finding: Finding | undefined
  configuration: Configuration | undefined
  /** Somebody is just finding out. */
  askedAt: number
}

const answerMilliseconds = 900
const replicaMilliseconds = 700
/** An answer holds for so long. */
const cacheMilliseconds = 3000
/** While somebody finds out anew, the others get what was known for a little longer. */
const oldestMilliseconds = 5000

/** By the binding, of which an isolate has one. */
const cache = new WeakMap<DurableObjectNamespace<ReplicaRpc>, Known>()

/** For tests: the next who asks finds out anew. */
export function forgetHealth(replicas: DurableObjectNamespace<ReplicaRpc>): void {
  cache.delete(replicas)
}

for (const path of ['/health', '/_ping']) {
  health.get(path, async function getHealth(c) {
    const finding = await findingNow(c)
    c.header('Cache-Control', 'no-store')
    return c.json({ Error: finding, Healthy: finding === '' }, finding === '' ? 200 : 503)
  })
}

async function findingNow(c: AppContext): Promise<Finding> {
  const known = cache.get(c.env.REPLICAS) ?? { at: 0, finding: undefined, configuration: undefined, askedAt: 0 }
  cache.set(c.env.REPLICAS, known)
  const now = Date.now()
  const isUnderWay = now - known.askedAt < answerMilliseconds
  const age = now - known.at
  if (known.finding !== undefined && age < (isUnderWay ? oldestMilliseconds : cacheMilliseconds)) return known.finding
  known.askedAt = now
  const finding = await findOut(c, known)
  known.finding = finding
  known.at = Date.now()
  known.askedAt = 0
  return finding
}

async function findOut(c: AppContext, known: Known): Promise<Finding> {
  const context = clusterContext(c)
  // What the isolate knows for those who change something is renewed with it, and what it has counted is reported.
  c.executionCtx.waitUntil(clusterViewNow(context).then(() => undefined))
  let asking = known.configuration === undefined ? 'rethinkdb' : 'no majority of replicas'
  const look = async (): Promise<Finding> => {
    const configuration = known.configuration ?? (await readClusterRow(context.db))
    // They are being made; until then there is nothing that they could have decided.
    if (configuration === undefined) return ''
    asking = 'no majority of replicas'
    const view = await lookAtCluster(context, configuration, replicaMilliseconds)
    if (view === undefined) return ''
    known.configuration = view
    return findingIn(view)
  }
  try {
    return await withinTime(look(), answerMilliseconds)
  } catch (error) {
    console.error('the health of the registry could not be found out:', loggable(error))
    return `${asking}: it did not answer in time`
  }
}

/** What exactly failed is for administrators. */
function findingIn(view: ClusterView): Finding {
  if (isWritable(view)) return ''
  const { error, healthyCount } = view.verdicts
  const [, subsystem] = /^(registry|rethinkdb|garant|notary): /.exec(error) ?? []
  const counted = `${healthyCount} of ${view.members.length} are healthy`
  return subsystem === undefined
    ? `no majority of replicas: ${counted}`
    : `${subsystem}: it fails, and there is no majority of replicas without it: ${counted}`
}

/** Requests are counted in the place of connections, which are the platform's. */
health.get('/nginx_status', async function getNginxStatus(c) {
  const view = await clusterViewNow(clusterContext(c))
  const reported = Array.from(view?.views.values() ?? [], (replica) => replica?.counters ?? {})
  const sums = sumOf([...reported, counters.since(view?.at ?? 0)])
  const requests = sums[counterNames.requests] ?? 0
  c.header('Cache-Control', 'no-store')
  // Whoever asks is not counted among the answered yet.
  return c.text(stubStatus({ active: counters.underWay(Date.now()), requests: requests + 1 }))
})
