/**
 * Reads the rows that fsck checks, a page of a table at a time, by its primary key. Each function is one statement, so
 * it sees one state of the database.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../names.ts'
import type { SegmentPlace } from '../storage/segments.ts'
import { isUsedItself } from '../db/content/ancestry.ts'
import type { Database } from '../db/database.ts'
import { accompaniesImage } from '../db/content/signatures.ts'
import { nameOfRepository } from '../db/repositories/visible-repositories.ts'

export interface CheckedSegment {
  readonly key: string
  readonly sessionId: string | null
  readonly blobDigest: Digest | null
  readonly offsetBytes: number
  readonly sizeBytes: number | null
  /** Where the previous part of the blob ends; zero for the first part. */
  readonly previousEnd: number | null
  /** Its blob or its upload does not exist. */
  readonly isDangling: 0 | 1
}

/**
 * Reads a page of segments in the order of their keys.
 * Index: segments_by_blob. Key: segments, blobs, upload_sessions.
 *
 * @param upTo the last wanted key; undefined for no limit but that of the page
 */
export function checkedSegments(
  db: Database,
  after: string,
  upTo: string | undefined,
  limit: number,
): Promise<CheckedSegment[]> {
  return db.all<CheckedSegment>(sql`
    SELECT key, session_id AS sessionId, blob_digest AS blobDigest, offset_bytes AS offsetBytes, size_bytes AS sizeBytes,
      CASE WHEN blob_digest IS NOT NULL THEN coalesce((
        SELECT before.offset_bytes + before.size_bytes FROM segments AS before
        WHERE before.blob_digest = segments.blob_digest
          AND (before.offset_bytes < segments.offset_bytes
            OR (before.offset_bytes = segments.offset_bytes AND before.key < segments.key))
        ORDER BY before.offset_bytes DESC LIMIT 1), 0) END AS previousEnd,
      (blob_digest IS NOT NULL AND NOT EXISTS (SELECT 1 FROM blobs WHERE digest = segments.blob_digest))
        OR (session_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM upload_sessions WHERE id = segments.session_id))
        AS isDangling
    FROM segments WHERE key > ${after} AND (${upTo ?? null} IS NULL OR key <= ${upTo ?? null})
    ORDER BY key LIMIT ${limit}`)
}

/**
 * Selects the segments that have an owner and are completely written.
 * Key: segments.
 *
 * @returns their keys
 */
export async function segmentsStillOwned(db: Database, keys: readonly string[]): Promise<Set<string>> {
  const rows = await db.all<{ key: string }>(sql`
    SELECT key FROM segments
    WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))
      AND size_bytes IS NOT NULL AND (session_id IS NOT NULL OR blob_digest IS NOT NULL)`)
  return new Set(rows.map(({ key }) => key))
}

export interface CheckedBlob {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly lostAt: number | null
  /** Where its last segment ends. */
  readonly end: number
  /** No repository has it, no manifest is made of it, and no review will look at it. */
  readonly isUnreviewed: 0 | 1
}

/**
 * Reads a page of the blobs.
 * Index: manifests_by_body, repository_blobs_by_digest, segments_by_blob. Key: blobs, blob_reviews.
 */
export function checkedBlobs(db: Database, after: string, limit: number): Promise<CheckedBlob[]> {
  return db.all<CheckedBlob>(sql`
    SELECT digest, size_bytes AS sizeBytes, lost_at AS lostAt,
      coalesce((
        SELECT offset_bytes + size_bytes FROM segments WHERE blob_digest = blobs.digest
        ORDER BY offset_bytes DESC LIMIT 1), 0) AS "end",
      NOT EXISTS (SELECT 1 FROM repository_blobs WHERE digest = blobs.digest)
        AND NOT EXISTS (SELECT 1 FROM manifests WHERE body_digest = blobs.digest)
        AND NOT EXISTS (SELECT 1 FROM blob_reviews WHERE digest = blobs.digest) AS isUnreviewed
    FROM blobs WHERE digest > ${after} ORDER BY digest LIMIT ${limit}`)
}

export interface CheckedLink {
  readonly repositoryId: number
  readonly repository: RepositoryName | null
  readonly digest: Digest
  readonly isDangling: 0 | 1
  /** No manifest of the repository names it, and no review will look at it. */
  readonly isUnreviewed: 0 | 1
}

/**
 * Reads a page of the blobs of repositories.
 * Index: manifest_blobs_by_blob. Key: repository_blobs, blobs, link_reviews.
 */
