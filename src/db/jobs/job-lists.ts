/** Lists and counts jobs, and deletes old ones. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { isUnfinished, jobColumns, type JobRecord } from './jobs.ts'
import type { JobStatus } from './schema.ts'

export interface JobFilter {
  readonly action: string | undefined
  /** The worker that runs it, or ran it last. */
  readonly worker: string | undefined
  /** Whether it has not ended; undefined for both. */
  readonly running: boolean | undefined
}

/** The most jobs that are looked at, the newest first, to find those of a filter. */
export const mostJobsLookedAt = 10_000

/** A place in the list of jobs. */
export type JobPlace = Pick<JobRecord, 'scheduledAt' | 'id'>

interface JobPage {
  /** The first job of the page; undefined for the newest. New jobs do not move the page. */
  readonly from: JobPlace | undefined
  /** How many matching jobs to skip: DTR's clients page by this. */
  readonly start: number
  readonly limit: number
}

/** Lists a page of jobs, the newest first. */
export async function listJobs(db: Database, filter: JobFilter, { from, start, limit }: JobPage): Promise<JobRecord[]> {
  const { worker, running } = filter
  const conditions: SQL[] = [sql`true`]
  if (worker !== undefined) conditions.push(sql`workerId = ${worker}`)
  if (running === false) conditions.push(sql`endedAt IS NOT NULL`)
  return db.all<JobRecord>(sql`
    SELECT * FROM (
      SELECT ${jobColumns} FROM ${lookedThrough(filter, from)}
      ORDER BY scheduled_at DESC, id DESC LIMIT ${mostJobsLookedAt})
    WHERE ${sql.join(conditions, sql` AND `)} LIMIT ${limit} OFFSET ${start}`)
}

/** Finds the first job that a page did not look at; undefined if it looked at all. */
export async function firstJobNotLookedAt(
  db: Database,
  filter: JobFilter,
  from: JobPlace | undefined,
): Promise<JobPlace | undefined> {
  const [row] = await db.all<JobPlace>(sql`
    SELECT scheduled_at AS scheduledAt, id FROM ${lookedThrough(filter, from)}
    ORDER BY scheduled_at DESC, id DESC LIMIT 1 OFFSET ${mostJobsLookedAt}`)
  return row
}

/**
 * Selects the jobs that a page may look at, by an index that has them in their order.
 * Index: jobs_by_time, jobs_by_action, jobs_unfinished.
 */
function lookedThrough({ action, running }: JobFilter, from: JobPlace | undefined): SQL {
  const jobs = running === true ? sql`jobs INDEXED BY jobs_unfinished WHERE ${isUnfinished}` : sql`jobs WHERE true`
  const ofAction = action === undefined ? sql`` : sql`AND action = ${action}`
  const onwards = from === undefined ? sql`` : sql`AND (scheduled_at, id) <= (${from.scheduledAt}, ${from.id})`
  return sql`${jobs} ${ofAction} ${onwards}`
}

export interface JobCounts {
  readonly unfinished: Readonly<Partial<Record<JobStatus, number>>>
  /** For each action that has an ended job: the ended job that was scheduled last. */
  readonly lastEnded: readonly { readonly action: string; readonly status: JobStatus; readonly endedAt: number }[]
}

/**
 * Counts the unfinished jobs, and finds the last ended one of each action.
 * Index: jobs_unfinished, jobs_by_action. Key: jobs.
 */
export async function countJobs(db: Database, actions: readonly string[]): Promise<JobCounts> {
  const { counts, lastEnded } = await runBatch(db, {
    counts: sql<{ status: JobStatus; count: number }>`
      SELECT status, count(*) AS count FROM jobs INDEXED BY jobs_unfinished WHERE ${isUnfinished} GROUP BY status`,
    lastEnded: sql<{ action: string; status: JobStatus; endedAt: number }>`
      SELECT action, status, ended_at AS endedAt FROM jobs WHERE id IN (
        SELECT (SELECT id FROM jobs WHERE action = wanted.value AND ended_at IS NOT NULL
          ORDER BY scheduled_at DESC, id DESC LIMIT 1)
        FROM json_each(${JSON.stringify(actions)}) AS wanted)
      ORDER BY action`,
  })
  return {
    unfinished: Object.fromEntries(counts.rows.map(({ status, count }) => [status, count])),
    lastEnded: lastEnded.rows,
  }
}

/** The most jobs that one statement deletes, and the most lines of their logs. */
const jobsInSlice = 100
const linesInSlice = 5000

/**
 * Deletes the oldest jobs that ended before a time, as many as one slice takes.
 * Index: jobs_ended. Key: jobs, job_logs.
 *
 * @returns the number of deleted rows
 */
export async function deleteJobsBefore(db: Database, time: number): Promise<number> {
  const oldest = sql`
    (SELECT id FROM jobs WHERE ended_at IS NOT NULL AND ended_at < ${time} ORDER BY ended_at LIMIT ${jobsInSlice})`
  const { lines, jobs } = await runBatch(db, {
    lines: sql`
      DELETE FROM job_logs WHERE rowid IN (
        SELECT rowid FROM job_logs WHERE job_id IN ${oldest} LIMIT ${linesInSlice})`,
    jobs: sql`DELETE FROM jobs WHERE id IN ${oldest} AND NOT EXISTS (SELECT 1 FROM job_logs WHERE job_id = jobs.id)`,
  })
  return lines.changes + jobs.changes
}

/**
 * Returns when the last of the newest jobs to keep ended; undefined when there are fewer. It reads as many rows of the
 * index as are kept.
 * Index: jobs_ended.
 */
export async function endOfNewest(db: Database, keep: number): Promise<number | undefined> {
  const [row] = await db.all<{ endedAt: number }>(sql`
    SELECT ended_at AS endedAt FROM jobs INDEXED BY jobs_ended WHERE ended_at IS NOT NULL
    ORDER BY ended_at DESC LIMIT 1 OFFSET ${keep - 1}`)
  return row?.endedAt
}
