/**
 * Jobs and their logs. A worker holds a job by the number of its attempt: each of its statements names it, so a worker
 * that has lost the job without noticing changes nothing. Each function is one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { recordEvent, recordEvents, type Doing } from '../events/events.ts'
import { piecesOf } from '../pieces.ts'
import type { JobStatus } from './schema.ts'

export interface JobRecord {
  readonly id: string
  /** Null for a first try. */
  readonly retryFromId: string | null
  readonly workerId: string | null
  readonly status: JobStatus
  readonly action: string
  /** Null: it keeps no other job from its turn. */
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
  /** Null: it keeps no other job from its turn. */
  readonly exclusionKey: string | null
  readonly scheduledAt: number
  readonly retriesLeft: number
  readonly retriesTotal: number
  readonly capacityMap: string
  readonly parameters: string
  readonly deadline: string
  readonly stopTimeout: string
}

/** Who works on a job. */
export interface Hold {
  readonly id: string
  readonly attempt: number
}

export const jobColumns = sql.raw(
  `id, retry_from_id AS retryFromId, worker_id AS workerId, status, action, exclusion_key AS exclusionKey, scheduled_at AS scheduledAt,
   last_updated AS lastUpdated, started_at AS startedAt, ended_at AS endedAt, retries_left AS retriesLeft,
   retries_total AS retriesTotal, capacity_map AS capacityMap, parameters, deadline, stop_timeout AS stopTimeout,
   lease_until AS leaseUntil, attempt, deaths, checkpoint, line_count AS lineCount, waiting_for AS waitingFor`,
)

/** Literals, so that SQLite knows that the partial index `jobs_unfinished` holds what is asked for. */
export const isUnfinished = sql.raw(`status IN ('waiting', 'running', 'cancel_request')`)

const unfinished = sql`jobs INDEXED BY jobs_unfinished`

/** The id of a job that is due and not over and has this exclusion key; nothing has the key null. */
const jobInTheWay = (exclusionKey: string | null, now: number): SQL => sql`
  (SELECT id FROM ${unfinished} WHERE ${isUnfinished} AND scheduled_at <= ${now} AND exclusion_key = ${exclusionKey}
   ORDER BY scheduled_at, id LIMIT 1)`

/** @param job the values that a new row takes, where a SELECT gives them */
const insertion = (job: NewJob, status: SQL, endedAt: SQL, now: number, condition: SQL): SQL => sql`
  INSERT INTO jobs (id, retry_from_id, status, action, exclusion_key, scheduled_at, last_updated, ended_at, retries_left, retries_total,
    capacity_map, parameters, deadline, stop_timeout, attempt, deaths, line_count)
  SELECT ${job.id}, ${job.retryFromId}, ${status}, ${job.action}, ${job.exclusionKey}, ${job.scheduledAt}, ${now}, ${endedAt},
    ${job.retriesLeft}, ${job.retriesTotal}, ${job.capacityMap}, ${job.parameters}, ${job.deadline}, ${job.stopTimeout},
    0, 0, 0
  WHERE ${condition}`

/** What speaks against a new job. */
export interface Otherwise {
  /** No job with the same exclusion key may be under way. */
  readonly isExclusive: boolean
  /** One that waits and has the same parameters takes the place of the new one. */
  readonly joinsWaiting: boolean
}

/** @returns the job, or the one that takes its place, or the id of the one that is in its way */
export async function insertJob(
  db: Database,
  job: NewJob,
  { isExclusive, joinsWaiting }: Otherwise,
  { by, now }: Doing,
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
    inserted: sql<JobRecord>`${insertion(job, sql`'waiting'`, sql`NULL`, now, mayBegin)} RETURNING ${jobColumns}`,
  })
  const made = inserted.first ?? waiting.first
  if (made !== undefined) return { job: made }
  return { inTheWay: blocking.first?.id ?? '' }
}

