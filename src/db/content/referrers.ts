/**
 * Referrers: manifests that name another one as their subject, and manifests without a subject that the index under the
 * referrers tag of an image lists (OCI "Referrers Tag Schema"), as long as the tag points at that index.
 */
import { sql } from 'drizzle-orm'
import { mostReferrersOfTag } from '../../limits.ts'
import type { Digest } from '../../names.ts'
import { isHeldRepository, type HeldRepository } from '../access/rights.ts'
import type { Database } from '../database.ts'
import { isAccompanied, referrersTagOf } from './accompanying.ts'

export interface Referrer {
  readonly repositoryId: number
  readonly digest: Digest
  readonly mediaType: string
  readonly artifactType: string | null
  readonly sizeBytes: number
  /** The blob with its text; null if the text is in its row. */
  readonly bodyDigest: Digest | null
  /** JSON; null if only the manifest itself has them. */
  readonly annotations: string | null
}

/**
 * Lists a page of the referrers of a manifest, in the order of their own digests. A tag that points at the image itself
 * lists none: the platforms of an image are not about it.
 * Index: repositories_name_unique, manifests_by_subject, manifests_by_artifact_type.
 * Key: tags, manifest_children, manifests.
 */
export async function listReferrers(
  db: Database,
  page: {
    readonly held: HeldRepository
    /** A digest; of a sha512 its first 64 digits are enough. */
    readonly subject: string
    readonly artifactType: string | undefined
    readonly after: string
    readonly limit: number
  },
): Promise<Referrer[]> {
  const repositoryId = sql`(SELECT id FROM repositories WHERE ${isHeldRepository(page.held)})`
  const subject = sql`${page.subject}`
  const ofType = page.artifactType === undefined ? sql`` : sql`AND artifact_type = ${page.artifactType}`
  return db.all<Referrer>(sql`
    SELECT repository_id AS repositoryId, digest, media_type AS mediaType, artifact_type AS artifactType,
      size_bytes AS sizeBytes, body_digest AS bodyDigest, annotations
    FROM manifests
    WHERE repository_id = ${repositoryId} AND digest > ${page.after} ${ofType}
      AND subject = (
        SELECT named.subject FROM manifests AS named
        WHERE named.repository_id = ${repositoryId} AND ${isAccompanied(sql`named.subject`, subject)} LIMIT 1)
    UNION ALL
    SELECT listed.repository_id, listed.digest, media_type, artifact_type, size_bytes, body_digest, annotations
    FROM (
      SELECT tags.repository_id, manifest_children.child_digest AS digest
      FROM tags CROSS JOIN manifest_children
      WHERE tags.repository_id = ${repositoryId} AND tags.name = ${referrersTagOf(subject)}
        AND NOT ${isAccompanied(sql`tags.digest`, subject)}
        AND manifest_children.repository_id = tags.repository_id AND manifest_children.manifest_digest = tags.digest
      ORDER BY manifest_children.child_digest LIMIT ${mostReferrersOfTag}) AS listed
    CROSS JOIN manifests
    WHERE manifests.repository_id = listed.repository_id AND manifests.digest = listed.digest
      AND manifests.subject IS NULL AND NOT ${isAccompanied(sql`listed.digest`, subject)}
      AND listed.digest > ${page.after} ${ofType}
    ORDER BY digest LIMIT ${page.limit}`)
}
