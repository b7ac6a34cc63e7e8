/** Manifests and what they refer to. Each function is one round trip to D1 but one. */
import { and, asc, eq, sql, type SQL } from 'drizzle-orm'
import type { Digest, Reference, RepositoryName, Tag } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { placesOf } from './blobs.ts'
import { databaseTime, prepareOnce, wasInterrupted, type Database } from '../database.ts'
import { manifestChildren, manifests, segments, tags } from './schema.ts'
import { repositories } from '../repositories/schema.ts'
import { recordEvent, recordEvents } from '../events/events.ts'
import { jsonPiecesOf } from '../pieces.ts'
import { inRepository, makeRepositoryOnPush, repositoryIdOf, type Push } from '../repositories/repositories.ts'
import {
  groundValues,
  isHeld,
  isHeldRepository,
  nameOfHolder,
  runBatchBy,
  type DeletionRight,
  type HeldRepository,
} from '../access/rights.ts'
import { needsMajority } from '../settings/settings.ts'
import { keepImmutable, pointTags } from './tags.ts'
import { adoptChunk, type SessionKey, type StoredChunk } from './uploads.ts'

export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
  /** It is served only while there is a majority of replicas. */
  readonly needsMajority: boolean
  /** The exact bytes as text, or where they lie in R2. */
  readonly content: string | readonly SegmentPlace[]
  /** R2 has lost bytes of it. */
  readonly isLost: boolean
}

export type FoundManifest = StoredManifest | 'no-repository' | 'no-manifest'

export interface NewManifest {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly subject: Digest | undefined
  /** Annotations as JSON, to be kept for the list of referrers. */
  readonly keptAnnotations: string | undefined
  readonly sizeBytes: number
  /** The exact bytes as text; undefined when they are the blob of the manifest's own digest. */
  readonly body: string | undefined
  /** Blobs that must be in the repository. */
  readonly blobs: readonly Digest[]
  /** Blobs that are referred to when they are there, and may be elsewhere (foreign layers). */
  readonly optionalBlobs: readonly Digest[]
  readonly children: readonly Digest[]
  readonly tags: readonly Tag[]
  readonly push: Push
  readonly now: number
}

export interface Referrer {
  readonly repositoryId: number
  readonly digest: Digest
  readonly mediaType: string
  readonly artifactType: string | null
  readonly sizeBytes: number
  /** The blob that it is; null when its text is a part of its row. */
  readonly bodyDigest: Digest | null
  /** JSON; null when only the manifest itself says. */
  readonly annotations: string | null
}

const manifestColumns = {
  digest: manifests.digest,
  mediaType: manifests.mediaType,
  manifestBytes: manifests.sizeBytes,
  body: manifests.body,
  key: segments.key,
  offsetBytes: segments.offsetBytes,
  sizeBytes: segments.sizeBytes,
  lostAt: sql<number | null>`(SELECT lost_at FROM blobs WHERE blobs.digest = ${manifests.bodyDigest})`,
  needsMajority,
}
const atReference = sql.placeholder('reference')

const isAsked = and(
  eq(repositories.name, sql.placeholder('repository')),
  isHeld(sql`${sql.placeholder('repositoryId')}`, sql`${sql.placeholder('namespaceId')}`),
)

const manifestByTag = prepareOnce((db) =>
  db
    .select(manifestColumns)
    .from(repositories)
    .leftJoin(tags, and(eq(tags.repositoryId, repositories.id), eq(tags.name, atReference)))
    .leftJoin(manifests, and(eq(manifests.repositoryId, repositories.id), eq(manifests.digest, tags.digest)))
    .leftJoin(segments, eq(segments.blobDigest, manifests.bodyDigest))
    .where(isAsked)
    .orderBy(asc(segments.offsetBytes))
    .prepare(),
)

const manifestByDigest = prepareOnce((db) =>
  db
    .select(manifestColumns)
    .from(repositories)
    .leftJoin(manifests, and(eq(manifests.repositoryId, repositories.id), eq(manifests.digest, atReference)))
    .leftJoin(segments, eq(segments.blobDigest, manifests.bodyDigest))
    .where(isAsked)
    .orderBy(asc(segments.offsetBytes))
    .prepare(),
)

