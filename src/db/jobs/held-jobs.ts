/**
 * Saves and ends the job that a worker holds. It holds the job by the number of its attempt: each statement names it,
 * so a worker that has lost the job without noticing changes nothing. Each function is one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import { RegistryError } from '../../errors.ts'
import { runBatch, type Database } from '../database.ts'
import { insertLines } from './job-logs.ts'
import { insertJobWhere, isUnfinished, jobColumns, type JobRecord, type NewJob } from './jobs.ts'
import type { JobStatus } from './schema.ts'

/** The worker's hold on a job. */
export interface Hold {
  readonly id: string
  readonly attempt: number
}

export interface JobClaim {
  readonly workerId: string
  readonly now: number
  readonly leaseUntil: number
  /** Says in the log that the last worker died; undefined if it did not. */
  readonly line: string | undefined
}

/**
 * Takes a job, unless another worker has done so since it was read.
 * Key: jobs.
 *
 * @returns the job as this worker holds it; undefined if another worker has it or it has finished
 */
export async function claimJob(
  db: Database,
  seen: Pick<JobRecord, 'id' | 'attempt' | 'leaseUntil'>,
  { workerId, now, leaseUntil, line }: JobClaim,
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

export const isJobHeld = ({ id, attempt }: Hold): SQL => sql`id = ${id} AND attempt = ${attempt} AND ${isUnfinished}`

/** D1 takes rows of 2,000,000 bytes; that of a job has its parameters too. */
export const mostCheckpointBytes = 1_900_000

/** Refuses what D1 would refuse, but for a reason that tells which text is too long. */
function checkSize(checkpoint: string | null): void {
  const bytes = checkpoint === null ? 0 : new TextEncoder().encode(checkpoint).length
  if (bytes > mostCheckpointBytes) {
    throw new RegistryError({ kind: 'job-checkpoint-too-large', bytes, most: mostCheckpointBytes })
  }
}

/**
 * Renews the lease of a job while a slice of it runs. A job that its worker has given back stays so.
 * Key: jobs.
 *
 * @returns whether the worker still has the job; if not, nothing was changed
 */
export async function renewLease(db: Database, hold: Hold, leaseUntil: number): Promise<boolean> {
  const { renewed } = await runBatch(
    db,
    {
      renewed: sql`
        UPDATE jobs SET lease_until = ${leaseUntil} WHERE ${isJobHeld(hold)} AND lease_until IS NOT NULL RETURNING id`,
    },
    'repeatable',
  )
  return renewed.first !== undefined
}

/**
 * Saves the result of a slice.
 * Key: jobs.
 *
 * @param leaseUntil null gives the job back: any worker may continue it
 * @throws RegistryError `job-checkpoint-too-large`
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
  checkSize(slice.checkpoint)
  const { saved } = await runBatch(db, {
    saved: sql<{ status: JobStatus }>`
      UPDATE jobs SET checkpoint = ${slice.checkpoint}, lease_until = ${slice.leaseUntil}, last_updated = ${slice.now},
        deaths = ${slice.deaths}, line_count = line_count + ${slice.lines.length}
      WHERE ${isJobHeld(hold)} RETURNING status`,
    // The log has room for all of them from here on.
    lines: insertLines(slice.lines, isJobHeld(hold), slice.lines.length),
  })
  return saved.first?.status
}

export interface Ending {
  readonly status: Exclude<JobStatus, 'waiting' | 'running' | 'cancel_request'>
  readonly lines: readonly string[]
  readonly now: number
  /** The next try of a failed job. */
  readonly retry: NewJob | undefined
}

/**
 * Ends a job. A job that was asked to stop ends as canceled unless it is done.
 * Key: jobs.
 *
 * @returns whether the worker still held the job; if not, nothing was changed
 */
export async function endJob(db: Database, hold: Hold, { status, lines, now, retry }: Ending): Promise<boolean> {
  // A job that was asked to stop is canceled even if it failed meanwhile, but not if it is done.
  const ends = sql`CASE WHEN status = 'cancel_request' AND ${status} <> 'done' THEN 'canceled' ELSE ${status} END`
  const fails = sql`EXISTS (SELECT 1 FROM jobs WHERE ${isJobHeld(hold)} AND status <> 'cancel_request')`
  const { ended } = await runBatch(db, {
    lines: insertLines(lines, isJobHeld(hold)),
    retry: retry && insertJobWhere(retry, sql`'waiting'`, sql`NULL`, now, fails),
    ended: sql`
      UPDATE jobs SET status = ${ends}, ended_at = ${now}, last_updated = ${now}, lease_until = NULL,
        line_count = line_count + ${lines.length}
      WHERE ${isJobHeld(hold)} RETURNING id`,
  })
  return ended.rows.length === 1
}
