/** Reads what jobs said. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'

export interface LogLine {
  readonly data: string
  readonly lineNum: number
}

/** @returns undefined: there is no such job */
export async function readJobLog(
  db: Database,
  id: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<LogLine[] | undefined> {
  const [jobs, lines] = await runBatch<LogLine>(db, [
    sql`SELECT 1 FROM jobs WHERE id = ${id}`,
    sql`
      SELECT data, line_number AS lineNum FROM job_logs WHERE job_id = ${id} AND line_number >= ${offset}
      ORDER BY line_number LIMIT ${limit}`,
  ])
  return jobs?.results.length === 1 ? lines?.results : undefined
}
