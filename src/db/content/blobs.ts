/** Blobs as repositories see them. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { databaseTime, prepareOnce, textOf, type Database } from '../database.ts'
import { recordEvent } from '../events/events.ts'
import { makeRepositoryOnPush, repositoryIdOf, type Push } from '../repositories/repositories.ts'
import { groundValues, isHeld, nameOfHolder, runBatchBy, type HeldRepository, type Right } from '../access/rights.ts'
import { needsMajority } from '../settings/settings.ts'
import { askDatabase } from '../transient-errors.ts'
import { isThere } from '../repositories/visible-repositories.ts'

export interface Blob {
  readonly sizeBytes: number
  readonly segments: readonly SegmentPlace[]
  /** Whether R2 has lost bytes of it. */
  readonly isLost: boolean
  /** The repository is served only while a majority of the replicas answers. */
  readonly needsMajority: boolean
}

interface BlobRow {
  blobBytes: number
  key: string | null
  offsetBytes: number | null
  sizeBytes: number | null
  lostAt: number | null
  needsMajority: number
}

/**
 * Finds the blob 4 of the repository 1 to 3, with a row for each of its segments.
 * Index: repositories_name_unique, segments_by_blob. Key: repository_blobs, blobs.
 */
const blobQuery = prepareOnce(({ binding }) =>
  binding.prepare(`
    SELECT blobs.size_bytes AS blobBytes, segments.key, segments.offset_bytes AS offsetBytes,
      segments.size_bytes AS sizeBytes, blobs.lost_at AS lostAt, ${textOf(needsMajority)} AS needsMajority
    FROM repositories
    JOIN repository_blobs ON repository_blobs.repository_id = repositories.id
    JOIN blobs ON blobs.digest = repository_blobs.digest
    LEFT JOIN segments ON segments.blob_digest = blobs.digest
    WHERE repositories.name = ?1 AND ${textOf(isHeld(sql`?2`, sql`?3`))} AND repository_blobs.digest = ?4
    ORDER BY segments.offset_bytes`),
)

export async function findBlob(db: Database, held: HeldRepository, digest: Digest): Promise<Blob | undefined> {
  const { repositoryId, namespaceId } = groundValues(held)
  const asked = blobQuery(db).bind(held.repository, repositoryId, namespaceId, digest)
  const { results: rows } = await askDatabase(
    () => asked.all<BlobRow>(),
    () => true,
  )
  const [first] = rows
  if (first === undefined) return undefined
  return {
    sizeBytes: first.blobBytes,
    segments: placesOf(rows),
    isLost: first.lostAt !== null,
    needsMajority: first.needsMajority === 1,
  }
}

/** Returns the places of segments; none for the null columns of an empty blob, which has no segment. */
export function placesOf(
  rows: readonly { key: string | null; offsetBytes: number | null; sizeBytes: number | null }[],
): SegmentPlace[] {
  return rows.flatMap(({ key, offsetBytes, sizeBytes }) =>
    key === null || offsetBytes === null || sizeBytes === null ? [] : [{ key, offsetBytes, sizeBytes }],
  )
}

/** Uses the time of the database to link an existing blob again: the request may have begun long ago. */
export const renewedLink = sql`max(linked_at, excluded.linked_at, ${databaseTime})`

/**
 * Mounts a blob of one of the sources into another repository, which it creates if the push may. A blob of which R2 has
 * lost bytes is not mounted. The statements do not depend on the sources, so the time does not reveal them.
 * Index: repositories_name_unique. Key: repository_blobs, blobs.
 *
 * @returns whether one of the sources has the blob and the target exists
 */
export async function linkBlob(
  db: Database,
  sources: readonly HeldRepository[],
  digest: Digest,
  push: Push,
  now: number,
): Promise<boolean> {
  const { right } = push
  const listed = JSON.stringify(sources.map((held) => ({ name: held.repository, ...groundValues(held) })))
  const source = sql`
    SELECT 1 FROM json_each(${listed}) AS held
    CROSS JOIN repositories AS source ON source.name = held.value ->> 'name'
      AND ${isHeld(sql`held.value ->> 'repositoryId'`, sql`held.value ->> 'namespaceId'`, sql`source`)}
    CROSS JOIN repository_blobs
      ON repository_blobs.repository_id = source.id AND repository_blobs.digest = ${digest}
    CROSS JOIN blobs ON blobs.digest = repository_blobs.digest AND blobs.lost_at IS NULL`
  const { linked } = await runBatchBy(db, right, {
    repository: makeRepositoryOnPush(push, now, sql`EXISTS (${source})`),
    linked: sql`
        INSERT INTO repository_blobs (repository_id, digest, linked_at)
        SELECT id, ${digest}, ${now} FROM repositories WHERE name = ${right.repository} AND EXISTS (${source})
        ON CONFLICT (repository_id, digest) DO UPDATE SET linked_at = ${renewedLink} RETURNING digest`,
  })
  return linked.rows.length === 1
}

/** Tells whether the upload brought the bytes of the blob. Key: blobs. */
export const isBroughtBy = (sessionId: string, digest: Digest): SQL =>
  sql`EXISTS (SELECT 1 FROM blobs WHERE digest = ${digest} AND session_id = ${sessionId})`

/**
 * Lists some of the repositories that have the blob: the candidates for a mount without a source.
 * Index: repository_blobs_by_digest. Key: repositories.
 */
export async function repositoriesWithBlob(db: Database, digest: Digest, limit: number): Promise<RepositoryName[]> {
  const rows = await db.all<{ name: RepositoryName }>(sql`
    SELECT repositories.name FROM repository_blobs JOIN repositories ON repositories.id = repository_blobs.repository_id
    WHERE repository_blobs.digest = ${digest} AND ${isThere} LIMIT ${limit}`)
  return rows.map(({ name }) => name)
}

/**
 * Removes the blob from the repository. Its bytes stay for other repositories, or for garbage collection.
 * Key: repository_blobs.
 *
 * @returns whether the repository had it
 * @throws a foreign key violation when a manifest of the repository names it
 */
export async function unlinkBlob(db: Database, right: Right, digest: Digest, now: number): Promise<boolean> {
  const { repository } = right
  const found = sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`
  const { deleted } = await runBatchBy(db, right, {
    event: recordEvent(
      {
        actor: nameOfHolder(right),
        type: 'DELETE',
        objectType: 'blob',
        objectId: digest,
        objectName: digest,
        repository,
        now,
      },
      sql`EXISTS (SELECT 1 FROM repository_blobs WHERE ${found})`,
    ),
    // The number of changes would include the writes of triggers.
    deleted: sql`DELETE FROM repository_blobs WHERE ${found} RETURNING digest`,
  })
  return deleted.rows.length === 1
}

/** Finds a manifest that names the blob, for the sentence of a refused deletion. Index: manifest_blobs_by_blob. */
export async function manifestNaming(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
): Promise<string | undefined> {
  const [row] = await db.all<{ digest: string }>(sql`
    SELECT manifest_digest AS digest FROM manifest_blobs
    WHERE repository_id = ${repositoryIdOf(repository)} AND blob_digest = ${digest} LIMIT 1`)
  return row?.digest
}

/** The bytes that a digest stands for. */
export interface SizedDigest {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** Reads a page of all blobs, in the order of their digests. Key: blobs. */
export const readBlobs = (db: Database, after: string, limit: number): Promise<SizedDigest[]> =>
  db.all<SizedDigest>(
    sql`SELECT digest, size_bytes AS sizeBytes FROM blobs WHERE digest > ${after} ORDER BY digest LIMIT ${limit}`,
  )
