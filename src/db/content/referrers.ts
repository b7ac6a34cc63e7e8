/** Referrers: manifests that name another one as their subject. */
import { sql } from 'drizzle-orm'
import type { Digest } from '../../names.ts'
import { isHeldRepository, type HeldRepository } from '../access/rights.ts'
import type { Database } from '../database.ts'

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
 * Lists a page of the manifests whose `subject` is the digest, in the order of their own digests.
 * Index: repositories_name_unique, manifests_by_subject, manifests_by_artifact_type.
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
  const ofType = page.artifactType === undefined ? sql`` : sql`AND artifact_type = ${page.artifactType}`
  return db.all<Referrer>(sql`
    SELECT repository_id AS repositoryId, digest, media_type AS mediaType, artifact_type AS artifactType,
      size_bytes AS sizeBytes, body_digest AS bodyDigest, annotations
    FROM manifests
    WHERE repository_id = (SELECT id FROM repositories WHERE ${isHeldRepository(page.held)})
      AND subject = ${page.subject} AND digest > ${page.after} ${ofType}
    ORDER BY digest LIMIT ${page.limit}`)
}
