/**
 * The statements of a proof. Those on the database of the drill name its tables as the loader does before they are back.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import type { Digest } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { awayName, awayPrefix } from '../load/load-store.ts'

/** Counts the rows of some tables, all of which a proof reads once. */
export async function countAwayRows(drill: Database, tables: readonly string[]): Promise<readonly number[]> {
  if (tables.length === 0) return []
  const { counts } = await runBatch(drill, {
    counts: tables.map((table) => sql<{ rows: number }>`SELECT count(*) AS rows FROM ${awayName(table)}`),
  })
  return counts.map(({ first }) => first?.rows ?? 0)
}

/** Tells whether tables have the names that they have while a backup is loaded, as the schema says. */
export async function isAnyTableAway(drill: Database): Promise<boolean> {
  const [row] = await drill.all<{ name: string }>(sql`
    SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, ${awayPrefix.length}) = ${awayPrefix} LIMIT 1`)
  return row !== undefined
}

export interface RestoredManifest {
  readonly repositoryId: number
  readonly repository: string
  readonly digest: Digest
  readonly mediaType: string
  /** The text; null if the bytes are a blob. */
  readonly body: string | null
  readonly bodyDigest: Digest | null
  /** JSON array of the digests that it names according to the rows; null for a manifest of a deleted repository. */
  readonly named: string | null
}

/** Reads the next manifests with what they name. Key: manifests, repositories, manifest_blobs, manifest_children. */
export async function restoredManifests(
  drill: Database,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<readonly RestoredManifest[]> {
  const named = (table: string, column: string): SQL => sql`
    SELECT ${sql.raw(column)} FROM ${awayName(table)}
    WHERE repository_id = own.repository_id AND manifest_digest = own.digest`
  return drill.all<RestoredManifest>(sql`
    SELECT own.repository_id AS repositoryId, repository.name AS repository, own.digest, own.media_type AS mediaType,
      own.body, own.body_digest AS bodyDigest,
      iif(repository.deleted_name IS NULL AND own.body IS NOT NULL, (SELECT json_group_array(digest) FROM (
        ${named('manifest_blobs', 'blob_digest AS digest')}
        UNION ALL
        ${named('manifest_children', 'child_digest')})), NULL) AS named
    FROM ${awayName('manifests')} AS own JOIN ${awayName('repositories')} AS repository ON repository.id = own.repository_id
    WHERE (own.repository_id, own.digest) > (${repositoryId}, ${after})
    ORDER BY own.repository_id, own.digest LIMIT ${limit}`)
}

export interface RestoredBlob {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** Reads the next blobs. Key: blobs. */
export const restoredBlobs = (drill: Database, after: string, limit: number): Promise<readonly RestoredBlob[]> =>
  drill.all<RestoredBlob>(sql`
    SELECT digest, size_bytes AS sizeBytes FROM ${awayName('blobs')} WHERE digest > ${after} ORDER BY digest LIMIT ${limit}`)

/** Finds the next blob that is not too large. Key: blobs. @param isAtLeast it may be the one with this digest itself */
export async function nextBlob(
  drill: Database,
  digest: string,
  isAtLeast: boolean,
  mostBytes: number,
): Promise<RestoredBlob | undefined> {
  const [row] = await drill.all<RestoredBlob>(sql`
    SELECT digest, size_bytes AS sizeBytes FROM ${awayName('blobs')}
    WHERE digest ${isAtLeast ? sql`>=` : sql`>`} ${digest} AND size_bytes <= ${mostBytes} ORDER BY digest LIMIT 1`)
  return row
}

/** Reads the segments of a blob in their order. Index: segments_by_blob. */
export async function segmentsOfRestored(drill: Database, digest: Digest): Promise<readonly SegmentPlace[]> {
  return drill.all<SegmentPlace>(sql`
    SELECT key, offset_bytes AS offsetBytes, size_bytes AS sizeBytes FROM ${awayName('segments')}
    WHERE blob_digest = ${digest} ORDER BY offset_bytes`)
}

/**
 * Returns which segments the registry itself still has: it deletes the row of one after its object, and takes the owner of
 * the row before. Key: segments.
 */
export async function stillOwned(db: Database, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const rows = await db.all<{ key: string }>(sql`
    SELECT key FROM segments WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))
      AND (blob_digest IS NOT NULL OR kept_for IS NOT NULL)`)
  return new Set(rows.map(({ key }) => key))
}
