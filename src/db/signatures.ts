/**
 * What speaks for a tag being signed, and what is itself the signature of an image: of cosign, by tags and by referrers,
 * and of notation. Conditions on a row of `tags`, for queries and for statements that delete.
 */
import { sql, type SQL } from 'drizzle-orm'

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

/** The signature of `sha256:<hex>` is the tag `sha256-<hex>.sig`. */
export const hasSignatureTag: SQL = sql`EXISTS (
  SELECT 1 FROM tags AS signature
  WHERE signature.repository_id = tags.repository_id AND signature.name = replace(tags.digest, ':', '-') || '.sig')`

/** The tag is the signature, attestation, bill of materials or list of referrers of an image that is there. */
export const accompaniesImage: SQL = sql`(
  tags.name >= 'sha256-' AND tags.name < 'sha256.'
  AND substr(tags.name, 72) IN ('', '.sig', '.att', '.sbom')
  AND EXISTS (
    SELECT 1 FROM manifests
    WHERE repository_id = tags.repository_id AND digest = 'sha256:' || substr(tags.name, 8, 64)))`
