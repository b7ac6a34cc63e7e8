/** Many jobs at once: lists, counts, and the deletion of old ones. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { isUnfinished, jobColumns, type JobRecord } from './jobs.ts'
import type { JobStatus } from './schema.ts'

export interface JobFilter {
  readonly action: string | undefined
  /** The worker that runs it, or ran it last. */
  readonly worker: string | undefined
  /** Whether it is not over yet. */
  readonly running: boolean | undefined
}

/** How many jobs are looked at, the newest first, to find those of a filter. */
export const mostJobsLookedAt = 10_000

/** Where a job stands in the list. */
export type JobPlace = Pick<JobRecord, 'scheduledAt' | 'id'>

interface JobPage {
  /** The first job of the page; undefined: the newest. Jobs that are made meanwhile move nothing. */
  readonly from: JobPlace | undefined
  /** How many to leave out, of those that are looked at: as DTR's clients go on. */
  readonly start: number
  readonly limit: number
}

/** Lists the newest first. */
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

/** Finds the first job that a page did not look at; undefined: it has looked at all. */
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

/** The jobs of which a page looks at the first ones, by an index that has them in their order. */
function lookedThrough({ action, running }: JobFilter, from: JobPlace | undefined): SQL {
  const jobs = running === true ? sql`jobs INDEXED BY jobs_unfinished WHERE ${isUnfinished}` : sql`jobs WHERE true`
  const ofAction = action === undefined ? sql`` : sql`AND action = ${action}`
  const onwards = from === undefined ? sql`` : sql`AND (scheduled_at, id) <= (${from.scheduledAt}, ${from.id})`
  return sql`${jobs} ${ofAction} ${onwards}`
}

export interface JobCounts {
  readonly unfinished: Readonly<Partial<Record<JobStatus, number>>>
  /** Of each action that ever ended: the job of it that was scheduled last. */
  readonly lastEnded: readonly { readonly action: string; readonly status: JobStatus; readonly endedAt: number }[]
}

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

/** How many jobs one statement takes, and how many lines of theirs: a job may have said much. */
const jobsInSlice = 100
const linesInSlice = 5000

/** Deletes the oldest jobs that ended before a time, as far as one slice goes. @returns how many rows went */
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
 * When the last of so many jobs ended; undefined when there are not so many. That reads as many rows of the index as are
 * kept.
 */
export async function endOfNewest(db: Database, keep: number): Promise<number | undefined> {
  const [row] = await db.all<{ endedAt: number }>(sql`
    SELECT ended_at AS endedAt FROM jobs INDEXED BY jobs_ended WHERE ended_at IS NOT NULL
    ORDER BY ended_at DESC LIMIT 1 OFFSET ${keep - 1}`)
  return row?.endedAt
}
