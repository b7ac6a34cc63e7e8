/** Blobs as repositories see them. Each function is one round trip to D1. */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { databaseTime, prepareOnce, type Database } from '../database.ts'
import { recordEvent } from '../events/events.ts'
import { makeRepositoryOnPush, repositoryIdOf, type Push } from '../repositories/repositories.ts'
import { groundValues, isHeld, nameOfHolder, runBatchBy, type HeldRepository, type Right } from '../access/rights.ts'
import { blobs, manifestBlobs, repositoryBlobs, segments } from './schema.ts'
import { repositories } from '../repositories/schema.ts'
import { needsMajority } from '../settings/settings.ts'
import { isThere } from '../repositories/visible-repositories.ts'

export interface Blob {
  readonly sizeBytes: number
  readonly segments: readonly SegmentPlace[]
  /** R2 has lost bytes of it. */
  readonly isLost: boolean
  /** It is served only while there is a majority of replicas. */
  readonly needsMajority: boolean
}

const blobQuery = prepareOnce((db) =>
  db
    .select({
      blobBytes: blobs.sizeBytes,
      key: segments.key,
      offsetBytes: segments.offsetBytes,
      sizeBytes: segments.sizeBytes,
      lostAt: blobs.lostAt,
      needsMajority,
    })
    .from(repositories)
    .innerJoin(repositoryBlobs, eq(repositoryBlobs.repositoryId, repositories.id))
    .innerJoin(blobs, eq(blobs.digest, repositoryBlobs.digest))
    .leftJoin(segments, eq(segments.blobDigest, blobs.digest))
    .where(
      and(
        eq(repositories.name, sql.placeholder('repository')),
        isHeld(sql`${sql.placeholder('repositoryId')}`, sql`${sql.placeholder('namespaceId')}`),
        eq(repositoryBlobs.digest, sql.placeholder('digest')),
      ),
    )
    .orderBy(asc(segments.offsetBytes))
    .prepare(),
)

export async function findBlob(db: Database, held: HeldRepository, digest: Digest): Promise<Blob | undefined> {
  const rows = await blobQuery(db).all({ repository: held.repository, ...groundValues(held), digest })
  const [first] = rows
  if (first === undefined) return undefined
  return {
    sizeBytes: first.blobBytes,
    segments: placesOf(rows),
    isLost: first.lostAt !== null,
    needsMajority: first.needsMajority === 1,
  }
}

/** A blob without bytes joins no segment, so its columns are null. */
export function placesOf(
  rows: readonly { key: string | null; offsetBytes: number | null; sizeBytes: number | null }[],
): SegmentPlace[] {
  return rows.flatMap(({ key, offsetBytes, sizeBytes }) =>
    key === null || offsetBytes === null || sizeBytes === null ? [] : [{ key, offsetBytes, sizeBytes }],
  )
}

/** When a blob that was there already is linked again: its request may have begun long ago. */
export const renewedLink = sql`max(linked_at, excluded.linked_at, ${databaseTime})`

/**
 * Makes a blob of one of some repositories a blob of another, and that repository if it is new and the push may make it.
 * A blob of which R2 has lost bytes does not spread. The statements are the same whatever the sources have, and however
 * many there are: the time tells nothing.
 *
 * @returns whether one of the sources has the blob and the other repository is there
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

/** Repositories that have the blob, a bounded number of them: where a mount without a source may look. */
export async function repositoriesWithBlob(db: Database, digest: Digest, limit: number): Promise<RepositoryName[]> {
  const rows = await db
    .select({ name: repositories.name })
    .from(repositoryBlobs)
    .innerJoin(repositories, eq(repositories.id, repositoryBlobs.repositoryId))
    .where(and(eq(repositoryBlobs.digest, digest), isThere))
    .limit(limit)
  return rows.map(({ name }) => name)
}

/**
 * Takes the blob out of the repository; its bytes stay for other repositories, and else for the garbage collector.
 *
 * @returns whether it was there
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
    // The number of changes would count what triggers write too.
    deleted: sql`DELETE FROM repository_blobs WHERE ${found} RETURNING digest`,
  })
  return deleted.rows.length === 1
}

/** One manifest that keeps the blob in its repository, to tell a user why it cannot go. */
export async function manifestNaming(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
): Promise<string | undefined> {
  const row = await db
    .select({ digest: manifestBlobs.manifestDigest })
    .from(manifestBlobs)
    .innerJoin(repositories, eq(repositories.id, manifestBlobs.repositoryId))
    .where(and(eq(repositories.name, repository), eq(manifestBlobs.blobDigest, digest)))
    .limit(1)
    .get()
  return row?.digest
}