/**
 * The statement that makes a job of which one at a time is enough: none while another with its exclusion key is not over.
 *
 * @param when a further condition
 */
export const insertUnlessUnderWay = (job: NewJob, now: number, when: SQL): SQL<{ id: string }> => sql`
  ${insertion(
    job,
    sql`'waiting'`,
    sql`NULL`,
    now,
    sql`${when} AND NOT EXISTS (SELECT 1 FROM ${unfinished} WHERE ${isUnfinished} AND exclusion_key = ${job.exclusionKey})`,
  )} RETURNING id`

/** The statements of a job that a schedule makes: one that is skipped, with a line that says why, while another runs. */
export function scheduledJob(job: NewJob, now: number, condition: SQL) {
  const inTheWay = jobInTheWay(job.exclusionKey, now)
  return {
    job: insertion(
      job,
      sql`CASE WHEN ${inTheWay} IS NULL THEN 'waiting' ELSE 'canceled' END`,
      sql`CASE WHEN ${inTheWay} IS NULL THEN NULL ELSE ${now} END`,
      now,
      condition,
    ),
    line: sql`
      INSERT INTO job_logs (job_id, line_number, data)
      SELECT id, 0, ${new Date(now).toISOString()} || ' skipped: the job ' || ${inTheWay} || ' has not finished'
      FROM jobs WHERE id = ${job.id} AND status = 'canceled' AND line_count = 0`,
    lineCount: sql`UPDATE jobs SET line_count = 1 WHERE id = ${job.id} AND status = 'canceled' AND line_count = 0`,
  }
}

export async function findJob(db: Database, id: string): Promise<JobRecord | undefined> {
  const [row] = await db.all<JobRecord>(selectJob(id))
  return row
}

const selectJob = (id: string): SQL<JobRecord> => sql`SELECT ${jobColumns} FROM jobs WHERE id = ${id}`

/** Lists the due jobs, running or not: there are never many. */
export async function dueJobs(db: Database, now: number, limit: number): Promise<JobRecord[]> {
  return db.all<JobRecord>(sql`
    SELECT ${jobColumns} FROM ${unfinished} WHERE ${isUnfinished} AND scheduled_at <= ${now}
    ORDER BY scheduled_at, id LIMIT ${limit}`)
}

export interface Claim {
  readonly workerId: string
  readonly now: number
  readonly leaseUntil: number
  /** That the last worker died, for the log; undefined: it did not. */
  readonly line: string | undefined
}

/**
 * Takes a job, unless another worker has done so since it was read.
 *
 * @returns the job as this worker holds it; undefined if another worker has it or it has finished
 */
export async function claimJob(
  db: Database,
  seen: Pick<JobRecord, 'id' | 'attempt' | 'leaseUntil'>,
  { workerId, now, leaseUntil, line }: Claim,
): Promise<JobRecord | undefined> {
  const isAsSeen = sql`
    id = ${seen.id} AND attempt = ${seen.attempt} AND lease_until IS ${seen.leaseUntil} AND ${isUnfinished}`
  const lines = line === undefined ? [] : [line]
  const { claimed } = await runBatch(db, {
    lines: insertLines(lines, isAsSeen),
    claimed: sql<JobRecord>`
      UPDATE jobs SET status = CASE status WHEN 'waiting' THEN 'running' ELSE status END, worker_id = ${workerId},
        attempt = attempt + 1, deaths = deaths + ${lines.length}, lease_until = ${leaseUntil}, last_updated = ${now},
        started_at = coalesce(started_at, ${now}), line_count = line_count + ${lines.length}, waiting_for = NULL
      WHERE ${isAsSeen} RETURNING ${jobColumns}`,
  })
  return claimed.first
}

/** @param before where in the log they begin, counted back from its end */
export const insertLines = (lines: readonly string[], condition: SQL, before = 0): SQL => sql`
  INSERT INTO job_logs (job_id, line_number, data)
  SELECT jobs.id, line_count - ${before} + line.at, line.said
  FROM jobs, (SELECT key AS at, value AS said FROM json_each(${JSON.stringify(lines)})) AS line
  WHERE ${condition}`

