/**
 * The text format of Prometheus, version 0.0.4. The library prom-client imports Node's `cluster`, `v8` and `perf_hooks` when
 * it loads, and keeps its counts in one process. Here the replicas keep the sums of many isolates, so only the format would
 * be left of it: these forty lines.
 */
import type { JobCounts } from '../db/jobs/job-lists.ts'
import { largestDatabaseBytes } from '../db/size.ts'
import type { Reading } from '../registry/readings.ts'
import type { ClusterView } from '../replicas/views.ts'
import { counterNames, latencyBuckets } from './counters.ts'

export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'

export interface Sample {
  /** The suffix of the metric's name: "_bucket". */
  readonly suffix?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

export const prometheusText = (metrics: readonly Metric[]): string => metrics.map(textOf).join('')

function textOf({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelsOf(labels)} ${value}`)
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return [`# HELP ${name} ${escaped}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/**
 * Returns the metrics of the registry. Each replica has its own series with the sums of the reports it received: one that
 * is out of service for a while is missing then, and no sum falls.
 */
export function registryMetrics(
  view: ClusterView,
  isReadOnly: boolean,
  jobs: JobCounts,
  databaseBytes: number,
): readonly Metric[] {
  const { healthyCount, majority, hasMajority, replicas } = view.verdicts
  return [
    counter(view, 'breakwater_requests_total', 'Answered requests', [{ from: counterNames.requests }]),
    counter(view, 'breakwater_errors_total', 'Requests answered with an error', [
      { from: counterNames.clientErrors, labels: { class: '4xx' } },
      { from: counterNames.serverErrors, labels: { class: '5xx' } },
    ]),
    counter(view, 'breakwater_pushes_total', 'Pushed manifests', [{ from: counterNames.pushes }]),
    counter(view, 'breakwater_pulls_total', 'Pulled manifests', [{ from: counterNames.pulls }]),
    counter(view, 'breakwater_failed_logins_total', 'Failed logins', [{ from: counterNames.failedLogins }]),
    latencies(view),
    gauge('breakwater_replicas', 'Replicas of the cluster', view.members.length),
    gauge('breakwater_replicas_healthy', 'Replicas that a majority reports healthy', healthyCount),
    gauge('breakwater_replicas_majority', 'Number of replicas that must be healthy', majority),
    gauge('breakwater_has_majority', 'Whether enough replicas are healthy', Number(hasMajority)),
    {
      name: 'breakwater_replica_healthy',
      type: 'gauge',
      help: 'Whether a majority reports the replica healthy',
      samples: view.members.map(({ id, location }) => ({
        labels: { replica: id, location },
        value: Number(replicas[id]?.healthy ?? false),
      })),
    },
    gauge('breakwater_read_only', 'Whether the registry is read-only', Number(isReadOnly)),
    gauge('breakwater_database_bytes', 'Size of the database in bytes', databaseBytes),
    gauge('breakwater_database_max_bytes', 'Size limit of the database in bytes', largestDatabaseBytes),
    ...jobMetrics(jobs),
  ]
}

const isFailure = (status: string): boolean => status === 'errored' || status === 'worker_dead'

function jobMetrics({ unfinished, lastEnded }: JobCounts): readonly Metric[] {
  return [
    {
      name: 'breakwater_jobs',
      type: 'gauge',
      help: 'Unfinished jobs',
      samples: (['waiting', 'running', 'cancel_request'] as const).map((status) => ({
        labels: { status },
        value: unfinished[status] ?? 0,
      })),
    },
    {
      name: 'breakwater_job_last_end_timestamp_seconds',
      type: 'gauge',
      help: 'End time of the last finished job of the action',
      samples: lastEnded.map(({ action, endedAt }) => ({ labels: { action }, value: endedAt / 1000 })),
    },
    {
      name: 'breakwater_job_last_failed',
      type: 'gauge',
      help: 'Whether the last finished job of the action failed',
      samples: lastEnded.map(({ action, status }) => ({ labels: { action }, value: Number(isFailure(status)) })),
    },
  ]
}

/** Returns the metric of a capability's number. */
export const metricOf = ({ value, ...metric }: Reading): Metric => ({ ...metric, samples: [{ value }] })

const gauge = (name: string, help: string, value: number): Metric => ({
  name,
  type: 'gauge',
  help,
  samples: [{ value }],
})

function counter(
  view: ClusterView,
  name: string,
  help: string,
  series: readonly { readonly from: string; readonly labels?: Readonly<Record<string, string>> }[],
): Metric {
  const samples = countersIn(view).flatMap(({ replica, counters }) =>
    series.map(({ from, labels }) => ({ labels: { replica, ...labels }, value: counters[from] ?? 0 })),
  )
  return { name, type: 'counter', help, samples }
}

function latencies(view: ClusterView): Metric {
  const samples = countersIn(view).flatMap(({ replica, counters }) => {
    let count = 0
    const buckets = counterNames.buckets.map((name, at): Sample => {
      const end = latencyBuckets[at]
      count += counters[name] ?? 0
      return {
        suffix: '_bucket',
        labels: { replica, le: end === undefined ? '+Inf' : String(end / 1000) },
        value: count,
      }
    })
    const seconds = (counters[counterNames.milliseconds] ?? 0) / 1000
    return buckets.concat(
      { suffix: '_sum', labels: { replica }, value: seconds },
      { suffix: '_count', labels: { replica }, value: count },
    )
  })
  const help = 'Time until the response started'
  return { name: 'breakwater_request_duration_seconds', type: 'histogram', help, samples }
}

const countersIn = ({ members, views }: ClusterView) =>
  members.flatMap(({ id }) => {
    const view = views.get(id)
    return view === undefined ? [] : [{ replica: id, counters: view.counters }]
  })
