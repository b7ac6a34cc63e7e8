/**
 * Decides by one statement which demanded signatures are missing, from the tables as they are: facts, keys, teams and
 * policies. Nothing is kept, so what changes holds for the next pull.
 */
import { sql, type SQL } from 'drizzle-orm'
import { isAccompanied } from '../../db/content/accompanying.ts'
import { databaseTime, type Database } from '../../db/database.ts'
import type { Digest } from '../../names.ts'
import { hasExpired } from '../notary/expiries-store.ts'
import { demandedTeams, nameOfDemanded, type PolicyMode } from './policy-store.ts'

/** The indexes above a manifest that are looked at, so that no pull walks through more. */
const mostIndexes = 10_000

/** A team of whose members none has signed. */
export interface MissingTeam {
  readonly mode: PolicyMode
  /** `acme/security`. */
  readonly name: string
  readonly exists: boolean
}

interface MissingRow {
  readonly mode: PolicyMode
  readonly name: string
  readonly isThere: number
}

/** Matches rows of `signature_facts` that a trust root vouches for still. Scan: trust_roots, of which there are few. */
export const isVouchedFor = sql`EXISTS (
  SELECT 1 FROM trust_roots
  WHERE iif(substr(signature_facts.issuer, 1, 5) = 'x509:',
    trust_roots.kind = 'x509' AND trust_roots.name = substr(signature_facts.issuer, 6), trust_roots.kind = 'sigstore'))`

/**
 * Matches a text with a pattern, in which `*` stands for any characters, as `signatures/identities.ts` does. Each step takes
 * what stands before a star, at the first place where it is, which leaves most of the text to what follows. GLOB would not do:
 * D1 takes no pattern of more than 50 bytes, and the identity of a workflow is longer.
 */
export const matchesPattern = (text: SQL, pattern: SQL): SQL => sql`EXISTS (
  WITH RECURSIVE matching(text, pattern, star, is_begun) AS (
    SELECT ${text}, ${pattern}, instr(${pattern}, '*'), 0
    UNION ALL
    SELECT substr(text, instr(text, substr(pattern, 1, star - 1)) + star - 1), substr(pattern, star + 1),
      instr(substr(pattern, star + 1), '*'), 1
    FROM matching
    WHERE star > 0 AND instr(text, substr(pattern, 1, star - 1)) BETWEEN 1 AND iif(is_begun, length(text) + 1, 1))
  SELECT 1 FROM matching
  WHERE star = 0 AND iif(is_begun,
    length(text) >= length(pattern) AND substr(text, length(text) - length(pattern) + 1) = pattern, text = pattern))`

/**
 * Matches rows of `signature_facts` that an active member of a team has signed: by a key, or by an identity.
 *
 * A key counts for each account that has it (`public-keys.ts` says why).
 *
 * Index: public_keys_by_fingerprint, signer_identities_by_issuer. Key: team_members, accounts.
 */
export const isByMemberOf = (teamId: SQL): SQL => {
  const isMember = (accountId: SQL): SQL => sql`
    EXISTS (SELECT 1 FROM team_members WHERE team_members.team_id = ${teamId} AND team_members.user_id = ${accountId})
    AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = ${accountId} AND accounts.is_active = 1)`
  return sql`(
    (signature_facts.fingerprint <> '' AND EXISTS (
      SELECT 1 FROM public_keys
      WHERE public_keys.fingerprint = signature_facts.fingerprint AND ${isMember(sql`public_keys.account_id`)}))
    OR (signature_facts.issuer <> '' AND ${isVouchedFor} AND EXISTS (
      SELECT 1 FROM signer_identities
      WHERE signer_identities.issuer = signature_facts.issuer
        AND ${matchesPattern(sql`signature_facts.subject`, sql`signer_identities.subject`)}
        AND ${isMember(sql`signer_identities.account_id`)})))`
}

/**
 * Tells whether a manifest, or an index of the repository that lists it, has a fact of a kind.
 * Index: manifest_children_by_child. Key: signature_facts.
 *
 * @param which matches rows of `signature_facts`
 */
export const isSignedAs = (repositoryId: SQL, digest: SQL, which: SQL): SQL => sql`EXISTS (
  WITH RECURSIVE signed(digest) AS (
    SELECT ${digest}
    UNION
    SELECT manifest_children.manifest_digest FROM signed CROSS JOIN manifest_children
    WHERE manifest_children.repository_id = ${repositoryId} AND manifest_children.child_digest = signed.digest
    LIMIT ${sql.raw(String(mostIndexes))})
  SELECT 1 FROM signed CROSS JOIN signature_facts
  WHERE signature_facts.repository_id = ${repositoryId} AND signature_facts.digest = signed.digest
    AND (signature_facts.expires_at IS NULL OR signature_facts.expires_at > ${databaseTime})
    AND NOT ${hasExpired(sql`signature_facts`, databaseTime)}
    AND ${which})`

