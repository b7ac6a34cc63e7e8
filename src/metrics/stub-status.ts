/**
 * nginx's `stub_status`, byte for byte, as those who watched DTR's front end parse it. Requests are counted in the place of
 * connections, which belong to the platform in front of the registry.
 */
import type { Counters, ReplicaRpc } from '../replicas/types.ts'
import type { ClusterView } from '../replicas/views.ts'
import { counterNames, sumOf, type Count } from './counters.ts'

export interface Connections {
  /** Requests under way. */
  readonly active: number
  readonly requests: number
}

export function stubStatus({ active, requests }: Connections): string {
  return [
    `Active connections: ${active} `,
    'server accepts handled requests',
    ` ${requests} ${requests} ${requests} `,
    `Reading: 0 Writing: ${active} Waiting: 0 `,
    '',
  ].join('\n')
}

/** The last counters of each replica and the highest count of requests, so that none falls when a replica is lost. */
interface Reported {
  /** The counters by the id of the replica. */
  readonly counters: Map<string, Counters>
  requests: number
}

/** Keyed by the binding, of which an isolate has one. */
const reports = new WeakMap<DurableObjectNamespace<ReplicaRpc>, Reported>()

/** Sums up what the replicas have counted, and what this isolate has not yet told them. */
export function connectionsIn(
  view: ClusterView | undefined,
  own: Count,
  replicas: DurableObjectNamespace<ReplicaRpc>,
): Connections {
  const reported = reportedBy(replicas)
  for (const [id, replica] of view?.views ?? []) if (replica !== undefined) reported.counters.set(id, replica.counters)
  const sums = sumOf([...reported.counters.values(), own.since(view?.at ?? 0)])
  // What was reported to a replica just before it was lost is counted nowhere for a while.
  reported.requests = Math.max(reported.requests, sums[counterNames.requests] ?? 0)
  // The request that asks is not counted as answered yet.
  return { active: own.underWay(Date.now()), requests: reported.requests + 1 }
}

/** Starts the sums of an isolate again, for tests whose replicas are others than those of the tests before. */
export function forgetConnections(replicas: DurableObjectNamespace<ReplicaRpc>): void {
  reports.delete(replicas)
}

function reportedBy(replicas: DurableObjectNamespace<ReplicaRpc>): Reported {
  const known = reports.get(replicas) ?? { counters: new Map<string, Counters>(), requests: 0 }
  reports.set(replicas, known)
  return known
}
