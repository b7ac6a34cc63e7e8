/** The changefeed: what was published and deleted, from the oldest to the newest. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { isHeldRepository } from '../../db/access/rights.ts'
import type { Database } from '../../db/database.ts'
import { isVisible, viewing, type Viewer } from '../../db/repositories/visible-repositories.ts'
import type { CollectionPlace } from './notary-store.ts'

export interface ChangeRow {
  readonly id: number
  readonly createdAt: number
  readonly gun: string
  readonly version: number
  readonly sha256: string
  readonly category: 'update' | 'deletion'
}

/** A page of the feed: forward from an id, or backward to one. */
export interface ChangesPage {
  readonly limit: number
  /** Exclusive; undefined for the end that the page begins at. */
  readonly from: number | undefined
  readonly isBackward: boolean
}

const columns = sql`
  trust_changes.id, trust_changes.created_at AS createdAt, trust_changes.gun, trust_changes.version,
  trust_changes.sha256, trust_changes.category`

const inPage = ({ from, isBackward }: ChangesPage): SQL =>
  isBackward ? sql`trust_changes.id < ${from ?? Number.MAX_SAFE_INTEGER}` : sql`trust_changes.id > ${from ?? 0}`

const inOrder = ({ limit, isBackward }: ChangesPage): SQL =>
  sql`ORDER BY trust_changes.id ${sql.raw(isBackward ? 'DESC' : 'ASC')} LIMIT ${limit}`

const oldestFirst = (rows: readonly ChangeRow[]): ChangeRow[] => [...rows].sort((one, other) => one.id - other.id)

/**
 * Lists the changes of one GUN, of the repository that has the name now. Those of an earlier repository of the name are
 * not its own. Index: trust_changes_by_gun, repositories_name_unique.
 */
export async function changesOf(db: Database, { held, gun }: CollectionPlace, page: ChangesPage): Promise<ChangeRow[]> {
  return oldestFirst(
    await db.all<ChangeRow>(sql`
      SELECT ${columns} FROM trust_changes
      WHERE trust_changes.gun = ${gun} AND ${inPage(page)}
        AND trust_changes.repository_id = (SELECT repositories.id FROM repositories WHERE ${isHeldRepository(held)})
      ${inOrder(page)}`),
  )
}

/**
 * Lists the changes of all GUNs: to an administrator all of them, also of deleted repositories, and to others those of
 * the repositories that they may read. It reads the feed in order until the page is full. Key: trust_changes, repositories.
 */
export async function changesFor(db: Database, viewer: Viewer, page: ChangesPage): Promise<ChangeRow[]> {
  return oldestFirst(
    await db.all<ChangeRow>(sql`
      WITH ${viewing(viewer)}
      SELECT ${columns} FROM trust_changes
      LEFT JOIN repositories ON repositories.id = trust_changes.repository_id
      WHERE ${inPage(page)} AND (EXISTS (SELECT 1 FROM me WHERE is_admin = 1) OR ${isVisible})
      ${inOrder(page)}`),
  )
}
