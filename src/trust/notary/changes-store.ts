/** The changefeed: what was published and deleted, from the oldest to the newest. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { isHeldRepository } from '../../db/access/rights.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { isVisible, viewing, type Viewer } from '../../db/repositories/visible-repositories.ts'
import { mostChangesOfViewer, mostRepositoriesOfFeed } from '../../limits.ts'
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

const directionOf = ({ isBackward }: ChangesPage): SQL => sql.raw(isBackward ? 'DESC' : 'ASC')

const inOrder = (page: ChangesPage): SQL => sql`ORDER BY trust_changes.id ${directionOf(page)} LIMIT ${page.limit}`

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
 * Lists the changes of all GUNs: to a system administrator all of them, also of deleted repositories, and to others those of
 * the repositories that they may read. For these it looks at each repository of the feed once, not at each change, and reads
 * the changes of those alone that the page may begin with: at most as many as the page is long.
 * Index: trust_changes_by_repository. Key: trust_changes, repositories.
 */
export async function changesFor(db: Database, viewer: Viewer, page: ChangesPage): Promise<ChangeRow[]> {
  const ownPage = { ...page, limit: Math.min(page.limit, mostChangesOfViewer) }
  const { all, own } = await runBatch(db, {
    all: sql<ChangeRow>`
      WITH ${viewing(viewer)}
      SELECT ${columns} FROM me CROSS JOIN trust_changes WHERE me.is_admin = 1 AND ${inPage(page)} ${inOrder(page)}`,
    own: sql<ChangeRow>`
      WITH RECURSIVE ${viewing(viewer)},
      told(id) AS (
        SELECT (SELECT min(repository_id) FROM trust_changes WHERE repository_id > 0) FROM me WHERE me.is_admin = 0
        UNION ALL
        SELECT (SELECT min(repository_id) FROM trust_changes WHERE repository_id > told.id) FROM told
        WHERE told.id IS NOT NULL LIMIT ${mostRepositoriesOfFeed}),
      begun AS (
        SELECT repositories.id, (
          SELECT trust_changes.id FROM trust_changes
          WHERE trust_changes.repository_id = repositories.id AND ${inPage(page)} ${inOrder({ ...page, limit: 1 })}) AS at
        FROM told CROSS JOIN repositories ON repositories.id = told.id
        WHERE ${isVisible(viewer)}),
      nearest AS (
        SELECT id FROM begun WHERE at IS NOT NULL ORDER BY at ${directionOf(page)} LIMIT ${ownPage.limit})
      SELECT ${columns} FROM nearest CROSS JOIN trust_changes ON trust_changes.id IN (
        SELECT trust_changes.id FROM trust_changes
        WHERE trust_changes.repository_id = nearest.id AND ${inPage(page)} ${inOrder(ownPage)})
      ${inOrder(ownPage)}`,
  })
  return oldestFirst([...all.rows, ...own.rows])
}

/** Deletes the oldest changes, but never the newest: its id counts how many there were. Key: trust_changes. */
export async function trimChanges(
  db: Database,
  { before, keep }: { readonly before: number; readonly keep: number },
  most: number,
): Promise<number> {
  const isSurplus = sql`created_at < ${before} OR id <= (SELECT max(id) FROM trust_changes) - ${keep}`
  const { deleted } = await runBatch(db, {
    deleted: sql`
      DELETE FROM trust_changes WHERE id IN (
        SELECT id FROM (SELECT id, created_at FROM trust_changes ORDER BY id LIMIT ${most})
        WHERE (${isSurplus}) AND id < (SELECT max(id) FROM trust_changes))`,
  })
  return deleted.changes
}
