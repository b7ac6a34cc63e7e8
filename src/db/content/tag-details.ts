/** Tags with the details that users see. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, Tag } from '../../names.ts'
import { countOf } from '../counts.ts'
import type { Database } from '../database.ts'

export interface TagDetails {
  readonly name: Tag
  readonly digest: Digest
  /** The account that pushed it last. */
  readonly author: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** Tags from a name on (inclusive). */
export interface TagRange {
  readonly from: string
  readonly limit: number
}

const columns: SQL = sql`name, digest, updated_by AS author, created_at AS createdAt, updated_at AS updatedAt`

/** Lists a page of the tags of a repository, in ASCII order. Key: tags. */
export async function listTagDetails(
  db: Database,
  repositoryId: number,
  { from, limit }: TagRange,
): Promise<TagDetails[]> {
  return db.all<TagDetails>(sql`
    SELECT ${columns} FROM tags WHERE repository_id = ${repositoryId} AND name >= ${from} ORDER BY name LIMIT ${limit}`)
}

/** Lists a page of the tags that point at a manifest. Index: tags_by_digest. */
export async function listTagsOfManifest(
  db: Database,
  repositoryId: number,
  digest: Digest,
  { from, limit }: TagRange,
): Promise<TagDetails[]> {
  // The "+" makes SQLite use `tags_by_digest`, as one manifest has few tags, and not scan all tags by name.
  return db.all<TagDetails>(sql`
    SELECT ${columns} FROM tags WHERE repository_id = ${repositoryId} AND digest = ${digest} AND +name >= ${from}
    ORDER BY +name LIMIT ${limit}`)
}

/** Finds a tag. Key: tags. */
export async function findTagDetails(db: Database, repositoryId: number, tag: Tag): Promise<TagDetails | undefined> {
  const [found] = await db.all<TagDetails>(sql`
    SELECT ${columns} FROM tags WHERE repository_id = ${repositoryId} AND name = ${tag}`)
  return found
}

/** Counts the tags of a repository, up to a bound. Index: tags_by_digest. */
export async function countTags(db: Database, repositoryId: number): Promise<number> {
  const [row] = await db.all<{ count: number }>(
    sql`SELECT ${countOf(sql`tags WHERE repository_id = ${repositoryId}`)} AS count`,
  )
  return row?.count ?? 0
}