export const isHeld = ({ id, attempt }: Hold): SQL => sql`id = ${id} AND attempt = ${attempt} AND ${isUnfinished}`

/**
 * Writes down what a slice did.
 *
 * @param leaseUntil null gives the job back: any worker may continue it
 * @returns the current status, which may be a request to cancel; undefined if another worker has taken the job
 */
export async function saveSlice(
  db: Database,
  hold: Hold,
  slice: {
    readonly checkpoint: string | null
    readonly lines: readonly string[]
    readonly now: number
    readonly deaths: number
    readonly leaseUntil: number | null
  },
): Promise<JobStatus | undefined> {
  let left = slice.lines.length
  const { saved } = await runBatch(db, {
    saved: sql<{ status: JobStatus }>`
      UPDATE jobs SET checkpoint = ${slice.checkpoint}, lease_until = ${slice.leaseUntil}, last_updated = ${slice.now},
        deaths = ${slice.deaths}, line_count = line_count + ${slice.lines.length}
      WHERE ${isHeld(hold)} RETURNING status`,
    // The log has room for all of them from here on.
    lines: piecesOf(slice.lines).map((piece) => {
      const statement = insertLines(piece, isHeld(hold), left)
      left -= piece.length
      return statement
    }),
  })
  return saved.first?.status
}

export interface Ending {
  readonly status: Exclude<JobStatus, 'waiting' | 'running' | 'cancel_request'>
  readonly lines: readonly string[]
  readonly now: number
  /** The next try of one that failed. */
  readonly retry: NewJob | undefined
}

/** @returns whether it was still held; else nothing was changed */
export async function endJob(db: Database, hold: Hold, { status, lines, now, retry }: Ending): Promise<boolean> {
  // What was asked to stop has been stopped, also if it failed meanwhile; but what is done is done.
  const ends = sql`CASE WHEN status = 'cancel_request' AND ${status} <> 'done' THEN 'canceled' ELSE ${status} END`
  const fails = sql`EXISTS (SELECT 1 FROM jobs WHERE ${isHeld(hold)} AND status <> 'cancel_request')`
  const { ended } = await runBatch(db, {
    lines: insertLines(lines, isHeld(hold)),
    retry: retry && insertion(retry, sql`'waiting'`, sql`NULL`, now, fails),
    ended: sql`
      UPDATE jobs SET status = ${ends}, ended_at = ${now}, last_updated = ${now}, lease_until = NULL,
        line_count = line_count + ${lines.length}
      WHERE ${isHeld(hold)} RETURNING id`,
  })
  return ended.rows.length === 1
}

/**
 * Asks the worker of a job to stop; a waiting job ends immediately.
 *
 * @returns the current job, which may have finished before; undefined if it does not exist
 */
export async function requestCancel(db: Database, id: string, { by, now }: Doing): Promise<JobRecord | undefined> {
  const canStop = sql`id = ${id} AND status IN ('waiting', 'running')`
  const { job } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'job', content: { operation: 'cancel' }, now },
      { objectId: sql`id`, objectName: sql`action`, from: sql`jobs WHERE ${canStop}` },
    ),
    line: insertLines([`${new Date(now).toISOString()} canceled by ${by}`], canStop),
    stopped: sql`
      UPDATE jobs SET line_count = line_count + 1, last_updated = ${now},
        ended_at = CASE status WHEN 'waiting' THEN ${now} END, waiting_for = NULL,
        status = CASE status WHEN 'waiting' THEN 'canceled' ELSE 'cancel_request' END
      WHERE ${canStop}`,
    job: selectJob(id),
  })
  return job.first
}

/** @returns whether it was deleted; false if it has not finished; undefined if it does not exist */
export async function deleteJob(db: Database, id: string, { by, now }: Doing): Promise<boolean | undefined> {
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
