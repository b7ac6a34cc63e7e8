/**
 * Applies the decisions of the garbage collector in one batch. Anything may have changed since the decision, so every
 * statement checks again: whether the content is still garbage or its review still obsolete, whether the token of the
 * collector's lock is still the highest, and whether an administrator has forbidden deletions.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../names.ts'
import type { SegmentName } from '../storage/segments.ts'
import { isManifestGarbage, isManifestKept, type Keeping } from '../db/content/ancestry.ts'
import { runBatch, type Database, type StatementResult } from '../db/database.ts'
import { selectFence } from '../db/gc-fence.ts'
import { jsonPiecesOf } from '../db/pieces.ts'
import { isBlobNamed, isBlobUsed, isManifestListed, type ContentKey } from './review-store.ts'
import { nameOfRepository } from '../db/repositories/visible-repositories.ts'
import { administratorHasClosed } from '../db/write-gate.ts'

/** A postponed review. */
export interface Waiting extends ContentKey {
  readonly since: number
}

export interface Decisions {
  readonly manifests: {
    readonly delete: readonly ContentKey[]
    readonly forget: readonly ContentKey[]
    readonly wait: readonly Waiting[]
    /** The indexes that list it are reviewed in its place. */
    readonly indexesFirst: readonly ContentKey[]
  }
  readonly links: {
    readonly delete: readonly ContentKey[]
    readonly forget: readonly ContentKey[]
    readonly wait: readonly Waiting[]
  }
  readonly blobs: { readonly delete: readonly Digest[]; readonly forget: readonly Digest[] }
}

export interface Collecting {
  readonly cutoff: number
  readonly token: number
  readonly keeping: Keeping
}

export interface Collected {
  readonly manifests: readonly DeletedContent[]
  readonly links: readonly DeletedContent[]
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[]
  /** The segments of the deleted blobs, which have no owner now. */
  readonly segments: readonly SegmentName[]
  /** The token that may delete. */
  readonly fence: number | undefined
}

/** A manifest or a blob of a repository. */
export interface DeletedContent {
  readonly repository: RepositoryName
  readonly digest: Digest
}

/** Deletes, postpones and forgets in one batch. */
export async function applyDecisions(db: Database, run: Collecting, decisions: Decisions): Promise<Collected> {
  const { manifests, links, blobs } = decisions
  const done = await runBatch(db, {
    begin: begin(run),
    manifests: forEachPiece(manifests.delete, (keys) => deleteManifests(keys, run)),
    forgottenManifests: forEachPiece(manifests.forget, (keys) => forgetManifests(keys, run)),
    waitingManifests: forEachPiece(manifests.wait, (keys) => putOffManifests(keys, run)),
    indexes: forEachPiece(manifests.indexesFirst, (keys) => reviewIndexes(keys, run)),
    listedManifests: forEachPiece(manifests.indexesFirst, (keys) => forgetListed(keys, run)),
    links: forEachPiece(links.delete, (keys) => deleteLinks(keys, run)),
    forgottenLinks: forEachPiece(links.forget, (keys) => forgetLinks(keys, run)),
    waitingLinks: forEachPiece(links.wait, (keys) => putOffLinks(keys, run)),
    // Before the deletion of the blobs, after which their segments name no blob.
    segments: forEachPiece(blobs.delete, segmentsOf),
    blobs: forEachPiece(blobs.delete, (digests) => deleteBlobs(digests, run)),
    forgottenBlobs: forEachPiece([...blobs.delete, ...blobs.forget], (digests) => forgetBlobs(digests, run)),
    end,
    fence: selectFence,
  })
  const deletedBlobs = rowsOf(done.blobs)
  const deleted = new Set(deletedBlobs.map(({ digest }) => digest))
  return {
    manifests: rowsOf(done.manifests),
    links: rowsOf(done.links),
    blobs: deletedBlobs,
    segments: rowsOf(done.segments)
      .filter(({ digest }) => deleted.has(digest))
      .map(({ key, multipartId }) => ({ key, multipartId: multipartId ?? undefined })),
    fence: done.fence.first?.token,
  }
}

/** Returns a statement for each piece of the list, as JSON; none for an empty list. */
const forEachPiece = <Row>(items: readonly unknown[], statement: (json: string) => SQL<Row>): SQL<Row>[] =>
  jsonPiecesOf(items).map(statement)

const rowsOf = <Row>(results: readonly StatementResult<Row>[]): Row[] => results.flatMap(({ rows }) => rows)

