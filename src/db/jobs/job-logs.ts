/** The logs of jobs: writes lines into them and reads them. */
import { sql, type SQL } from 'drizzle-orm'
import { plainLineOf } from '../../util/plain-text.ts'
import { runBatch, type Database } from '../database.ts'
import { piecesOf } from '../pieces.ts'

export interface LogLine {
  readonly data: string
  readonly lineNum: number
}

/**
 * Reads a page of the log of a job.
 * Key: jobs, job_logs.
 *
 * @returns undefined if the job does not exist
 */
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

/**
 * Builds the statements that add lines to the logs of the jobs that match a condition, as many as their bytes need. A line names
 * what others have named, as a directory its users: it stays one line.
 * Key: jobs.
 *
 * @param before where the lines begin, counted back from the end of the log
 */
export function insertLines(lines: readonly string[], condition: SQL, before = 0): SQL[] {
  let written = 0
  // Their bytes count as they are stored: a character that a line must not hold gives way to a longer one.
  return piecesOf(lines.map(plainLineOf)).map((piece) => {
    const statement = sql`
      INSERT INTO job_logs (job_id, line_number, data)
      SELECT jobs.id, line_count + ${written - before} + line.at, line.said
      FROM jobs, (SELECT key AS at, value AS said FROM json_each(${JSON.stringify(piece)})) AS line
      WHERE ${condition}`
    written += piece.length
    return statement
  })
}
