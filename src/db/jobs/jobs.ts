/**
 * Creates, finds, cancels and deletes jobs. `held-jobs.ts` has what a worker does with the job it holds. Each function
 * is one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { recordEvent, recordEvents, type Attribution } from '../events/events.ts'
import { isoTime } from '../../util/iso-time.ts'
import { insertLines } from './job-logs.ts'
import type { JobStatus } from './schema.ts'

export interface JobRecord {
  readonly id: string
  /** Null for a first try. */
  readonly retryFromId: string | null
  readonly workerId: string | null
  readonly status: JobStatus
  readonly action: string
  /** Null for a job that keeps no other one waiting. */
  readonly exclusionKey: string | null
  readonly scheduledAt: number
  readonly lastUpdated: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly retriesLeft: number
  readonly retriesTotal: number
  /** JSON, as the parameters. */
  readonly capacityMap: string
  readonly parameters: string
  readonly deadline: string
  readonly stopTimeout: string
  /** Null while no worker has the job. */
  readonly leaseUntil: number | null
  readonly attempt: number
  readonly deaths: number
  /** JSON. */
  readonly checkpoint: string | null
  readonly lineCount: number
  /** What a due job waits for; null if it does not wait or has finished. */
  readonly waitingFor: string | null
}

/** The request for a job: from a user, a schedule, or a failed job that is retried. */
export interface NewJob {
  readonly id: string
  readonly retryFromId: string | null
  readonly action: string
  /** Null for a job that keeps no other one waiting. */
  readonly exclusionKey: string | null
  readonly scheduledAt: number
  readonly retriesLeft: number
  readonly retriesTotal: number
  readonly capacityMap: string
  readonly parameters: string
  readonly deadline: string
  readonly stopTimeout: string
}

export const jobColumns = sql.raw(
  `id, retry_from_id AS retryFromId, worker_id AS workerId, status, action, exclusion_key AS exclusionKey, scheduled_at AS scheduledAt,
   last_updated AS lastUpdated, started_at AS startedAt, ended_at AS endedAt, retries_left AS retriesLeft,
   retries_total AS retriesTotal, capacity_map AS capacityMap, parameters, deadline, stop_timeout AS stopTimeout,
   lease_until AS leaseUntil, attempt, deaths, checkpoint, line_count AS lineCount, waiting_for AS waitingFor`,
)

/** Matches unfinished jobs. Literals let SQLite use the partial index `jobs_unfinished`. */
export const isUnfinished = sql.raw(`status IN ('waiting', 'running', 'cancel_request')`)

/** Index: jobs_unfinished. */
const unfinished = sql`jobs INDEXED BY jobs_unfinished`

/** Selects the id of an unfinished job that is due and has this exclusion key; none for the key null. */
const jobInTheWay = (exclusionKey: string | null, now: number): SQL => sql`
  (SELECT id FROM ${unfinished} WHERE ${isUnfinished} AND scheduled_at <= ${now} AND exclusion_key = ${exclusionKey}
   ORDER BY scheduled_at, id LIMIT 1)`

/** Builds the statement that inserts a job. @param condition without it, no job is inserted */
export const insertJobWhere = (job: NewJob, status: SQL, endedAt: SQL, now: number, condition: SQL): SQL => sql`
  INSERT INTO jobs (id, retry_from_id, status, action, exclusion_key, scheduled_at, last_updated, ended_at, retries_left, retries_total,
    capacity_map, parameters, deadline, stop_timeout, attempt, deaths, line_count)
  SELECT ${job.id}, ${job.retryFromId}, ${status}, ${job.action}, ${job.exclusionKey}, ${job.scheduledAt}, ${now}, ${endedAt},
    ${job.retriesLeft}, ${job.retriesTotal}, ${job.capacityMap}, ${job.parameters}, ${job.deadline}, ${job.stopTimeout},
    0, 0, 0
  WHERE ${condition}`

/** Reasons not to create a new job. */
export interface Otherwise {
  /** Another job with the same exclusion key is due or running. */
  readonly isExclusive: boolean
  /** A waiting job with the same parameters takes the place of the new one. */
  readonly joinsWaiting: boolean
}

/**
 * Inserts a job, unless another one is in its way or takes its place.
 *
 * @returns the new job or the one in its place, or the id of the job in its way
 */
