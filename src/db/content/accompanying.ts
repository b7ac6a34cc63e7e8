/**
 * Tags that accompany an image: cosign's signature, attestation and SBOM, and OCI's referrers tag (section "Referrers
 * Tag Schema"). This is the one definition; the column `tags.accompanies` has its result for every tag.
 *
 * `sha256-<64 digits>` with nothing, `.sig`, `.att` or `.sbom` after it accompanies `sha256:<64 digits>`. A tag is too
 * short for a sha512, of which OCI takes the first 64 digits.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Tag } from '../../names.ts'

/**
 * Returns the digest that a tag of this name accompanies (for sha512 a prefix of it); null for every other tag.
 *
 * @param name an SQL expression
 */
export const accompaniedBy = (name: SQL): SQL =>
  sql`iif(substr(${name}, 1, 7) IN ('sha256-', 'sha512-') AND length(${name}) >= 71 AND substr(${name}, 8, 64) NOT GLOB '*[^0-9a-f]*' AND substr(${name}, 72) IN ('', '.sig', '.att', '.sbom'), replace(substr(${name}, 1, 71), '-', ':'), NULL)`

/** Returns the tag of OCI's list of referrers. @param digest an SQL expression: the digest of the image */
export const referrersTagOf = (digest: SQL): SQL => sql`replace(substr(${digest}, 1, 71), ':', '-')`

/** Returns the tag of cosign's signature. @param digest an SQL expression: the digest of the image */
export const signatureTagOf = (digest: SQL): SQL => sql`${referrersTagOf(digest)} || '.sig'`

/** Returns the digest (for sha512 a prefix of it) whose referrers tag this is; undefined for every other tag. */
export const subjectOfReferrersTag = (tag: Tag): string | undefined =>
  /^sha(?:256|512)-[0-9a-f]{64}$/.test(tag) ? tag.replace('-', ':') : undefined

/**
 * Tells whether a manifest is the image that a tag accompanies. The primary key serves it, since "g" follows every
 * digit.
 *
 * @param accompanied an SQL expression: a value of `tags.accompanies`
 */
export const isAccompanied = (digest: SQL, accompanied: SQL): SQL =>
  sql`(${digest} >= ${accompanied} AND ${digest} < ${accompanied} || 'g')`