/** Tells whether a member of a team has signed a manifest, or an index of the repository that lists it. */
export const isSignedBy = (repositoryId: SQL, digest: SQL, teamId: SQL): SQL =>
  isSignedAs(repositoryId, digest, isByMemberOf(teamId))

/** What layers of signatures, attestations and SBOMs have in them: documents, which are not run. */
const documentTypes = [
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/jose+json',
  'application/cose',
  'application/vnd.dsse.envelope.v1+json',
  'application/vnd.in-toto+json',
  'application/spdx+json',
  'text/spdx',
  'text/spdx+json',
  'text/spdx+xml',
  'application/vnd.cyclonedx',
  'application/vnd.cyclonedx+json',
  'application/vnd.cyclonedx+xml',
  'application/vnd.syft+json',
]

const index = 'application/vnd.oci.image.index.v1+json'
const artifact = 'application/vnd.oci.artifact.manifest.v1+json'

/** Matches the manifest `own` if all of its layers are documents. SQLite reads no JSON deeper than 1000. */
const hasDocumentsAlone = sql`CASE WHEN json_valid(own.body) THEN (
  SELECT count(*) > 0 AND min(coalesce(layer.value ->> 'mediaType', '') IN (${sql.raw(
    documentTypes.map((type) => `'${type}'`).join(', '),
  )}))
  FROM json_each(own.body, iif(own.media_type = '${sql.raw(artifact)}', '$.blobs', '$.layers')) AS layer) END`

/**
 * Tells whether a manifest belongs to an image of the repository and is not run: a signature, an attestation or an SBOM,
 * by its subject or by its tag, or the list of these. What it says of itself alone does not count: a subject or an
 * artifact type would make any image pass. Nor does it with a tag of its own, by which people pull images: Podman and old
 * versions of Docker unpack layers of any type, and a pusher writes what type he likes. The children of a list are judged by
 * themselves.
 * Index: tags_by_digest. Key: manifests.
 */
export const accompaniesImage = (repositoryId: SQL, digest: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM manifests AS own
  WHERE own.repository_id = ${repositoryId} AND own.digest = ${digest}
    AND (own.media_type = '${sql.raw(index)}' OR ${hasDocumentsAlone})
    AND NOT EXISTS (
      SELECT 1 FROM tags
      WHERE tags.repository_id = own.repository_id AND tags.digest = own.digest AND tags.accompanies IS NULL)
    AND (
      EXISTS (
        SELECT 1 FROM manifests AS image
        WHERE image.repository_id = own.repository_id AND image.digest = own.subject)
      OR EXISTS (
        SELECT 1 FROM tags
        WHERE tags.repository_id = own.repository_id AND tags.digest = own.digest AND tags.accompanies IS NOT NULL
          AND EXISTS (
            SELECT 1 FROM manifests AS image
            WHERE image.repository_id = own.repository_id AND ${isAccompanied(sql`image.digest`, sql`tags.accompanies`)}))))`

/**
 * Selects the policies of a repository: its own, and that of its namespace.
 * Index: trust_policies_repository_id_unique, trust_policies_namespace_id_unique, accounts_name_unique. Key: repositories.
 */
export const policiesOf = (repositoryId: SQL): SQL => sql`
  SELECT trust_policies.id FROM trust_policies WHERE trust_policies.repository_id = ${repositoryId}
  UNION ALL
  SELECT trust_policies.id FROM repositories
  CROSS JOIN accounts ON accounts.name = repositories.namespace
  CROSS JOIN trust_policies ON trust_policies.namespace_id = accounts.id
  WHERE repositories.id = ${repositoryId}`

/**
 * Finds the demanded teams of which no member has signed a manifest; none for what accompanies an image.
 * Key: trust_policies, trust_policy_teams.
 */
export async function findMissingTeams(db: Database, repositoryId: number, digest: Digest): Promise<MissingTeam[]> {
  const [id, asked] = [sql`${repositoryId}`, sql`${digest}`]
  const rows = await db.all<MissingRow>(sql`
    SELECT policy.mode, ${nameOfDemanded} AS name, teams.id IS NOT NULL AS isThere
    FROM ${demandedTeams}
    JOIN trust_policies AS policy ON policy.id = trust_policy_teams.policy_id
    WHERE trust_policy_teams.policy_id IN (${policiesOf(id)})
      AND NOT ${isSignedBy(id, asked, sql`trust_policy_teams.team_id`)}
      AND NOT ${accompaniesImage(id, asked)}
    ORDER BY 2`)
  return rows.map(({ mode, name, isThere }) => ({ mode, name, exists: isThere === 1 }))
}