/** Tells whether no later run has begun, and no administrator has made the registry read-only. Key: gc_fence. */
const isOurs = ({ token }: Collecting): SQL => sql`(
  EXISTS (SELECT 1 FROM gc_fence WHERE gc_fence.id = 1 AND gc_fence.token = ${token}) AND NOT ${administratorHasClosed})`

/**
 * Makes released content count as unused since its holder was, so that one run follows the whole chain, and lets this
 * batch pass the closed gate. Neither is ever visible outside the transaction.
 * Key: gc_fence, write_gate.
 */
const begin = (run: Collecting): SQL[] => [
  sql`UPDATE gc_fence SET freed_since = ${run.cutoff} WHERE id = 1 AND token = ${run.token}`,
  sql`UPDATE write_gate SET passing = ${run.token} WHERE id = 1 AND ${isOurs(run)}`,
]
/** Key: gc_fence, write_gate. */
const end: readonly SQL[] = [
  sql`UPDATE write_gate SET passing = NULL WHERE id = 1`,
  sql`UPDATE gc_fence SET freed_since = NULL WHERE id = 1`,
]

/**
 * Returns content of repositories as `wanted` (repository_id, digest, since), from `ContentKey` or `Waiting` objects.
 */
const wantedOf = (keys: string): SQL => sql`(
  SELECT value ->> 'repositoryId' AS repository_id, value ->> 'digest' AS digest, value ->> 'since' AS since
  FROM json_each(${keys})) AS wanted`
const isWanted = (table: SQL): SQL =>
  sql`${table}.repository_id = wanted.repository_id AND ${table}.digest = wanted.digest`
const manifest = { repositoryId: sql`manifests.repository_id`, digest: sql`manifests.digest` }
const wanted = { repositoryId: sql`wanted.repository_id`, digest: sql`wanted.digest` }

/**
 * Deletes manifests that no index lists. The deletion of an index queues its manifests again.
 * Key: manifests, manifest_reviews, manifest_children.
 */
const deleteManifests = (keys: string, run: Collecting): SQL<DeletedContent> => sql`
  DELETE FROM manifests WHERE rowid IN (
    SELECT manifests.rowid
    FROM ${wantedOf(keys)}
    CROSS JOIN manifest_reviews AS review ON ${isWanted(sql`review`)}
    CROSS JOIN manifests ON ${isWanted(sql`manifests`)}
    WHERE ${isOurs(run)} AND review.since <= ${run.cutoff}
      AND NOT ${isManifestListed(sql`wanted`)}
      AND ${isManifestGarbage(manifest.repositoryId, manifest.digest, run.keeping, run.cutoff)})
  RETURNING digest, ${nameOfRepository(sql`repository_id`)} AS repository`

/**
 * Forgets reviews of used content. A later change that makes it unused queues it again.
 * Index: tags_by_digest. Key: manifests, manifest_reviews.
 */
const forgetManifests = (keys: string, run: Collecting): SQL => sql`
  DELETE FROM manifest_reviews WHERE rowid IN (
    SELECT review.rowid
    FROM ${wantedOf(keys)}
    CROSS JOIN manifest_reviews AS review ON ${isWanted(sql`review`)}
    WHERE ${isOurs(run)} AND review.since <= ${run.cutoff} AND (
      NOT EXISTS (SELECT 1 FROM manifests WHERE ${isWanted(sql`manifests`)})
      OR EXISTS (SELECT 1 FROM tags WHERE ${isWanted(sql`tags`)})
      OR ${isManifestKept(wanted.repositoryId, wanted.digest, run.keeping)}))`

/** Postpones reviews, unless a later change has already moved them beyond the cutoff. Key: link_reviews. */
const putOffLinks = (keys: string, run: Collecting): SQL => sql`
  UPDATE link_reviews AS review SET since = wanted.since
  FROM ${wantedOf(keys)} WHERE ${isOurs(run)} AND ${isWanted(sql`review`)} AND review.since <= ${run.cutoff}`

/**
 * Postpones reviews to a later time, or for as long as a setting keeps the manifest, if it still does.
 * Key: manifest_reviews.
 */
const putOffManifests = (keys: string, run: Collecting): SQL => sql`
  UPDATE manifest_reviews AS review SET since = wanted.since
  FROM ${wantedOf(keys)}
  WHERE ${isOurs(run)} AND ${isWanted(sql`review`)} AND review.since <= ${run.cutoff}
    AND (wanted.since >= 0 OR ${isManifestKept(wanted.repositoryId, wanted.digest, run.keeping)})`

