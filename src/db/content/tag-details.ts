/** Tags with all that is known of them, for people to look at. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, Tag } from '../../names.ts'
import { countOf } from '../counts.ts'
import type { Database } from '../database.ts'

export interface TagDetails {
  readonly name: Tag
  readonly digest: Digest
  /** Who pushed it last. */
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

/** A page of the tags of a repository, in ASCII order. */
export async function listTagDetails(
  db: Database,
  repositoryId: number,
  { from, limit }: TagRange,
): Promise<TagDetails[]> {
  return db.all<TagDetails>(sql`
    SELECT ${columns} FROM tags WHERE repository_id = ${repositoryId} AND name >= ${from} ORDER BY name LIMIT ${limit}`)
}

/** A page of the tags that point at a manifest. */
export async function listTagsOfManifest(
  db: Database,
  repositoryId: number,
  digest: Digest,
  { from, limit }: TagRange,
): Promise<TagDetails[]> {
  // The "+" keeps SQLite from walking through all tags by their names: those of one manifest are few (`tags_by_digest`).
  return db.all<TagDetails>(sql`
    SELECT ${columns} FROM tags WHERE repository_id = ${repositoryId} AND digest = ${digest} AND +name >= ${from}
    ORDER BY +name LIMIT ${limit}`)
}

export async function findTagDetails(db: Database, repositoryId: number, tag: Tag): Promise<TagDetails | undefined> {
  const [found] = await db.all<TagDetails>(sql`
    SELECT ${columns} FROM tags WHERE repository_id = ${repositoryId} AND name = ${tag}`)
  return found
}

/** How many tags a repository has, counted up to a bound. */
export async function countTags(db: Database, repositoryId: number): Promise<number> {
  const [row] = await db.all<{ count: number }>(
    sql`SELECT ${countOf(sql`tags WHERE repository_id = ${repositoryId}`)} AS count`,
  )
  return row?.count ?? 0
}