export function checkedLinks(db: Database, repositoryId: number, after: string, limit: number): Promise<CheckedLink[]> {
  return db.all<CheckedLink>(sql`
    SELECT repository_id AS repositoryId, digest, ${nameOfRepository(sql`repository_blobs.repository_id`)} AS repository,
      NOT EXISTS (SELECT 1 FROM blobs WHERE digest = repository_blobs.digest) AS isDangling,
      NOT EXISTS (
        SELECT 1 FROM manifest_blobs
        WHERE repository_id = repository_blobs.repository_id AND blob_digest = repository_blobs.digest)
      AND NOT EXISTS (
        SELECT 1 FROM link_reviews
        WHERE repository_id = repository_blobs.repository_id AND digest = repository_blobs.digest)
      AND NOT ${isBeingDeleted(sql`repository_blobs`)} AS isUnreviewed
    FROM repository_blobs WHERE (repository_id, digest) > (${repositoryId}, ${after})
    ORDER BY repository_id, digest LIMIT ${limit}`)
}

export interface CheckedManifest {
  readonly repositoryId: number
  readonly repository: RepositoryName | null
  readonly digest: Digest
  readonly sizeBytes: number
  /** The size of its bytes, in the row or as a blob; null if there are none. */
  readonly bodyBytes: number | null
  /**
   * No tag, pin, index or subject and no image that its tag accompanies leads to it, and no review will look at it. A
   * manifest below another one is reviewed when that is deleted.
   */
  readonly isUnreviewed: 0 | 1
}

/**
 * Reads a page of the manifests.
 * Index: tags_by_digest, manifest_children_by_child. Key: manifests, blobs, manifest_reviews.
 */