/** Queues the indexes that list the manifests. Index: manifest_children_by_child. */
const reviewIndexes = (keys: string, run: Collecting): SQL => sql`
  INSERT INTO manifest_reviews (repository_id, digest, since)
  SELECT wanted.repository_id, manifest_children.manifest_digest, ${run.cutoff}
  FROM ${wantedOf(keys)} CROSS JOIN manifest_children
  WHERE manifest_children.repository_id = wanted.repository_id AND manifest_children.child_digest = wanted.digest
    AND ${isOurs(run)}
  ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since)`

/** Forgets reviews of manifests that an index lists. Key: manifest_reviews. */
const forgetListed = (keys: string, run: Collecting): SQL => sql`
  DELETE FROM manifest_reviews WHERE rowid IN (
    SELECT review.rowid
    FROM ${wantedOf(keys)}
    CROSS JOIN manifest_reviews AS review ON ${isWanted(sql`review`)}
    WHERE ${isOurs(run)} AND review.since <= ${run.cutoff} AND ${isManifestListed(sql`wanted`)})`

/** Deletes blobs from repositories, unless a manifest names them. Key: repository_blobs, link_reviews. */
const deleteLinks = (keys: string, run: Collecting): SQL<DeletedContent> => sql`
  DELETE FROM repository_blobs WHERE rowid IN (
    SELECT repository_blobs.rowid
    FROM ${wantedOf(keys)}
    CROSS JOIN link_reviews AS review ON ${isWanted(sql`review`)}
    CROSS JOIN repository_blobs ON ${isWanted(sql`repository_blobs`)}
    WHERE ${isOurs(run)} AND review.since <= ${run.cutoff} AND repository_blobs.linked_at <= ${run.cutoff}
      AND NOT ${isBlobNamed(sql`wanted`)})
  RETURNING digest, ${nameOfRepository(sql`repository_id`)} AS repository`

/** Forgets reviews of links that are gone or named. Key: repository_blobs, link_reviews. */
const forgetLinks = (keys: string, run: Collecting): SQL => sql`
  DELETE FROM link_reviews WHERE rowid IN (
    SELECT review.rowid
    FROM ${wantedOf(keys)}
    CROSS JOIN link_reviews AS review ON ${isWanted(sql`review`)}
    WHERE ${isOurs(run)} AND review.since <= ${run.cutoff}
      AND (NOT EXISTS (SELECT 1 FROM repository_blobs WHERE ${isWanted(sql`repository_blobs`)})
        OR ${isBlobNamed(sql`wanted`)}))`

const listed = (digests: string): SQL => sql`(SELECT value FROM json_each(${digests}))`

/** A segment with a size is complete: it has no multipart upload to abort. */
const unfinishedUpload = sql`CASE WHEN size_bytes IS NULL THEN multipart_id END`

/** Selects the segments of blobs. Index: segments_by_blob. */
const segmentsOf = (digests: string): SQL<{ digest: Digest; key: string; multipartId: string | null }> => sql`
  SELECT blob_digest AS digest, key, ${unfinishedUpload} AS multipartId FROM segments WHERE blob_digest IN ${listed(digests)}`

/** Deletes blobs. The foreign key leaves their segments without an owner. Key: blobs, blob_reviews. */
const deleteBlobs = (digests: string, run: Collecting): SQL<{ digest: Digest; sizeBytes: number }> => sql`
  DELETE FROM blobs WHERE rowid IN (
    SELECT blobs.rowid
    FROM json_each(${digests}) AS wanted
    CROSS JOIN blob_reviews AS review ON review.digest = wanted.value
    CROSS JOIN blobs ON blobs.digest = wanted.value
    WHERE ${isOurs(run)} AND review.since <= ${run.cutoff} AND NOT ${isBlobUsed(sql`wanted.value`)})
  RETURNING digest, size_bytes AS sizeBytes`

/** Forgets reviews of blobs that are deleted or used. Key: blobs, blob_reviews. */
const forgetBlobs = (digests: string, run: Collecting): SQL => sql`
  DELETE FROM blob_reviews WHERE digest IN ${listed(digests)} AND ${isOurs(run)} AND since <= ${run.cutoff}
    AND (NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.digest = blob_reviews.digest)
      OR ${isBlobUsed(sql`blob_reviews.digest`)})`

/**
 * Makes the token of a fresh lock the deleting one, if it is the highest.
 *
 * @returns the highest token
 */
export async function raiseToken(db: Database, token: number): Promise<number | undefined> {
  const { fence } = await runBatch(db, {
    raised: sql`
      INSERT INTO gc_fence (id, token) VALUES (1, ${token})
      ON CONFLICT (id) DO UPDATE SET token = excluded.token WHERE token < excluded.token`,
    fence: selectFence,
  })
  return fence.first?.token
}