export async function insertJob(
  db: Database,
  job: NewJob,
  { isExclusive, joinsWaiting }: Otherwise,
  { by, now }: Attribution,
): Promise<{ readonly job?: JobRecord; readonly inTheWay?: string }> {
  const inTheWay = jobInTheWay(isExclusive ? job.exclusionKey : null, now)
  const alike = sql`
    ${unfinished} WHERE ${isUnfinished} AND ${Number(joinsWaiting)} AND status = 'waiting' AND scheduled_at <= ${now}
      AND action = ${job.action} AND parameters = ${job.parameters}`
  const mayBegin = sql`${inTheWay} IS NULL AND NOT EXISTS (SELECT 1 FROM ${alike})`
  const { blocking, waiting, inserted } = await runBatch(db, {
    event: recordEvent(
      { actor: by, type: 'CREATE', objectType: 'job', objectId: job.id, objectName: job.action, now },
      mayBegin,
    ),
    blocking: sql<{ id: string | null }>`SELECT ${inTheWay} AS id`,
    waiting: sql<JobRecord>`SELECT ${jobColumns} FROM ${alike} LIMIT 1`,
    inserted: sql<JobRecord>`${insertJobWhere(job, sql`'waiting'`, sql`NULL`, now, mayBegin)} RETURNING ${jobColumns}`,
  })
  const made = inserted.first ?? waiting.first
  if (made !== undefined) return { job: made }
  return { inTheWay: blocking.first?.id ?? '' }
}

/**
 * Builds the statement that inserts a job, unless one with its exclusion key is due and unfinished. A job that is
 * scheduled for later does not count.
 *
 * @param when a further condition
 */
export const insertUnlessUnderWay = (job: NewJob, now: number, when: SQL): SQL<{ id: string }> => sql`
  ${insertJobWhere(
    job,
    sql`'waiting'`,
    sql`NULL`,
    now,
    sql`${when} AND NOT EXISTS (SELECT 1 FROM ${unfinished} WHERE ${isUnfinished} AND exclusion_key = ${job.exclusionKey}
      AND scheduled_at <= ${now})`,
  )} RETURNING id`

/**
 * Builds the statements that insert the job of a schedule. While another job is in its way it is inserted as canceled,
 * with a line that says why.
 * Key: jobs.
 */
export function scheduledJob(job: NewJob, now: number, condition: SQL) {
  const inTheWay = jobInTheWay(job.exclusionKey, now)
  return {
    job: insertJobWhere(
      job,
      sql`CASE WHEN ${inTheWay} IS NULL THEN 'waiting' ELSE 'canceled' END`,
      sql`CASE WHEN ${inTheWay} IS NULL THEN NULL ELSE ${now} END`,
      now,
      condition,
    ),
    line: sql`
      INSERT INTO job_logs (job_id, line_number, data)
      SELECT id, 0, ${isoTime(now)} || ' skipped: the job ' || ${inTheWay} || ' has not finished'
      FROM jobs WHERE id = ${job.id} AND status = 'canceled' AND line_count = 0`,
    lineCount: sql`UPDATE jobs SET line_count = 1 WHERE id = ${job.id} AND status = 'canceled' AND line_count = 0`,
  }
}

export async function findJob(db: Database, id: string): Promise<JobRecord | undefined> {
  const [row] = await db.all<JobRecord>(selectJob(id))
  return row
}

/** Selects a job. Key: jobs. */
const selectJob = (id: string): SQL<JobRecord> => sql`SELECT ${jobColumns} FROM jobs WHERE id = ${id}`

/** Lists the due jobs, running or not: there are never many. */
export async function dueJobs(db: Database, now: number, limit: number): Promise<JobRecord[]> {
  return db.all<JobRecord>(sql`
    SELECT ${jobColumns} FROM ${unfinished} WHERE ${isUnfinished} AND scheduled_at <= ${now}
    ORDER BY scheduled_at, id LIMIT ${limit}`)
}

/**
 * Asks the worker of a job to stop; a waiting job ends immediately.
 * Key: jobs.
 *
 * @returns the current job, which may have finished before; undefined if it does not exist
 */
export async function requestCancel(
  db: Database,
  id: string,
  { by, now }: Attribution,
): Promise<JobRecord | undefined> {
  const canStop = sql`id = ${id} AND status IN ('waiting', 'running')`
  const { job } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'job', content: { operation: 'cancel' }, now },
      { objectId: sql`id`, objectName: sql`action`, from: sql`jobs WHERE ${canStop}` },
    ),
    line: insertLines([`${isoTime(now)} canceled by ${by}`], canStop),
    stopped: sql`
      UPDATE jobs SET line_count = line_count + 1, last_updated = ${now},
        ended_at = CASE status WHEN 'waiting' THEN ${now} END, waiting_for = NULL,
        status = CASE status WHEN 'waiting' THEN 'canceled' ELSE 'cancel_request' END
      WHERE ${canStop}`,
    job: selectJob(id),
  })
  return job.first
}

/**
 * Deletes a finished job.
 * Key: jobs.
 *
 * @returns whether it was deleted; false if it has not finished; undefined if it does not exist
 */
export async function deleteJob(db: Database, id: string, { by, now }: Attribution): Promise<boolean | undefined> {
  const isOver = sql`id = ${id} AND ended_at IS NOT NULL`
  const { found, deleted } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'job', now },
      { objectId: sql`id`, objectName: sql`action`, from: sql`jobs WHERE ${isOver}` },
    ),
    found: sql`SELECT id FROM jobs WHERE id = ${id}`,
    deleted: sql`DELETE FROM jobs WHERE ${isOver} RETURNING id`,
  })
  if (found.rows.length === 0) return undefined
  return deleted.rows.length === 1
}
