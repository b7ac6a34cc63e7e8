/**
 * Compares the segments that were loaded with the objects of R2, and finds the images that lost content. The tables have
 * the names of a restoration.
 */
import { sql } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'
import { awayName as table } from '../load/load-store.ts'

export interface LoadedSegment {
  readonly key: string
  readonly blobDigest: string
  readonly offsetBytes: number
  readonly sizeBytes: number
}

/** Reads the segments of blobs of a range of keys, in their order. @param upTo undefined for no end */
export const segmentsOf = (
  db: Database,
  after: string,
  upTo: string | undefined,
  limit: number,
): Promise<LoadedSegment[]> =>
  db.all(sql`
    SELECT key, blob_digest AS blobDigest, offset_bytes AS offsetBytes, size_bytes AS sizeBytes
    FROM ${table('segments')}
    WHERE key > ${after} AND ${upTo === undefined ? sql`true` : sql`key <= ${upTo}`} AND blob_digest IS NOT NULL
    ORDER BY key LIMIT ${limit}`)

/** Marks blobs as lost. */
export async function markLoadedLost(db: Database, digests: readonly string[], now: number): Promise<void> {
  await db.run(sql`
    UPDATE ${table('blobs')} SET lost_at = ${now}
    WHERE lost_at IS NULL AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))`)
}

/** A manifest and where it is. */
interface FoundImage {
  readonly repository: string
  readonly digest: string
}

export interface ImagesPage {
  readonly searched: number
  readonly lost: readonly FoundImage[]
  /** The key after which the next page begins; undefined after the last page. */
  readonly next: readonly [repositoryId: number, digest: string] | undefined
}

/** Finds, among the next manifests, those that need a lost blob: for themselves, or for what they list. */
export async function lostImages(
  db: Database,
  [afterId, afterDigest]: readonly [repositoryId: number, digest: string],
  limit: number,
): Promise<ImagesPage> {
  const rows = await db.all<{ id: number; digest: string; repository: string | null; isLost: number }>(sql`
    SELECT page.repository_id AS id, page.digest, repositories.name AS repository, EXISTS (
      WITH RECURSIVE below(digest) AS (
        SELECT page.digest
        UNION
        SELECT child_digest FROM below JOIN ${table('manifest_children')} AS children
          ON children.repository_id = page.repository_id AND children.manifest_digest = below.digest)
      SELECT 1 FROM below
        JOIN ${table('manifests')} AS own ON own.repository_id = page.repository_id AND own.digest = below.digest
      WHERE EXISTS (SELECT 1 FROM ${table('blobs')} AS body WHERE body.digest = own.body_digest AND body.lost_at IS NOT NULL)
        OR EXISTS (
          SELECT 1 FROM ${table('manifest_blobs')} AS named JOIN ${table('blobs')} AS blob ON blob.digest = named.blob_digest
          WHERE named.repository_id = page.repository_id AND named.manifest_digest = below.digest AND blob.lost_at IS NOT NULL)
    ) AS isLost
    FROM (
      SELECT repository_id, digest FROM ${table('manifests')}
      WHERE (repository_id, digest) > (${afterId}, ${afterDigest}) ORDER BY repository_id, digest LIMIT ${limit}
    ) AS page LEFT JOIN ${table('repositories')} AS repositories ON repositories.id = page.repository_id`)
  const sorted = rows.toSorted((one, other) => one.id - other.id || (one.digest < other.digest ? -1 : 1))
  const last = sorted.at(-1)
  return {
    searched: rows.length,
    lost: sorted.flatMap(({ repository, digest, isLost }) =>
      isLost === 1 && repository !== null ? [{ repository, digest }] : [],
    ),
    next: last === undefined || rows.length < limit ? undefined : [last.id, last.digest],
  }
}

/** Tells whether any blob is lost. */
export async function isAnyLost(db: Database): Promise<boolean> {
  const rows = await db.all(sql`SELECT 1 FROM ${table('blobs')} WHERE lost_at IS NOT NULL LIMIT 1`)
  return rows.length > 0
}
