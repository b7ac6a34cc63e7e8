/** The decisions about a job: pure functions of its row and the time. */
import type { JobRecord } from '../db/jobs/jobs.ts'
import type { JobStatus } from '../db/jobs/schema.ts'
import { isClosed, isClosedByAdministrator, type WriteGate } from '../db/write-gate.ts'
import { parseDuration } from '../util/duration.ts'
import { isoTime } from '../util/iso-time.ts'
import type { Deleting } from './job-type.ts'

/** A worker renews its lease after each slice and while one runs; one that has not for this long counts as crashed. */
export const leaseMilliseconds = 30_000

/** The time between two renewals, of the lease and of the lock that a job holds in the cluster. */
export const beatMilliseconds = 10_000

/**
 * The longest slice. The platform ends a turn of the cron trigger after 15 minutes; a slice begins in the first of them, and
 * the worker needs the last ones to end the job.
 */
export const longestSliceMilliseconds = 12 * 60_000

/** A job is aborted after this many consecutive worker crashes without a completed slice. */
export const mostDeaths = 3

/** Tells whether a worker may take the job: it is due and unfinished, and no worker has it or that worker crashed. */
export function isClaimable(
  { status, scheduledAt, leaseUntil }: Pick<JobRecord, 'status' | 'scheduledAt' | 'leaseUntil'>,
  now: number,
): boolean {
  if (!unfinished.has(status) || scheduledAt > now) return false
  return status === 'waiting' || leaseUntil === null || leaseUntil <= now
}

const unfinished: ReadonlySet<JobStatus> = new Set(['waiting', 'running', 'cancel_request'])

/** Tells whether the worker of the job crashed: a worker that stops in order returns the lease. */
export const isOrphaned = (job: Pick<JobRecord, 'status' | 'leaseUntil'>): boolean =>
  job.status !== 'waiting' && job.leaseUntil !== null

/** Selects the claimable job that has waited longest, so that a long job does not starve others. */
export function nextToClaim(jobs: readonly JobRecord[], now: number): JobRecord | undefined {
  let next: JobRecord | undefined
  for (const job of jobs) {
    if (isClaimable(job, now) && (next === undefined || waitsSince(job) < waitsSince(next))) next = job
  }
  return next
}

const waitsSince = ({ status, scheduledAt, lastUpdated }: JobRecord): number =>
  status === 'waiting' ? scheduledAt : lastUpdated

export type Verdict =
  | { readonly kind: 'go-on' }
  /** The worker's time is over; another one continues the job. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'end'; readonly status: 'canceled' | 'done' | 'worker_dead'; readonly line: string }

/** The share of its turn that a worker has used. */
export interface Spent {
  readonly slices: number
  /** Of buckets. */
  readonly calls: number
  readonly endsAt: number
}

/** The most slices of a turn: with more, their requests could exceed those that one invocation may make. */
export const slicesInTurn = 200

/** The most calls of buckets in a turn: an invocation sends 10,000 requests at most, and D1 and the last slice need some. */
export const callsInTurn = 6000

/** Decides before each slice whether the job goes on, rests or ends. */
export function verdictOn(
  job: Pick<JobRecord, 'status' | 'deadline' | 'startedAt' | 'deaths'>,
  { slices, calls, endsAt }: Spent,
  now: number,
): Verdict {
  if (job.status === 'cancel_request') return { kind: 'end', status: 'canceled', line: 'canceled' }
  if (job.deaths >= mostDeaths) {
    return { kind: 'end', status: 'worker_dead', line: `aborted after ${job.deaths} consecutive worker crashes` }
  }
  if (now >= deadlineOf(job)) {
    return { kind: 'end', status: 'done', line: `its deadline of ${job.deadline} has passed: the next run continues` }
  }
  return now >= endsAt || slices >= slicesInTurn || calls >= callsInTurn ? { kind: 'rest' } : { kind: 'go-on' }
}

/** Returns the reason for which a job waits for the end of read-only mode; undefined when it need not wait. */
export function reasonToWait(gate: WriteGate, deletes: Deleting, now: number): string | undefined {
  const isStopped =
    deletes === 'content' ? isClosed(gate, now) : deletes === 'garbage' && isClosedByAdministrator(gate, now)
  if (!isStopped) return undefined
  const end = gate.until === undefined ? '' : ` until ${isoTime(gate.until)}`
  const why = gate.reason === '' ? '' : ` (${gate.reason})`
  return `the registry is read-only${end}${why}`
}

/** Returns the time at which a job has to end, done or not, in milliseconds since 1970; infinite without a deadline. */
export function deadlineOf({ deadline, startedAt }: Pick<JobRecord, 'deadline' | 'startedAt'>): number {
  const length = parseDuration(deadline) ?? 0
  return length === 0 || startedAt === null ? Infinity : startedAt + length
}

const firstRetryMilliseconds = 60_000
export const longestRetryMilliseconds = 3_600_000

/**
 * Returns the milliseconds before another try: twice as many each time, an hour at most.
 *
 * @param failures so far, this one included
 */
export const retryDelay = (failures: number): number =>
  Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** Math.max(0, failures - 1))
