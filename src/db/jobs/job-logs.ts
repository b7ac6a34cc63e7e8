/** Reads what jobs said. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'

export interface LogLine {
  readonly data: string
  readonly lineNum: number
}

/** @returns undefined if the job does not exist */
export async function readJobLog(
  db: Database,
  id: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<LogLine[] | undefined> {
  const { job, lines } = await runBatch(db, {
    job: sql`SELECT 1 FROM jobs WHERE id = ${id}`,
    lines: sql<LogLine>`
      SELECT data, line_number AS lineNum FROM job_logs WHERE job_id = ${id} AND line_number >= ${offset}
      ORDER BY line_number LIMIT ${limit}`,
  })
  return job.rows.length === 1 ? lines.rows : undefined
}
