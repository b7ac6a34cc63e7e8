/** Stores manifests with their references. Each function but two is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName, Tag } from '../../names.ts'
import { nameOfHolder, runBatchBy } from '../access/rights.ts'
import { databaseTime, wasInterrupted, type Database } from '../database.ts'
import { recordEvent } from '../events/events.ts'
import { jsonPiecesOf } from '../pieces.ts'
import { makeRepositoryOnPush, repositoryIdOf, type Push } from '../repositories/repositories.ts'
import { pointTags } from './tags.ts'
import { adoptChunk } from './upload-completion.ts'
import type { SessionKey, StoredChunk } from './uploads.ts'

export interface NewManifest {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly subject: Digest | undefined
  /** The annotations for the list of referrers, as JSON. */
  readonly keptAnnotations: string | undefined
  readonly sizeBytes: number
  /** The exact bytes as text; undefined if they are stored as a blob with the digest of the manifest. */
  readonly body: string | undefined
  /** Blobs that the repository must have. */
  readonly blobs: readonly Digest[]
  /** Blobs that may be elsewhere (foreign layers): referenced if the repository has them. */
  readonly optionalBlobs: readonly Digest[]
  readonly children: readonly Digest[]
  readonly tags: readonly Tag[]
  readonly push: Push
  readonly now: number
}

/** The bytes of a manifest that is too large for a row, stored like an upload. */
export interface StoredBody {
  readonly session: SessionKey
  readonly chunk: StoredChunk
}

/**
 * Stores a manifest with its references and tags in one transaction. The first push creates the repository.
 *
 * @throws a foreign key violation when the repository lacks referenced content, a not-null violation when the
 *   repository does not exist and the push may not create it, and the errors that `isImmutableTag`, `isTagLimitReached`
 *   and `isOtherMediaType` recognize
 * @returns whether the repository may have manifests that are about this one
 */
export async function storeManifest(
  db: Database,
  manifest: NewManifest,
  body: StoredBody | undefined,
): Promise<boolean> {
  const { repository, digest, push, now } = manifest
  const store = async (): Promise<boolean> => {
    const { referrers } = await runBatchBy(db, push.right, {
      repository: makeRepositoryOnPush(push, now),
      body: body === undefined ? undefined : adoptChunk(body.session, body.chunk, digest, now),
      manifest: insertManifest(manifest),
      tags: manifest.tags.length === 0 ? undefined : [...pointTags(manifest), countPush(repository)],
      event: manifest.tags.length === 0 ? recordManifestPush(manifest) : undefined,
      referrers: selectHasReferrers(manifest),
    })
    return referrers.first?.hasReferrers === 1
  }
  try {
    return await store()
  } catch (error) {
    // Docker aborts a push when its manifest fails, so retry. Without this check a retry would count the push twice.
    if (!wasInterrupted(error)) throw error
    return (await isStored(db, manifest)) || (await store())
  }
}

/** Selects whether the repository has manifests that are about a manifest. Index: manifests_by_subject. */
const selectHasReferrers = ({ repository, digest }: NewManifest): SQL<{ hasReferrers: number }> => sql`
  SELECT EXISTS (
    SELECT 1 FROM manifests
    WHERE manifests.repository_id = ${repositoryIdOf(repository)} AND manifests.subject = ${digest}) AS hasReferrers`

/**
 * Tells whether this very push has been stored: with its time, its pusher and all its tags.
 * Index: tags_by_digest. Key: manifests.
 */
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

/**
 * Counts the push, unless it has no tag: the parts of an index do not count, as with pulls.
 * Index: repositories_name_unique.
 */
const countPush = (repository: RepositoryName): SQL =>
  sql`UPDATE repositories SET pushes = pushes + 1 WHERE name = ${repository}`

/** Records a push without a tag. The events of a push with tags are those of its tags. */
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

/** Stores the manifest and its references. Key: repository_blobs. */
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

/**
 * Finds referenced digests that the repository lacks, for the sentence of a refusal: one query for each piece.
 * Key: repository_blobs, manifests.
 */
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
