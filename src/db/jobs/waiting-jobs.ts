/** Jobs that are due but have to wait. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { isJobHeld, type Hold } from './held-jobs.ts'
import { insertLines } from './job-logs.ts'

/**
 * Puts a job back to wait, with the reason and a line of the log; a request to cancel stays. A job without a finished
 * slice counts as not started, so its deadline begins later.
 * Key: jobs.
 */
export async function putOffJob(
  db: Database,
  hold: Hold,
  { reason, line, now }: { readonly reason: string; readonly line: string; readonly now: number },
): Promise<void> {
  await runBatch(db, {
    line: insertLines([line], isJobHeld(hold)),
    job: sql`
      UPDATE jobs SET status = CASE status WHEN 'running' THEN 'waiting' ELSE status END, waiting_for = ${reason},
        started_at = CASE WHEN checkpoint IS NOT NULL THEN started_at END, lease_until = NULL, last_updated = ${now},
        line_count = line_count + 1
      WHERE ${isJobHeld(hold)}`,
  })
}
