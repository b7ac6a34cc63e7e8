/** Jobs that are due and wait for something to pass. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { isJobHeld, type Hold } from './held-jobs.ts'
import { insertLines } from './job-logs.ts'

/**
 * Gives a job back to wait, with the reason and a line that says so; one that was asked to stop stays asked. A job of
 * which no slice was done has not started yet, so that its deadline counts from when it does.
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
