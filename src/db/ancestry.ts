/**
 * The way up from a manifest: to the indexes that list it, to what it is about (its `subject`), and on from there. What
 * a tag leads to lies below something that has one, so looking upwards is enough to know whether a manifest is used.
 */
import { sql, type SQL } from 'drizzle-orm'

/** What is kept although no tag leads to it. */
export interface Keeping {
  readonly keepUntagged: boolean
  readonly deleteReferrers: boolean
}

/**
 * A walk goes no further than to so many manifests; what has more above it counts as used. It is looked at again when
 * one of them goes.
 */
export const mostAncestors = 500

const limit = sql.raw(String(mostAncestors))

/** Times of reviews that a setting keeps are below zero, and those of referrers below this too (see `reviews.ts`). */
export const referrersBelow = 2 ** 50

/**
 * A subquery with one row: what lies above a manifest and is the manifest itself. `UNION` ends where the way is a circle,
 * as that of an index is which lists what it is about.
 *
 * @param select what to make of all rows of `ancestor`, from `manifests`, and of their reviews, if any, `waiting`
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
    LIMIT ${limit} + 1)
  SELECT ${select}
  FROM ancestors
  CROSS JOIN manifests AS ancestor ON ancestor.repository_id = ${repositoryId} AND ancestor.digest = ancestors.digest
  LEFT JOIN manifest_reviews AS waiting
    ON waiting.repository_id = ${repositoryId} AND waiting.digest = ancestors.digest)`

const isTagged = sql`max(EXISTS (
  SELECT 1 FROM tags WHERE tags.repository_id = ancestor.repository_id AND tags.digest = ancestor.digest))`
const isTooFar = sql`count(*) > ${limit}`
const hasOrigin = sql`max(ancestor.subject IS NULL)`
const hasReferrer = sql`max(ancestor.subject IS NOT NULL)`
/** Pushed, confirmed, or set free. */
const usedAt = sql`max(max(ancestor.pushed_at, ancestor.confirmed_at, coalesce(abs(waiting.since) % ${sql.raw(String(referrersBelow))}, 0)))`

/** As JSON, to decide by: `[isUsed, hasOrigin, hasReferrer, usedAt]`. */
export const ancestryOf = (repositoryId: SQL, digest: SQL): SQL =>
  walkUp(repositoryId, digest, sql`json_array(${isTooFar} OR ${isTagged}, ${hasOrigin}, ${hasReferrer}, ${usedAt})`)

const isKept = ({ keepUntagged, deleteReferrers }: Keeping): SQL => sql`(
  ${isTooFar} OR ${isTagged}
  ${keepUntagged ? sql`OR ${hasOrigin}` : sql``} ${deleteReferrers ? sql`` : sql`OR ${hasReferrer}`})`

/** Whether a manifest has to stay, however long nobody has used it. */
export const isManifestKept = (repositoryId: SQL, digest: SQL, keeping: Keeping): SQL =>
  walkUp(repositoryId, digest, isKept(keeping))

/** Whether a manifest is to go, with all that lists it and all that it is about. */
export const isManifestGarbage = (repositoryId: SQL, digest: SQL, keeping: Keeping, cutoff: number): SQL =>
  walkUp(repositoryId, digest, sql`NOT ${isKept(keeping)} AND ${usedAt} <= ${cutoff}`)

/**
 * Of what is above a manifest that is to go, the review that stands for all of them; null for one that stays.
 *
 * @param isDue a condition on `waiting`
 */
export const reviewAbove = (repositoryId: SQL, digest: SQL, keeping: Keeping, cutoff: number, isDue: SQL): SQL =>
  walkUp(
    repositoryId,
    digest,
    sql`CASE WHEN NOT ${isKept(keeping)} AND ${usedAt} <= ${cutoff}
      THEN min(CASE WHEN ${isDue} THEN ancestor.digest END) END`,
  )
