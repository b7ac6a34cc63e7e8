/** Statements about content for backups: pages of all that has bytes, and the segments that a registry must have. */
import { sql, type SQL } from 'drizzle-orm'
import type { SizedDigest } from '../../db/content/blobs.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { jsonPiecesOf } from '../../db/pieces.ts'
import type { Digest, RepositoryName } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'

/** A segment that the registry's bucket has to have. */
export interface NeededSegment extends SegmentPlace {
  /** The blob that it is a piece of; null for a document of a capability. */
  readonly digest: Digest | null
  /** The bytes of that blob. */
  readonly blobBytes: number | null
}

/**
 * Finds the next segments with content, in the order of their keys. Key: segments, blobs.
 *
 * @param prefix of the names of tables: a restore has them under other names until it is finished
 */
export const findNeededSegments = (
  db: Database,
  after: string,
  limit: number,
  prefix = '',
): Promise<readonly NeededSegment[]> =>
  db.all<NeededSegment>(sql`
    SELECT needed.key, needed.blob_digest AS digest, needed.offset_bytes AS offsetBytes,
      needed.size_bytes AS sizeBytes, blobs.size_bytes AS blobBytes
    FROM ${table(prefix, 'segments')} AS needed
    LEFT JOIN ${table(prefix, 'blobs')} AS blobs ON blobs.digest = needed.blob_digest
    WHERE needed.key > ${after} AND needed.size_bytes IS NOT NULL
      AND (needed.blob_digest IS NOT NULL OR needed.kept_for IS NOT NULL)
    ORDER BY needed.key LIMIT ${limit}`)

const table = (prefix: string, name: string): SQL => sql.raw(`"${prefix}${name}"`)

export interface ManifestContent extends SizedDigest {
  readonly repositoryId: number
}

/**
 * Reads the next manifests of all repositories in the order of their digests.
 * Scan: manifests, as no index has the digest first: its primary key alone is read. Key: manifests.
 */
export const readManifests = (db: Database, after: string, limit: number): Promise<readonly ManifestContent[]> =>
  db.all<ManifestContent>(sql`
    SELECT manifests.digest, manifests.size_bytes AS sizeBytes, manifests.repository_id AS repositoryId
    FROM (SELECT repository_id, digest FROM manifests WHERE digest > ${after} ORDER BY digest LIMIT ${limit}) AS page
    JOIN manifests ON manifests.repository_id = page.repository_id AND manifests.digest = page.digest
    ORDER BY manifests.digest`)

/** A manifest of a repository. */
export type NamedManifest = Pick<ManifestContent, 'repositoryId' | 'digest'>

/** Selects, after FROM, the manifests of a list of pairs. Key: manifests. */
const manifestsIn = (pairs: string): SQL => sql`
  json_each(${pairs}) AS wanted
  JOIN manifests ON manifests.repository_id = wanted.value ->> 0 AND manifests.digest = wanted.value ->> 1`

/** Writes manifests as lists of pairs. A list of Docker may name so many that one is too long. */
const pairsOf = (wanted: readonly NamedManifest[]): readonly string[] =>
  jsonPiecesOf(wanted.map(({ repositoryId, digest }) => [repositoryId, digest]))

/** Reads which manifests are there, with the sizes that they have, whatever a list says. */
export async function readSizes(db: Database, wanted: readonly NamedManifest[]): Promise<readonly ManifestContent[]> {
  if (wanted.length === 0) return []
  const { found } = await runBatch(db, {
    found: pairsOf(wanted).map(
      (pairs) => sql<ManifestContent>`
        SELECT manifests.repository_id AS repositoryId, manifests.digest, manifests.size_bytes AS sizeBytes
        FROM ${manifestsIn(pairs)}`,
    ),
  })
  return found.flatMap(({ rows }) => rows)
}

/** Reads the texts of manifests that are in D1. */
export async function readBodies(db: Database, wanted: readonly NamedManifest[]): Promise<ReadonlyMap<Digest, string>> {
  if (wanted.length === 0) return new Map()
  const { found } = await runBatch(db, {
    found: pairsOf(wanted).map(
      (pairs) => sql<{ digest: Digest; body: string }>`
        SELECT manifests.digest, manifests.body FROM ${manifestsIn(pairs)} WHERE manifests.body IS NOT NULL`,
    ),
  })
  return new Map(found.flatMap(({ rows }) => rows.map(({ digest, body }) => [digest, body])))
}

export interface TypedManifest extends ManifestContent {
  readonly mediaType: string
}

/** Where a manifest stands in the order of repositories and digests. */
export interface ManifestPlace {
  readonly repositoryId: number
  readonly digest: string
}

/**
 * Reads the next manifests with some media types, of all repositories.
 * Key: manifests. Scan: manifests, from one with such a type to the next: all of them once a backup.
 */