/** The row of a repository also when it lacks the manifest tells the two errors apart in one query. */
export async function findManifest(db: Database, held: HeldRepository, reference: Reference): Promise<FoundManifest> {
  const asked = { repository: held.repository, ...groundValues(held) }
  const rows =
    'tag' in reference
      ? await manifestByTag(db).all({ ...asked, reference: reference.tag })
      : await manifestByDigest(db).all({ ...asked, reference: reference.digest })
  const [first] = rows
  if (first === undefined) return 'no-repository'
  if (first.digest === null || first.mediaType === null || first.manifestBytes === null) return 'no-manifest'
  return {
    digest: first.digest,
    mediaType: first.mediaType,
    sizeBytes: first.manifestBytes,
    content: first.body ?? placesOf(rows),
    isLost: first.lostAt !== null,
    needsMajority: first.needsMajority === 1,
  }
}

/** The bytes of a manifest too large for a row, stored by the steps of an upload. */
export interface StoredBody {
  readonly session: SessionKey
  readonly chunk: StoredChunk
}

/**
 * Stores a manifest with its references and tags in one transaction, and makes the repository with its first push.
 *
 * @throws a foreign key violation when the repository lacks something that the manifest names, a not-null violation when
 *   there is no repository and the push may not make one, and what `isImmutableTag`, `isTagLimitReached` and
 *   `isOtherMediaType` know
 */
export async function storeManifest(db: Database, manifest: NewManifest, body: StoredBody | undefined): Promise<void> {
  const { repository, digest, push, now } = manifest
  const store = () =>
    runBatchBy(db, push.right, {
      repository: makeRepositoryOnPush(push, now),
      body: body === undefined ? undefined : adoptChunk(body.session, body.chunk, digest, now),
      manifest: insertManifest(manifest),
      tags: manifest.tags.length === 0 ? undefined : [...pointTags(manifest), countPush(repository)],
      event: manifest.tags.length === 0 ? recordManifestPush(manifest) : undefined,
    })
  try {
    await store()
  } catch (error) {
    // Docker gives a push up when its manifest fails. Done twice it would be counted and told of twice.
    if (!wasInterrupted(error)) throw error
    if (!(await isStored(db, manifest))) await store()
  }
}

/** Whether this very push has been done: with its time, its pusher and all its tags. */
async function isStored(db: Database, { repository, digest, tags: pushed, push, now }: NewManifest): Promise<boolean> {
  const [row] = await db.all<{ isStored: number }>(sql`
      SELECT EXISTS (
        SELECT 1 FROM manifests
        WHERE repository_id = ${repositoryIdOf(repository)} AND digest = ${digest} AND pushed_at = ${now}
          AND pushed_by = ${nameOfHolder(push.right)}
      ) AND NOT EXISTS (
        SELECT 1 FROM json_each(${JSON.stringify(pushed)})
        WHERE value NOT IN (
          SELECT name FROM tags
          WHERE repository_id = ${repositoryIdOf(repository)} AND digest = ${digest} AND updated_at = ${now}
            AND name IN (SELECT value FROM json_each(${JSON.stringify(pushed)})))
      ) AS isStored`)
  return row?.isStored === 1
}

/** As with pulls, the parts of an index come with it: they are pushed without a tag and do not count. */
const countPush = (repository: RepositoryName): SQL =>
  sql`UPDATE repositories SET pushes = pushes + 1 WHERE name = ${repository}`

/** A push without a tag; one with tags is told of by those. */
const recordManifestPush = ({ repository, digest, push, now }: NewManifest): SQL =>
  recordEvent({
    actor: nameOfHolder(push.right),
    type: 'CREATE',
    objectType: 'manifest',
    objectId: digest,
    objectName: digest,
    repository,
    now,
  })

function insertManifest(manifest: NewManifest): SQL[] {
  const { repository, digest, mediaType, push, now } = manifest
  const repositoryId = repositoryIdOf(repository)
  return [
    sql`
      INSERT INTO manifests (repository_id, digest, media_type, artifact_type, subject, size_bytes, body, body_digest,
        pushed_by, pushed_at, annotations)
      VALUES (${repositoryId}, ${digest}, ${mediaType}, ${manifest.artifactType ?? null}, ${manifest.subject ?? null},
        ${manifest.sizeBytes}, ${manifest.body ?? null}, ${manifest.body === undefined ? digest : null}, ${nameOfHolder(push.right)}, ${now},
        ${manifest.keptAnnotations ?? null})
      ON CONFLICT (repository_id, digest) DO UPDATE
      SET pushed_by = excluded.pushed_by, pushed_at = excluded.pushed_at, confirmed_at = ${databaseTime},
        media_type = excluded.media_type, annotations = excluded.annotations`,
    ...jsonPiecesOf(manifest.blobs).map(
      (piece) =>
        sql`
        INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest)
        SELECT ${repositoryId}, ${digest}, value FROM json_each(${piece}) WHERE true
        ON CONFLICT DO NOTHING`,
    ),
    ...jsonPiecesOf(manifest.optionalBlobs).map(
      (piece) =>
        sql`
        INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest)
        SELECT repository_id, ${digest}, digest FROM repository_blobs
        WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${piece}))
        ON CONFLICT DO NOTHING`,
    ),
    ...jsonPiecesOf(manifest.children).map(
      (piece) =>
        sql`
        INSERT INTO manifest_children (repository_id, manifest_digest, child_digest)
        SELECT ${repositoryId}, ${digest}, value FROM json_each(${piece}) WHERE true
        ON CONFLICT DO NOTHING`,
    ),
  ]
}

