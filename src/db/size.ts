/** Reads how much of D1 is used. */
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'

/** A database of Cloudflare's paid plan has 10 GB, and no plan has more. */
export const largestDatabaseBytes = 10_000_000_000

/** Returns the size of the database in bytes, which D1 reports with every answer. */
export async function databaseBytes(db: Database): Promise<number> {
  const { meta } = await db.run(sql`SELECT 1`)
  return meta.size_after
}