export const readManifestsOfTypes = (
  db: Database,
  mediaTypes: readonly string[],
  after: ManifestPlace,
  limit: number,
): Promise<readonly TypedManifest[]> =>
  db.all<TypedManifest>(sql`
    SELECT repository_id AS repositoryId, digest, size_bytes AS sizeBytes, media_type AS mediaType FROM manifests
    WHERE (repository_id, digest) > (${after.repositoryId}, ${after.digest})
      AND media_type IN (SELECT value FROM json_each(${JSON.stringify(mediaTypes)}))
    ORDER BY repository_id, digest LIMIT ${limit}`)

/** Reads where the bytes of blobs are. Index: segments_by_blob. */
export async function readPlaces(
  db: Database,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly SegmentPlace[]>> {
  const rows = await db.all<SegmentPlace & { digest: Digest }>(sql`
    SELECT blob_digest AS digest, key, offset_bytes AS offsetBytes, size_bytes AS sizeBytes FROM segments
    WHERE blob_digest IN (SELECT value FROM json_each(${JSON.stringify(digests)})) AND size_bytes IS NOT NULL
    ORDER BY blob_digest, offset_bytes`)
  return Map.groupBy(rows, ({ digest }) => digest)
}

/**
 * Reads the next documents that capabilities keep in segments. Key: segments.
 *
 * @param prefix of the name of the table, as of `findNeededSegments`
 */
export const readKept = (
  db: Database,
  after: string,
  limit: number,
  prefix = '',
): Promise<readonly { readonly key: string; readonly sizeBytes: number }[]> =>
  db.all<{ key: string; sizeBytes: number }>(sql`
    SELECT key, size_bytes AS sizeBytes FROM ${table(prefix, 'segments')}
    WHERE key > ${after} AND kept_for IS NOT NULL AND size_bytes IS NOT NULL ORDER BY key LIMIT ${limit}`)

/** Reads the number of the newest manifest: each that comes later has a higher one. Key: manifests. */
export async function readManifestMark(db: Database): Promise<number> {
  const [row] = await db.all<{ mark: number | null }>(sql`SELECT max(rowid) AS mark FROM manifests`)
  return row?.mark ?? 0
}

export interface NamedRepository {
  readonly id: number
  readonly name: RepositoryName
}

/** Reads the next repositories that are not deleted. Key: repositories. */
export const readRepositories = (db: Database, after: number, limit: number): Promise<readonly NamedRepository[]> =>
  db.all<NamedRepository>(sql`
    SELECT id, name FROM repositories WHERE id > ${after} AND deleted_name IS NULL ORDER BY id LIMIT ${limit}`)

/** A manifest with one of its tags. */
export interface ListedManifest extends SizedDigest {
  readonly mediaType: string
  readonly artifactType: string | null
  readonly subject: Digest | null
  /** Null for a manifest without a tag. */
  readonly tag: string | null
  /** The number of the row of the tag; zero without one. */
  readonly tagRow: number
}

/** Where a manifest with a tag stands in the order of an index. */
export type ListedPlace = Pick<ListedManifest, 'tagRow'> & { readonly digest: string }

/** What an index may name: manifests that existed when the copying began. */
export interface ManifestsBefore {
  readonly mark: number
  readonly startedAt: number
}

/**
 * Reads the next manifests of a repository, each as often as it has tags. The rows of tags alone give the order of those of one
 * manifest, as it may have a million: what is sorted for a page is in the index.
 * Key: manifests, tags. Index: tags_by_digest.
 *
 * @param before a number alone would not do: that of the newest manifest is given again after it was deleted
 */
export const readListed = (
  db: Database,
  repositoryId: number,
  after: ListedPlace,
  limit: number,
  { mark, startedAt }: ManifestsBefore,
): Promise<readonly ListedManifest[]> =>
  db.all<ListedManifest>(sql`
    SELECT page.digest, manifests.size_bytes AS sizeBytes, manifests.media_type AS mediaType,
      manifests.artifact_type AS artifactType, manifests.subject, tags.name AS tag, page.tagRow
    FROM (
      SELECT manifests.digest, coalesce(tags.rowid, 0) AS tagRow FROM manifests
      LEFT JOIN tags INDEXED BY tags_by_digest
        ON tags.repository_id = manifests.repository_id AND tags.digest = manifests.digest
      WHERE manifests.repository_id = ${repositoryId} AND manifests.digest >= ${after.digest}
        AND (manifests.digest, coalesce(tags.rowid, 0)) > (${after.digest}, ${after.tagRow})
        AND manifests.rowid <= ${mark} AND manifests.pushed_at <= ${startedAt}
      ORDER BY manifests.digest, tags.rowid LIMIT ${limit}) AS page
    CROSS JOIN manifests ON manifests.repository_id = ${repositoryId} AND manifests.digest = page.digest
    LEFT JOIN tags ON tags.rowid = page.tagRow
    ORDER BY page.digest, page.tagRow`)
