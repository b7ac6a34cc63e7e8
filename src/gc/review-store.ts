/**
 * Reads the review queue of the garbage collector (see `gc/schema.ts`): the due reviews, with the facts for the
 * decisions, which `gc/store.ts` applies.
 */
import { sql, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import type { Digest } from '../names.ts'
import { ancestryOf, isUsedItself, referrersBelow, type Keeping } from '../db/content/ancestry.ts'
import { runBatch, type Database } from '../db/database.ts'
import { selectFence } from '../db/gc-fence.ts'

/** Content of a repository. */
export interface ContentKey {
  readonly repositoryId: number
  readonly digest: Digest
}

/** A manifest and its ancestors: the indexes that list it, and its subjects. */
export interface ManifestFacts extends ContentKey {
  readonly isThere: boolean
  /** An index lists it. */
  readonly isListed: boolean
  readonly ancestry: Ancestry
}

/** Facts about a manifest and all its ancestors. */
export interface Ancestry {
  /** A tag or a pin leads to it, or too many manifests are above it to read them all. */
  readonly isUsed: boolean
  /** One of them is not a referrer. */
  readonly hasOrigin: boolean
  /** One of them is a referrer. */
  readonly hasReferrer: boolean
  /** When the last of them was pushed, confirmed or released. */
  readonly usedAt: number
}

export interface LinkFacts extends ContentKey {
  readonly isThere: boolean
  /** A manifest of the repository names it. */
  readonly isNamed: boolean
  readonly linkedAt: number
}

export interface BlobFacts {
  readonly digest: Digest
  readonly isThere: boolean
  /** A repository has it, or it is the body of a manifest. */
  readonly isUsed: boolean
  readonly segmentCount: number
}

export interface DueReviews {
  readonly manifests: readonly ManifestFacts[]
  readonly links: readonly LinkFacts[]
  readonly blobs: readonly BlobFacts[]
  /** The token that may delete; undefined before the first. */
  readonly fence: number | undefined
}

/**
 * Replaces the time of a manifest that a setting keeps, directly or by an ancestor. The result is below zero, so the
 * manifest is not reviewed again before the setting changes. Any later change of the manifest sets a time again.
 */
export const keptAsUntagged = (since: number): number => -Math.max(since, 1)
export const keptAsReferrer = (since: number): number => -Math.max(since, 1) - referrersBelow

/** Selects due reviews, including those that no setting keeps any more. @param column `since` of a review */
export function isDue(column: SQL, cutoff: number, { keepUntagged, deleteReferrers }: Keeping): SQL {
  const untagged = sql`OR ${column} BETWEEN ${keptAsUntagged(cutoff)} AND -1`
  const referrers = sql`OR ${column} BETWEEN ${keptAsReferrer(cutoff)} AND ${keptAsReferrer(1)}`
  return sql`(${column} BETWEEN 0 AND ${cutoff}
    ${keepUntagged ? sql`` : untagged} ${deleteReferrers ? referrers : sql``})`
}

interface StoredManifestFacts extends ContentKey {
  isThere: number
  isListed: number
  ancestry: string | null
}

interface StoredLinkFacts extends ContentKey {
  isThere: number
  isNamed: number
  linkedAt: number | null
}

interface StoredBlobFacts {
  digest: Digest
  isThere: number
  isUsed: number
  segmentCount: number
}

/**
 * Tells whether a manifest of the repository names the blob.
 * Index: manifest_blobs_by_blob.
 *
 * @param row has `repository_id` and `digest`
 */
export const isBlobNamed = (row: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM manifest_blobs
  WHERE manifest_blobs.repository_id = ${row}.repository_id AND manifest_blobs.blob_digest = ${row}.digest)`

/**
 * Tells whether an index of the repository lists the manifest.
 * Index: manifest_children_by_child.
 *
 * @param row has `repository_id` and `digest`
 */
export const isManifestListed = (row: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM manifest_children
  WHERE manifest_children.repository_id = ${row}.repository_id AND manifest_children.child_digest = ${row}.digest)`

/**
 * Tells whether a repository has the blob, or a manifest uses it as its body.
 * Index: manifests_by_body, repository_blobs_by_digest.
 */
export const isBlobUsed = (digest: SQL): SQL => sql`(
  EXISTS (SELECT 1 FROM repository_blobs WHERE repository_blobs.digest = ${digest})
  OR EXISTS (SELECT 1 FROM manifests WHERE manifests.body_digest = ${digest}))`

const reviewed = { repositoryId: sql`review.repository_id`, digest: sql`review.digest` }

/**
 * Reads the due reviews and the facts to decide them, in one round trip to D1.
 * Index: manifest_reviews_since, link_reviews_since, blob_reviews_since, segments_by_blob. Key: manifests,
 * repository_blobs, blobs.
 *
 * @param limit the most reviews of each kind
 */
export async function readDue(db: Database, cutoff: number, keeping: Keeping, limit: number): Promise<DueReviews> {
  const { manifests, links, blobs, fence } = await runBatch(db, {
    manifests: sql<StoredManifestFacts>`
      SELECT review.repository_id AS repositoryId, review.digest, manifests.digest IS NOT NULL AS isThere,
        ${isManifestListed(sql`review`)} AS isListed,
        CASE WHEN manifests.digest IS NOT NULL AND NOT ${isUsedItself(sql`review`)}
          THEN ${ancestryOf(reviewed.repositoryId, reviewed.digest)} END AS ancestry
      FROM (SELECT repository_id, digest FROM manifest_reviews WHERE ${isDue(sql`since`, cutoff, keeping)} LIMIT ${limit})
        AS review
      LEFT JOIN manifests ON manifests.repository_id = review.repository_id AND manifests.digest = review.digest`,
    links: sql<StoredLinkFacts>`
      SELECT review.repository_id AS repositoryId, review.digest, linked_at IS NOT NULL AS isThere,
        ${isBlobNamed(sql`review`)} AS isNamed, linked_at AS linkedAt
      FROM (SELECT repository_id, digest FROM link_reviews WHERE since <= ${cutoff} LIMIT ${limit}) AS review
      LEFT JOIN repository_blobs
        ON repository_blobs.repository_id = review.repository_id AND repository_blobs.digest = review.digest`,
    blobs: sql<StoredBlobFacts>`
      SELECT review.digest, blobs.digest IS NOT NULL AS isThere, ${isBlobUsed(reviewed.digest)} AS isUsed,
        CASE WHEN ${isBlobUsed(reviewed.digest)} THEN 0
          ELSE (SELECT count(*) FROM segments WHERE segments.blob_digest = review.digest) END AS segmentCount
      FROM (SELECT digest FROM blob_reviews WHERE since <= ${cutoff} LIMIT ${limit}) AS review
      LEFT JOIN blobs ON blobs.digest = review.digest`,
    fence: selectFence,
  })
  return {
    manifests: manifests.rows.map(manifestFacts),
    links: links.rows.map(linkFacts),
    blobs: blobs.rows.map(blobFacts),
    fence: fence.first?.token,
  }
}

function manifestFacts({ repositoryId, digest, isThere, isListed, ancestry }: StoredManifestFacts): ManifestFacts {
  return {
    repositoryId,
    digest,
    isThere: isThere === 1,
    isListed: isListed === 1,
    ancestry: ancestry === null ? usedByItself : storedAncestry.parse(JSON.parse(ancestry)),
  }
}

/** A tag or a pin of its own keeps it; its ancestors are not read. */
const usedByItself: Ancestry = { isUsed: true, hasOrigin: false, hasReferrer: false, usedAt: 0 }

const flag = z.int().transform((value) => value === 1)
const storedAncestry: z.ZodType<Ancestry> = z.object({
  isUsed: flag,
  hasOrigin: flag,
  hasReferrer: flag,
  usedAt: z.int(),
})

const linkFacts = ({ repositoryId, digest, isThere, isNamed, linkedAt }: StoredLinkFacts): LinkFacts => ({
  repositoryId,
  digest,
  isThere: isThere === 1,
  isNamed: isNamed === 1,
  linkedAt: linkedAt ?? 0,
})

const blobFacts = ({ digest, isThere, isUsed, segmentCount }: StoredBlobFacts): BlobFacts => ({
  digest,
  isThere: isThere === 1,
  isUsed: isUsed === 1,
  segmentCount,
})
