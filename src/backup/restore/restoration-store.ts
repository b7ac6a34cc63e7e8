/** The row of the restoration that is under way. It is kept while all other tables are away. */
import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'
import { refuse } from '../../db/refusals.ts'

/** What the row has. */
interface RestorationRow {
  readonly id: string
  readonly backup: string
  /** The account that began it; empty for the holder of the recovery secret. */
  readonly begunBy: string
  /** Milliseconds since 1970. */
  readonly begunAt: number
  readonly tokenHash: string
  readonly tablesAreAway: boolean
  /** JSON, as `progress.ts` reads it. */
  readonly wanted: string
  readonly progress: string
}

/** A restoration to store. */
interface NewRestoration extends Omit<RestorationRow, 'tablesAreAway' | 'wanted' | 'progress'> {
  readonly wanted: object
  readonly progress: object
}

type StoredRestoration = Omit<RestorationRow, 'tablesAreAway'> & { readonly tablesAreAway: number }

const columns = sql`restore_id AS id, backup_id AS backup, begun_by AS begunBy, begun_at AS begunAt,
  token_hash AS tokenHash, tables_are_away AS tablesAreAway, wanted, progress`

const rowOf = (row: StoredRestoration): RestorationRow => ({ ...row, tablesAreAway: row.tablesAreAway === 1 })

/** Reads the restoration that is under way; undefined when none is. Key: restoration. */
export async function findRestorationRow(db: Database): Promise<RestorationRow | undefined> {
  const [row] = await db.all<StoredRestoration>(sql`SELECT ${columns} FROM restoration WHERE id = 1`)
  return row === undefined ? undefined : rowOf(row)
}

/**
 * Inserts a restoration, or puts it in the place of another one. That one has lost its lease then, and the
 * tables stay away if they are. Key: restoration.
 *
 * @param instead the id of the one that makes way; undefined: there must be none
 * @returns whether it is the one that is under way now
 */
export async function insertRestoration(
  db: Database,
  { id, backup, begunBy, begunAt, tokenHash, wanted, progress }: NewRestoration,
  instead: string | undefined,
): Promise<boolean> {
  const rows = await db.all(sql`
    INSERT INTO restoration (id, restore_id, backup_id, begun_by, begun_at, token_hash, tables_are_away, wanted, progress,
      lease_holder, lease_until)
    VALUES (1, ${id}, ${backup}, ${begunBy}, ${begunAt}, ${tokenHash}, 0, ${JSON.stringify(wanted)},
      ${JSON.stringify(progress)}, '', 0)
    ON CONFLICT (id) DO UPDATE SET restore_id = excluded.restore_id, backup_id = excluded.backup_id,
      begun_by = excluded.begun_by, begun_at = excluded.begun_at, token_hash = excluded.token_hash,
      wanted = excluded.wanted, progress = excluded.progress, lease_holder = '', lease_until = 0
    WHERE restore_id = ${instead ?? ''}
    RETURNING id`)
  return rows.length === 1
}

/**
 * Gives a restoration another token, and what was ordered now. It ends the lease: the worker that has it is most likely
 * dead, as the operator begins again, and one that is only slow changes nothing without it. Key: restoration.
 */
export async function renewRestoration(
  db: Database,
  { id, tokenHash, wanted }: Pick<NewRestoration, 'id' | 'tokenHash' | 'wanted'>,
): Promise<void> {
  await db.run(sql`
    UPDATE restoration SET token_hash = ${tokenHash}, wanted = ${JSON.stringify(wanted)}, lease_holder = '', lease_until = 0
    WHERE id = 1 AND restore_id = ${id}`)
}

/** Takes the lease unless another worker has it. @returns the restoration; undefined: busy, or gone. Key: restoration. */
export async function takeLease(
  db: Database,
  id: string,
  lease: { readonly holder: string; readonly until: number },
  now: number,
): Promise<RestorationRow | undefined> {
  const [row] = await db.all<StoredRestoration>(sql`
    UPDATE restoration SET lease_holder = ${lease.holder}, lease_until = ${lease.until}
    WHERE id = 1 AND restore_id = ${id} AND lease_until <= ${now} RETURNING ${columns}`)
  return row === undefined ? undefined : rowOf(row)
}

/** Matches while the worker has the lease. Key: restoration. */
const isHeldBy = (holder: string): SQL =>
  sql`EXISTS (SELECT 1 FROM restoration WHERE id = 1 AND lease_holder = ${holder})`

/** Aborts a batch, with `isOutrun`, unless the worker still has the lease. */
export const requireLease = (holder: string): SQL => refuse('another request was faster', sql`NOT ${isHeldBy(holder)}`)

/** Saves what is done and gives the lease back. Key: restoration. */
export async function saveProgress(db: Database, holder: string, progress: object): Promise<void> {
  await db.run(sql`
    UPDATE restoration SET progress = ${JSON.stringify(progress)}, lease_until = 0 WHERE id = 1 AND lease_holder = ${holder}`)
}

/** Gives the lease back after a slice that failed. Key: restoration. */
export async function releaseLease(db: Database, holder: string): Promise<void> {
  await db.run(sql`UPDATE restoration SET lease_until = 0 WHERE id = 1 AND lease_holder = ${holder}`)
}

/** Notes, in the batch that takes the tables away, that they are away. Key: restoration. */
export const noteTablesAway = (holder: string): SQL =>
  sql`UPDATE restoration SET tables_are_away = 1 WHERE id = 1 AND lease_holder = ${holder}`

/** Ends the restoration, in the batch that brings the tables back. Key: restoration. */
export const endRestoration: SQL = sql`DELETE FROM restoration WHERE id = 1`

/** Gives a restoration up that has changed nothing. Key: restoration. */
export async function dropRestoration(db: Database, holder: string): Promise<void> {
  await db.run(sql`DELETE FROM restoration WHERE id = 1 AND lease_holder = ${holder} AND tables_are_away = 0`)
}
