/**
 * DTR's report on its cluster, and its alerts, from what is true here: the replicas are the servers, D1 is the database,
 * and the register of the replicas is the one table that they keep themselves.
 */
import type { Alert } from '../../capability.ts'
import { largestDatabaseBytes } from '../../db/size.ts'
import { staleMilliseconds } from '../../replicas/health-vote.ts'
import type { Switch } from '../../replicas/read-only.ts'
import { isWritable, type ClusterView } from '../../replicas/views.ts'
import { isoTime } from '../../util/iso-time.ts'

const byReplica = <Value>({ members }: ClusterView, valueOf: (id: string) => Value): Record<string, Value> =>
  Object.fromEntries(members.map(({ id }) => [id, valueOf(id)]))

export function clusterStatus(view: ClusterView, isReadOnly: boolean, now: number) {
  const { replicas } = view.verdicts
  const lock = view.state?.gcLock
  return {
    rethink_system_tables: systemTables(view),
    replica_health: byReplica(view, (id) => errorOf(view, id) || 'OK'),
    replica_timestamp: byReplica(view, (id) => isoTime(replicas[id]?.at ?? 0)),
    replica_readonly: byReplica(view, () => isReadOnly),
    gc_lock_holder: lock === undefined || lock === null || lock.until <= now ? '' : lock.holder,
  }
}

function errorOf({ verdicts }: ClusterView, id: string): string {
  const verdict = verdicts.replicas[id]
  if (verdict?.healthy === true) return ''
  return verdict === undefined || verdict.error === '' ? 'it is unhealthy' : verdict.error
}

const register = { id: 'register', db: 'replicas', name: 'register' }

function systemTables(view: ClusterView) {
  const { members, views, verdicts } = view
  const { hasMajority } = verdicts
  const ids = members.map(({ id }) => id)
  const unhealthy = ids.filter((id) => errorOf(view, id) !== '')
  return {
    cluster_config: [{ id: 'heartbeat', heartbeat_timeout_secs: staleMilliseconds / 1000 }],
    current_issues: unhealthy.map((id) => ({
      critical: !hasMajority,
      description: `the replica ${id} is unhealthy: ${errorOf(view, id)}`,
    })),
    db_config: [
      { id: 'd1', name: 'd1' },
      { id: 'replicas', name: 'replicas' },
    ],
    server_status: members.flatMap(({ id, location }) => {
      const own = views.get(id)
      if (own === undefined) return []
      const peers = own.observations.filter(({ peer }) => peer !== id && ids.includes(peer))
      const connected = Object.fromEntries(peers.map(({ peer, healthy }) => [peer, healthy]))
      return {
        id,
        name: id,
        network: { canonical_addresses: [], connected_to: connected, hostname: location },
        process: { argv: [], time_started: isoTime(own.startedAt) },
      }
    }),
    // Documents and bytes are not counted.
    stats: [],
    table_config: [
      {
        ...register,
        primary_key: 'id',
        durability: 'hard',
        write_acks: 'majority',
        indexes: [],
        shards: [{ primary_replica: '', replicas: ids, nonvoting_replicas: [] }],
      },
    ],
    table_status: [
      {
        ...register,
        raft_leader: '',
        shards: [
          {
            primary_replicas: [],
            replicas: ids.map((id) => ({
              server: id,
              state: views.get(id) === undefined ? 'disconnected' : 'ready',
            })),
          },
        ],
        status: {
          all_replicas_ready: unhealthy.length === 0,
          ready_for_outdated_reads: ids.some((id) => views.get(id) !== undefined),
          ready_for_reads: hasMajority,
          ready_for_writes: hasMajority,
        },
      },
    ],
  }
}

/** The facts that alerts are computed from. */
export interface State {
  readonly view: ClusterView
  readonly mode: Switch
  readonly pullsWithoutMajority: boolean
  readonly databaseBytes: number
}

/** Shares of the largest size of D1: the first leaves time to make room, the second hardly any. */
const databaseIsNearlyFull = 0.8
const databaseIsAlmostFull = 0.95

/** Lists what an administrator should know at once; empty when all is well. */
export function alertsOf({ view, mode, pullsWithoutMajority, databaseBytes }: State): readonly Alert[] {
  const alerts: Alert[] = []
  const alert = (id: string, kind: Alert['class'], message: string): number => alerts.push({ id, class: kind, message })
  if (!isWritable(view)) {
    const { healthyCount, majority } = view.verdicts
    const works = pullsWithoutMajority ? 'pulls work, pushes and changes do not' : 'nothing is served'
    const message = `${healthyCount} of ${view.members.length} replicas are healthy, and ${majority} are needed: ${works}; run "breakwater replica status"`
    alert('no_majority', 'critical', message)
  }
  const unhealthy = view.members.map(({ id }) => id).filter((id) => errorOf(view, id) !== '')
  if (unhealthy.length > 0) alert('unhealthy_replicas', 'warning', unhealthySentence(view, unhealthy))
  if (mode.on) {
    const until = mode.until === undefined ? '' : ` until ${isoTime(mode.until)}`
    const reason = mode.reason === '' ? '' : `: ${mode.reason}`
    alert('read_only', 'warning', `The registry is read-only${until}${reason}`)
  }
  const used = databaseBytes / largestDatabaseBytes
  if (used >= databaseIsNearlyFull) {
    const message = `The database holds ${(databaseBytes / 1e9).toFixed(1)} GB of the ${largestDatabaseBytes / 1e9} GB that D1 takes: nothing can be stored when it is full; delete repositories, or keep fewer events and jobs`
    alert('database_size', used >= databaseIsAlmostFull ? 'critical' : 'warning', message)
  }
  return alerts
}

/** Returns the sentence that DTR writes about unhealthy replicas. */
function unhealthySentence(view: ClusterView, unhealthy: readonly string[]): string {
  const reasons = unhealthy.map((id) => `${id}: ${errorOf(view, id)}`).join('; ')
  const others = view.members.map(({ id }) => id).filter((id) => !unhealthy.includes(id))
  const still = others.length === 0 ? 'No replica is healthy.' : `Replicas ${others.join(', ')} are still healthy.`
  return `The following replicas are unhealthy: ${unhealthy.join(', ')}; Reasons: ${reasons}; ${still}`
}
