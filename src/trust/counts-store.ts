/** The counts of trust data, of which each is one row. */
import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { trustCounts } from './schema.ts'

export type TrustCount = (typeof trustCounts.$inferSelect)['name']

/** Counts a publication, in its batch. Key: trust_counts. */
export const countPublication = sql`
  INSERT INTO trust_counts (name, count) VALUES ('publications', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1`

const names: readonly TrustCount[] = ['collections', 'publications', 'refusals']

/** Reads the counts; one that never was is missing. Key: trust_counts. */
export async function readTrustCounts(db: Database): Promise<ReadonlyMap<TrustCount, number>> {
  const rows = await db.all<{ name: TrustCount; count: number }>(sql`
    SELECT name, count FROM trust_counts WHERE name IN (SELECT value FROM json_each(${JSON.stringify(names)}))`)
  return new Map(rows.map(({ name, count }) => [name, count]))
}