/** Which of the digests that a manifest names its repository does not have, to say so after a refusal: one query a piece. */
export async function missingReferences(db: Database, manifest: NewManifest): Promise<string[]> {
  const repositoryId = repositoryIdOf(manifest.repository)
  const missing: string[] = []
  const queries: SQL[] = [
    ...jsonPiecesOf(manifest.blobs).map(
      (piece) => sql`
        SELECT value FROM json_each(${piece}) WHERE NOT EXISTS
          (SELECT 1 FROM repository_blobs WHERE repository_id = ${repositoryId} AND digest = value)`,
    ),
    ...jsonPiecesOf(manifest.children).map(
      (piece) => sql`
        SELECT value FROM json_each(${piece}) WHERE NOT EXISTS
          (SELECT 1 FROM manifests WHERE repository_id = ${repositoryId} AND digest = value)`,
    ),
  ]
  for (const query of queries) {
    const rows = await db.all<{ value: string }>(query)
    missing.push(...rows.map(({ value }) => value))
  }
  return missing
}

/**
 * Deletes a manifest with its references and every tag that points at it.
 *
 * @returns whether it was there
 * @throws a foreign key violation when an index of the repository lists it, and what `isImmutableTag` knows
 */
export async function deleteManifest(
  db: Database,
  right: DeletionRight,
  digest: Digest,
  now: number,
): Promise<boolean> {
  const { repository } = right
  const actor = nameOfHolder(right)
  const found = sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`
  const { deleted } = await runBatchBy(db, right, {
    immutable: keepImmutable(right, { digest }),
    tagEvents: recordEvents(
      { actor, type: 'DELETE', objectType: 'tag', repository, now },
      { objectId: sql`digest`, objectName: sql`name`, from: sql`tags WHERE ${found}` },
    ),
    event: recordEvent(
      { actor, type: 'DELETE', objectType: 'manifest', objectId: digest, objectName: digest, repository, now },
      sql`EXISTS (SELECT 1 FROM manifests WHERE ${found})`,
    ),
    // The number of changes would count the references too.
    deleted: sql`DELETE FROM manifests WHERE ${found} RETURNING digest`,
  })
  return deleted.rows.length === 1
}

/** One index that keeps the manifest in its repository, to tell a user why it cannot go. */
export async function indexListing(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
): Promise<string | undefined> {
  const row = await db
    .select({ digest: manifestChildren.manifestDigest })
    .from(manifestChildren)
    .where(and(eq(manifestChildren.childDigest, digest), inRepository(manifestChildren.repositoryId, repository)))
    .limit(1)
    .get()
  return row?.digest
}

/**
 * A page of the manifests whose `subject` is the digest, in the order of their own digests (index
 * `manifests_by_subject`).
 */
export async function listReferrers(
  db: Database,
  page: {
    readonly held: HeldRepository
    readonly subject: Digest
    readonly artifactType: string | undefined
    readonly after: string
    readonly limit: number
  },
): Promise<Referrer[]> {
  return db
    .select({
      repositoryId: manifests.repositoryId,
      digest: manifests.digest,
      mediaType: manifests.mediaType,
      artifactType: manifests.artifactType,
      sizeBytes: manifests.sizeBytes,
      bodyDigest: manifests.bodyDigest,
      annotations: manifests.annotations,
    })
    .from(manifests)
    .where(
      and(
        sql`${manifests.repositoryId} = (SELECT id FROM repositories WHERE ${isHeldRepository(page.held)})`,
        eq(manifests.subject, page.subject),
        sql`${manifests.digest} > ${page.after}`,
        page.artifactType === undefined ? undefined : eq(manifests.artifactType, page.artifactType),
      ),
    )
    .orderBy(asc(manifests.digest))
    .limit(page.limit)
}
