/**
 * What speaks for a tag being signed, and what is itself the signature of an image: of cosign, by tags and by referrers,
 * and of notation. Conditions on a row of `tags`, for queries and for statements that delete.
 */
import { sql, type SQL } from 'drizzle-orm'
import { isAccompanied, signatureTagOf } from './accompanying.ts'

/** Beginnings of the artifact types of signatures; attestations in sigstore's bundles count as well. */
export const signatureTypes = [
  'application/vnd.cncf.notary.signature',
  'application/vnd.dev.cosign.artifact.sig.',
  'application/vnd.dev.sigstore.bundle.',
] as const

/** What begins with a text lies below the text with a character after it that no media type has. */
const begins = (prefix: string): SQL => sql`artifact_type >= ${prefix} AND artifact_type < ${`${prefix}~`}`

/** One look at the index `manifests_by_artifact_type` for each of the types, however many referrers there are. */
export const hasSignatureReferrer: SQL = sql`(${sql.join(
  signatureTypes.map(
    (prefix) => sql`EXISTS (
      SELECT 1 FROM manifests
      WHERE repository_id = tags.repository_id AND subject = tags.digest AND subject IS NOT NULL AND ${begins(prefix)})`,
  ),
  sql` OR `,
)})`

/** Cosign stores a signature as a separate tag. */
export const hasSignatureTag: SQL = sql`EXISTS (
  SELECT 1 FROM tags AS signature
  WHERE signature.repository_id = tags.repository_id AND signature.name = ${signatureTagOf(sql`tags.digest`)})`

/** The image is signed, by whatever kind of signature. */
export const isSigned: SQL = sql`(${hasSignatureReferrer} OR ${hasSignatureTag})`

/** The tag is the signature, attestation, bill of materials or list of referrers of an image that is there. */
export const accompaniesImage: SQL = sql`(
  tags.accompanies IS NOT NULL
  AND EXISTS (
    SELECT 1 FROM manifests
    WHERE repository_id = tags.repository_id AND ${isAccompanied(sql`digest`, sql`tags.accompanies`)}))`
