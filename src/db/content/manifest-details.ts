/** Manifests with the details that users see. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { countOf } from '../counts.ts'
import type { Database } from '../database.ts'

export interface ManifestRow {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
  /** The blob with its text; null if the text is in its row. */
  readonly bodyDigest: Digest | null
  /** The account that pushed it last. */
  readonly author: string
}

const columns: SQL = sql`
  digest, media_type AS mediaType, size_bytes AS sizeBytes, body_digest AS bodyDigest, pushed_by AS author`

/**
 * Lists a page of the manifests of a repository, from a digest on (inclusive), in the order of digests.
 * Key: manifests.
 */
export async function listManifestRows(
  db: Database,
  repositoryId: number,
  from: string,
  limit: number,
): Promise<ManifestRow[]> {
  return db.all<ManifestRow>(sql`
    SELECT ${columns} FROM manifests WHERE repository_id = ${repositoryId} AND digest >= ${from}
    ORDER BY digest LIMIT ${limit}`)
}

/** Finds those of the manifests that the repository has, in the order of digests. Key: manifests. */
export async function findManifestRows(
  db: Database,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ManifestRow[]> {
  return db.all<ManifestRow>(sql`
    SELECT ${columns} FROM manifests
    WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))
    ORDER BY digest`)
}

/** Finds the texts of those of the manifests that are stored in their rows. Key: manifests. */
export async function readInlineManifests(
  db: Database,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, string>> {
  if (digests.length === 0) return new Map()
  const rows = await db.all<{ digest: Digest; body: string }>(sql`
    SELECT digest, body FROM manifests
    WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))
      AND body IS NOT NULL`)
  return new Map(rows.map(({ digest, body }) => [digest, body]))
}

/** Counts the manifests of a repository, up to a bound. Key: manifests. */
export async function countManifests(db: Database, repositoryId: number): Promise<number> {
  const [row] = await db.all<{ count: number }>(
    sql`SELECT ${countOf(sql`manifests WHERE repository_id = ${repositoryId}`)} AS count`,
  )
  return row?.count ?? 0
}

/** Finds the segments of large manifests, by the `bodyDigest` of their rows. */
export const placesOfBodies = (db: Database, digests: readonly Digest[]): Promise<Places> =>
  placesOf(db, digests, sql`true`)

/**
 * Finds the segments of those of the blobs that the repository has: a manifest may name others.
 * Key: repository_blobs.
 */
export const placesOfBlobs = (db: Database, repositoryId: number, digests: readonly Digest[]): Promise<Places> =>
  placesOf(
    db,
    digests,
    sql`EXISTS (SELECT 1 FROM repository_blobs WHERE repository_id = ${repositoryId} AND digest = blob_digest)`,
  )

export type Places = ReadonlyMap<Digest, readonly SegmentPlace[]>

/** Finds the segments of blobs that a condition holds for. Index: segments_by_blob. */
async function placesOf(db: Database, digests: readonly Digest[], which: SQL): Promise<Places> {
  if (digests.length === 0) return new Map()
  const rows = await db.all<SegmentPlace & { digest: Digest }>(sql`
    SELECT blob_digest AS digest, key, offset_bytes AS offsetBytes, size_bytes AS sizeBytes
    FROM segments
    WHERE blob_digest IN (SELECT value FROM json_each(${JSON.stringify(digests)})) AND size_bytes IS NOT NULL AND ${which}
    ORDER BY blob_digest, offset_bytes`)
  return Map.groupBy(rows, ({ digest }) => digest)
}
