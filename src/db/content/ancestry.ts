/**
 * Walks upwards from a manifest: to the indexes that list it, to its subject (or the image that its tag accompanies),
 * and on from there. A manifest is used if it has a tag or a pin, or lies below a manifest with one, so walking upwards
 * finds that out.
 */
import { sql, type SQL } from 'drizzle-orm'
import { isAccompanied } from './accompanying.ts'
import { isPinnedManifest, isPinnedTag } from './pins.ts'

/** Settings that keep manifests without a tag. */
export interface Keeping {
  readonly keepUntagged: boolean
  readonly deleteReferrers: boolean
}

/**
 * A walk visits at most this many manifests. A manifest with more above it counts as used, and is reviewed again when
 * one of them is deleted.
 */
export const mostAncestors = 500

const limit = sql.raw(String(mostAncestors))

/**
 * Times of reviews that a setting keeps are below zero, and those of referrers below this too (see
 * `gc/review-store.ts`).
 */
export const referrersBelow = 2 ** 50

/**
 * Returns a subquery with one row, over a manifest and all above it. `UNION` ends circles, such as an index that lists
 * its own subject.
 * Index: manifest_children_by_child, tags_by_digest. Key: manifests, manifest_reviews.
 *
 * @param select aggregates over all rows of `ancestor`; conditions on each row belong into FROM, since SQLite bounds
 *   the depth of expressions
 */
const walkUp = (repositoryId: SQL, digest: SQL, select: SQL): SQL => sql`(
  WITH RECURSIVE ancestors (digest) AS (
    SELECT ${digest}
    UNION
    SELECT manifest_children.manifest_digest FROM ancestors CROSS JOIN manifest_children
    WHERE manifest_children.repository_id = ${repositoryId} AND manifest_children.child_digest = ancestors.digest
    UNION
    SELECT about.digest FROM ancestors CROSS JOIN manifests AS referrer CROSS JOIN manifests AS about
    WHERE referrer.repository_id = ${repositoryId} AND referrer.digest = ancestors.digest
      AND about.repository_id = ${repositoryId} AND about.digest = referrer.subject
    UNION
    SELECT image.digest FROM ancestors CROSS JOIN tags CROSS JOIN manifests AS image
    WHERE tags.repository_id = ${repositoryId} AND tags.digest = ancestors.digest AND tags.accompanies IS NOT NULL
      AND image.repository_id = ${repositoryId} AND ${isAccompanied(sql`image.digest`, sql`tags.accompanies`)}
    LIMIT ${limit} + 1)
  SELECT ${select}
  FROM (
    SELECT manifest.digest, manifest.pushed_at, manifest.confirmed_at, waiting.since,
      ${isUsedItself(sql`manifest`)} AS is_used, ${isReferrer} AS is_referrer
    FROM ancestors
    CROSS JOIN manifests AS manifest ON manifest.repository_id = ${repositoryId} AND manifest.digest = ancestors.digest
    LEFT JOIN manifest_reviews AS waiting
      ON waiting.repository_id = ${repositoryId} AND waiting.digest = ancestors.digest) AS ancestor)`

/**
 * Tells whether a tag or a pin keeps the manifest. A tag that accompanies an image does not: the image is above the
 * manifest, and once the image is deleted nothing is. A tag whose image was never here does: signatures may have their
 * own repository. So does a pinned one, as it would be deleted with the manifest.
 * Index: tags_by_digest. Key: manifests.
 *
 * @param manifest the name of a row with `repository_id` and `digest`
 */
export const isUsedItself = (manifest: SQL): SQL => sql`(
  ${isPinnedManifest(sql`${manifest}.repository_id`, sql`${manifest}.digest`)}
  OR EXISTS (
    SELECT 1 FROM tags
    WHERE tags.repository_id = ${manifest}.repository_id AND tags.digest = ${manifest}.digest AND tags.accompanies IS NULL)
  OR EXISTS (
    SELECT 1 FROM tags
    WHERE tags.repository_id = ${manifest}.repository_id AND tags.digest = ${manifest}.digest
      AND tags.accompanies IS NOT NULL
      AND (${isPinnedTag} OR (tags.is_orphaned = 0 AND NOT EXISTS (
        SELECT 1 FROM manifests AS image
        WHERE image.repository_id = tags.repository_id
          AND ${isAccompanied(sql`image.digest`, sql`tags.accompanies`)})))))`

/** Index: tags_by_digest. */
const isReferrer = sql`(manifest.subject IS NOT NULL OR EXISTS (
  SELECT 1 FROM tags
  WHERE tags.repository_id = manifest.repository_id AND tags.digest = manifest.digest AND tags.accompanies IS NOT NULL))`
const isUsed = sql`max(ancestor.is_used)`
const isTooFar = sql`count(*) > ${limit}`
const hasOrigin = sql`max(NOT ancestor.is_referrer)`
const hasReferrer = sql`max(ancestor.is_referrer)`
/** The time of the last push, confirmation or lost use among the manifest and those above it. */
const usedAt = sql`max(max(ancestor.pushed_at, ancestor.confirmed_at, coalesce(abs(ancestor.since) % ${sql.raw(String(referrersBelow))}, 0)))`

/** Builds a JSON object of the facts for the decision, with 1 and 0 for true and false. */
export const ancestryOf = (repositoryId: SQL, digest: SQL): SQL =>
  walkUp(
    repositoryId,
    digest,
    sql`json_object('isUsed', ${isTooFar} OR ${isUsed}, 'hasOrigin', ${hasOrigin}, 'hasReferrer', ${hasReferrer},
      'usedAt', ${usedAt})`,
  )

const isKept = ({ keepUntagged, deleteReferrers }: Keeping): SQL => sql`(
  ${isTooFar} OR ${isUsed}
  ${keepUntagged ? sql`OR ${hasOrigin}` : sql``} ${deleteReferrers ? sql`` : sql`OR ${hasReferrer}`})`

/** Tells whether a manifest must be kept, however long it has been unused. */
export const isManifestKept = (repositoryId: SQL, digest: SQL, keeping: Keeping): SQL =>
  walkUp(repositoryId, digest, isKept(keeping))

/** Tells whether a manifest is garbage, together with all manifests above it. */
export const isManifestGarbage = (repositoryId: SQL, digest: SQL, keeping: Keeping, cutoff: number): SQL =>
  walkUp(repositoryId, digest, sql`NOT ${isKept(keeping)} AND ${usedAt} <= ${cutoff}`)

/**
 * Returns the review that stands for a garbage manifest and all above it; null for a manifest that is kept.
 *
 * @param isDue a condition on `ancestor.since`
 */
export const reviewAbove = (repositoryId: SQL, digest: SQL, keeping: Keeping, cutoff: number, isDue: SQL): SQL =>
  walkUp(
    repositoryId,
    digest,
    sql`CASE WHEN NOT ${isKept(keeping)} AND ${usedAt} <= ${cutoff}
      THEN min(CASE WHEN ${isDue} THEN ancestor.digest END) END`,
  )
