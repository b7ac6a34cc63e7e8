/** Creates jobs that recur, each in place of the one before. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { insertUnlessUnderWay, type NewJob } from './jobs.ts'

/**
 * Creates each job unless one with its exclusion key is under way, and deletes the one before if it ended well. So the list
 * of jobs shows one for each key, and those that failed.
 * Index: jobs_done.
 *
 * @returns the ids of the new jobs
 */
export async function makeRecurringJobs(
  db: Database,
  action: string,
  jobs: readonly NewJob[],
  now: number,
): Promise<readonly string[]> {
  const keys = jobs.map(({ exclusionKey }) => exclusionKey)
  const { made } = await runBatch(db, {
    replaced: sql`
      DELETE FROM jobs INDEXED BY jobs_done WHERE action = ${action} AND status = 'done'
        AND exclusion_key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
    made: jobs.map((job) => insertUnlessUnderWay(job, now, sql`true`)),
  })
  return made.flatMap(({ rows }) => rows.map(({ id }) => id))
}