export function checkedManifests(
  db: Database,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<CheckedManifest[]> {
  return db.all<CheckedManifest>(sql`
    SELECT repository_id AS repositoryId, digest, ${nameOfRepository(sql`manifests.repository_id`)} AS repository,
      size_bytes AS sizeBytes,
      coalesce(length(CAST(body AS BLOB)), (SELECT size_bytes FROM blobs WHERE blobs.digest = body_digest)) AS bodyBytes,
      NOT ${isUsedItself(sql`manifests`)}
      AND NOT EXISTS (
        SELECT 1 FROM tags
        WHERE tags.repository_id = manifests.repository_id AND tags.digest = manifests.digest AND ${accompaniesImage})
      AND NOT EXISTS (
        SELECT 1 FROM manifest_children AS listed
        WHERE listed.repository_id = manifests.repository_id AND listed.child_digest = manifests.digest)
      AND NOT EXISTS (
        SELECT 1 FROM manifests AS about
        WHERE about.repository_id = manifests.repository_id AND about.digest = manifests.subject)
      AND NOT EXISTS (
        SELECT 1 FROM manifest_reviews AS review
        WHERE review.repository_id = manifests.repository_id AND review.digest = manifests.digest)
      AND NOT ${isBeingDeleted(sql`manifests`)} AS isUnreviewed
    FROM manifests WHERE (repository_id, digest) > (${repositoryId}, ${after})
    ORDER BY repository_id, digest LIMIT ${limit}`)
}

/** A row that refers to two others by foreign keys. */
export interface CheckedReference {
  readonly repositoryId: number
  readonly repository: RepositoryName | null
  /** The digest that refers; with `to` and the repository it is the key. */
  readonly from: string
  readonly to: string
  readonly fromIsMissing: 0 | 1
  readonly toIsMissing: 0 | 1
}

/** Reads a page of the references from manifests to blobs. Key: manifest_blobs, manifests, repository_blobs. */
export function checkedManifestBlobs(
  db: Database,
  repositoryId: number,
  from: string,
  to: string,
  limit: number,
): Promise<CheckedReference[]> {
  return db.all<CheckedReference>(sql`
    SELECT repository_id AS repositoryId, manifest_digest AS "from", blob_digest AS "to",
      ${nameOfRepository(sql`manifest_blobs.repository_id`)} AS repository,
      NOT EXISTS (
        SELECT 1 FROM manifests
        WHERE repository_id = manifest_blobs.repository_id AND digest = manifest_blobs.manifest_digest) AS fromIsMissing,
      NOT EXISTS (
        SELECT 1 FROM repository_blobs
        WHERE repository_id = manifest_blobs.repository_id AND digest = manifest_blobs.blob_digest) AS toIsMissing
    FROM manifest_blobs WHERE (repository_id, manifest_digest, blob_digest) > (${repositoryId}, ${from}, ${to})
    ORDER BY repository_id, manifest_digest, blob_digest LIMIT ${limit}`)
}

/** Reads a page of the references from indexes to manifests. Key: manifest_children, manifests. */
export function checkedChildren(
  db: Database,
  repositoryId: number,
  from: string,
  to: string,
  limit: number,
): Promise<CheckedReference[]> {
  return db.all<CheckedReference>(sql`
    SELECT repository_id AS repositoryId, manifest_digest AS "from", child_digest AS "to",
      ${nameOfRepository(sql`manifest_children.repository_id`)} AS repository,
      NOT EXISTS (
        SELECT 1 FROM manifests WHERE repository_id = manifest_children.repository_id
          AND digest = manifest_children.manifest_digest) AS fromIsMissing,
      NOT EXISTS (
        SELECT 1 FROM manifests WHERE repository_id = manifest_children.repository_id
          AND digest = manifest_children.child_digest) AS toIsMissing
    FROM manifest_children WHERE (repository_id, manifest_digest, child_digest) > (${repositoryId}, ${from}, ${to})
    ORDER BY repository_id, manifest_digest, child_digest LIMIT ${limit}`)
}

export interface CheckedTag {
  readonly repositoryId: number
  readonly repository: RepositoryName | null
  readonly name: string
  readonly digest: Digest
  readonly isDangling: 0 | 1
}

/** Reads a page of the tags. Key: tags, manifests. */
export function checkedTags(db: Database, repositoryId: number, after: string, limit: number): Promise<CheckedTag[]> {
  return db.all<CheckedTag>(sql`
    SELECT repository_id AS repositoryId, name, digest, ${nameOfRepository(sql`tags.repository_id`)} AS repository,
      NOT EXISTS (
        SELECT 1 FROM manifests WHERE repository_id = tags.repository_id AND digest = tags.digest) AS isDangling
    FROM tags WHERE (repository_id, name) > (${repositoryId}, ${after})
    ORDER BY repository_id, name LIMIT ${limit}`)
}

/**
 * Reads the segments of blobs, each in their order; a blob that does not exist (any more) has none.
 * Index: segments_by_blob.
 */
export async function segmentsOfBlobs(
  db: Database,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly SegmentPlace[]>> {
  const rows = await db.all<{ blobDigest: Digest; key: string; offsetBytes: number; sizeBytes: number | null }>(sql`
    SELECT blob_digest AS blobDigest, key, offset_bytes AS offsetBytes, size_bytes AS sizeBytes FROM segments
    WHERE blob_digest IN (SELECT value FROM json_each(${JSON.stringify(digests)})) ORDER BY blob_digest, offset_bytes`)
  const found = new Map<Digest, SegmentPlace[]>(digests.map((digest) => [digest, []]))
  for (const { blobDigest, key, offsetBytes, sizeBytes } of rows) {
    found.get(blobDigest)?.push({ key, offsetBytes, sizeBytes: sizeBytes ?? 0 })
  }
  return found
}

export interface ManifestToRead {
  readonly repositoryId: number
  readonly repository: RepositoryName | null
  readonly digest: Digest
  readonly mediaType: string
  /** The text; null if the bytes are a blob. */
  readonly body: string | null
  /**
   * JSON array of all digests of blobs and manifests that it names according to the rows. Null if the bytes are a blob:
   * the array could exceed a text of D1.
   */
  readonly named: string | null
}

/** Reads a page of the manifests whose content is checked. Key: manifests, manifest_blobs, manifest_children. */
export function manifestsToRead(
  db: Database,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<ManifestToRead[]> {
  return db.all<ManifestToRead>(sql`
    SELECT repository_id AS repositoryId, digest, ${nameOfRepository(sql`manifests.repository_id`)} AS repository,
      media_type AS mediaType, body,
      CASE WHEN body IS NOT NULL THEN (SELECT json_group_array(digest) FROM (
        SELECT blob_digest AS digest FROM manifest_blobs
        WHERE repository_id = manifests.repository_id AND manifest_digest = manifests.digest
        UNION ALL
        SELECT child_digest FROM manifest_children
        WHERE repository_id = manifests.repository_id AND manifest_digest = manifests.digest)) END AS named
    FROM manifests WHERE (repository_id, digest) > (${repositoryId}, ${after})
      AND NOT ${isBeingDeleted(sql`manifests`)}
    ORDER BY repository_id, digest LIMIT ${limit}`)
}

/** An object that no row refers to. */
export interface UnknownObject {
  readonly key: string
  readonly sizeBytes: number
}

/**
 * Gives objects rows without an owner, which the sweep of uploads deletes with them. A segment has its row before its object, so
 * one that has a row by now stays. Key: segments.
 *
 * @returns the keys of those that had none
 */
export async function condemnObjects(db: Database, objects: readonly UnknownObject[], now: number): Promise<string[]> {
  const rows = await db.all<{ key: string }>(sql`
    INSERT INTO segments (key, offset_bytes, size_bytes, created_at)
    SELECT value ->> 'key', 0, value ->> 'sizeBytes', ${now} FROM json_each(${JSON.stringify(objects)}) WHERE true
    ON CONFLICT DO NOTHING RETURNING key`)
  return rows.map(({ key }) => key)
}

/** Matches rows of a deleted repository, which a job deletes, references first. Key: repositories. */
const isBeingDeleted = (row: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM repositories WHERE repositories.id = ${row}.repository_id AND deleted_name IS NOT NULL)`
