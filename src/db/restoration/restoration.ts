/**
 * Tells whether the database is being restored. Its tables have other names meanwhile, so every other statement fails: no
 * request needs to ask this before, and a request whose statement failed asks it to say why.
 */
import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

export interface Restoration {
  /** The id of the backup. */
  readonly backup: string
}

/** Reads the restoration that keeps the registry from serving. @returns undefined when there is none. Key: restoration. */
export async function readRestoration(db: Database): Promise<Restoration | undefined> {
  const [row] = await db.all<Restoration>(
    sql`SELECT backup_id AS backup FROM restoration WHERE id = 1 AND tables_are_away = 1`,
  )
  return row
}
