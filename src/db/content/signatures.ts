/**
 * Conditions on a row of `tags` that tell which tags are signed and which are signatures themselves: of cosign, by tags
 * and by referrers, and of notation.
 */
import { sql, type SQL } from 'drizzle-orm'
import { isAccompanied, signatureTagOf } from './accompanying.ts'

/** Prefixes of the artifact types of signatures; attestations in sigstore's bundles count too. */
export const signatureTypes = [
  'application/vnd.cncf.notary.signature',
  'application/vnd.dev.cosign.artifact.sig.',
  'application/vnd.dev.sigstore.bundle.',
] as const

/** Matches artifact types that begin with a prefix: "~" follows all characters of media types. */
const begins = (prefix: string): SQL => sql`artifact_type >= ${prefix} AND artifact_type < ${`${prefix}~`}`

/**
 * Matches a tag whose image has a signature as a referrer. Looks once for each type, however many referrers there are.
 * Index: manifests_by_artifact_type.
 */
export const hasSignatureReferrer: SQL = sql`(${sql.join(
  signatureTypes.map(
    (prefix) => sql`EXISTS (
      SELECT 1 FROM manifests
      WHERE repository_id = tags.repository_id AND subject = tags.digest AND subject IS NOT NULL AND ${begins(prefix)})`,
  ),
  sql` OR `,
)})`

/** Matches a tag whose image has a signature of cosign, which is a separate tag. Key: tags. */
export const hasSignatureTag: SQL = sql`EXISTS (
  SELECT 1 FROM tags AS signature
  WHERE signature.repository_id = tags.repository_id AND signature.name = ${signatureTagOf(sql`tags.digest`)})`

/** Tells whether the image has a signature of any kind. */
export const isSigned: SQL = sql`(${hasSignatureReferrer} OR ${hasSignatureTag})`

/** Tells whether the tag is the signature, attestation, SBOM or referrers list of an existing image. Key: manifests. */
export const accompaniesImage: SQL = sql`(
  tags.accompanies IS NOT NULL
  AND EXISTS (
    SELECT 1 FROM manifests
    WHERE repository_id = tags.repository_id AND ${isAccompanied(sql`digest`, sql`tags.accompanies`)}))`
