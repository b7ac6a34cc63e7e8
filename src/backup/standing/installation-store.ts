/** When the registry was installed, by the table of its migrations. */
import { sql } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'

/** Reads when the first migration ran, in milliseconds since 1970. Scan: d1_migrations, of which it reads one row. */
export async function readInstallationTime(db: Database): Promise<number> {
  const [row] = await db.all<{ at: number | null }>(sql`
    SELECT unixepoch(applied_at) * 1000 AS at FROM d1_migrations ORDER BY id LIMIT 1`)
  return row?.at ?? 0
}
