/** The images of a repository whose signatures of cosign or notation the registry vouches for. */
import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'
import { mostTargetsOfTrustDocument } from '../../limits.ts'
import type { AccountName, Digest, Tag } from '../../names.ts'
import { isByMemberOf, isSignedAs, isVouchedFor, matchesPattern, policiesOf } from '../policy/decision-store.ts'

export interface AcceptedRow {
  readonly tag: Tag
  readonly digest: Digest
  readonly sizeBytes: number
}

/**
 * Matches facts of cosign and notation, but for those that the registry's own key makes: what it restates must not feed
 * itself. Index: registry_keys_fingerprint_unique.
 */
const isModern = sql`(
  signature_facts.kind IN ('cosign', 'notation')
  AND signature_facts.fingerprint NOT IN (SELECT fingerprint FROM registry_keys))`

/**
 * Matches facts by a key of one of some accounts, by an identity that an administrator has given a user, or by a
 * certificate of a trust store. Index: public_keys_by_fingerprint, signer_identities_by_issuer. Key: accounts.
 */
const isTrusted = (pushers: readonly string[]): SQL => sql`(
  EXISTS (
    SELECT 1 FROM public_keys
    WHERE public_keys.fingerprint = signature_facts.fingerprint
      AND public_keys.account_id IN (SELECT value FROM json_each(${JSON.stringify(pushers)})))
  OR (signature_facts.issuer <> '' AND ${isVouchedFor} AND (
    substr(signature_facts.issuer, 1, 5) = 'x509:'
    OR EXISTS (
      SELECT 1 FROM signer_identities
      WHERE signer_identities.issuer = signature_facts.issuer
        AND ${matchesPattern(sql`signature_facts.subject`, sql`signer_identities.subject`)}
        AND EXISTS (
          SELECT 1 FROM accounts WHERE accounts.id = signer_identities.account_id AND accounts.is_active = 1)))))`

/**
 * Finds the tags whose images carry an accepted signature of cosign or notation. Where a policy is in force, members of
 * all demanded teams have signed so; where none is, a user who may push, or a signer whom an administrator has configured.
 * An index speaks for the images that it lists, as in pulls. Index: tags_by_digest. Key: signature_facts,
 * manifest_children, manifests, trust_policies, trust_policy_teams.
 *
 * @param pushers the ids of the accounts that may push
 */
export function findAccepted(db: Database, repositoryId: number, pushers: readonly string[]): Promise<AcceptedRow[]> {
  const id = sql`${repositoryId}`
  const digest = sql`tags.digest`
  const inForce = sql`SELECT id FROM trust_policies WHERE id IN (${policiesOf(id)}) AND mode = 'enforce'`
  return db.all<AcceptedRow>(sql`
    WITH RECURSIVE covered(digest) AS (
      SELECT digest FROM signature_facts WHERE repository_id = ${id} AND kind IN ('cosign', 'notation')
      UNION
      SELECT manifest_children.child_digest FROM covered CROSS JOIN manifest_children
      WHERE manifest_children.repository_id = ${id} AND manifest_children.manifest_digest = covered.digest)
    SELECT tags.name AS tag, tags.digest, manifests.size_bytes AS sizeBytes
    FROM covered CROSS JOIN tags ON tags.repository_id = ${id} AND tags.digest = covered.digest
    CROSS JOIN manifests ON manifests.repository_id = tags.repository_id AND manifests.digest = tags.digest
    WHERE tags.accompanies IS NULL AND substr(tags.digest, 1, 7) = 'sha256:' AND iif(
      EXISTS (${inForce}),
      NOT EXISTS (
        SELECT 1 FROM trust_policy_teams WHERE policy_id IN (${inForce})
          AND NOT ${isSignedAs(id, digest, sql`${isModern} AND ${isByMemberOf(sql`trust_policy_teams.team_id`)}`)})
        AND ${isSignedAs(id, digest, isModern)},
      ${isSignedAs(id, digest, sql`${isModern} AND ${isTrusted(pushers)}`)})
    LIMIT ${mostTargetsOfTrustDocument + 1}`)
}

/** The accounts whose keys have signed in a repository are far fewer. */
const mostSigners = 1000

type SignerRow = Pick<KeySigner, 'id' | 'name'> & { readonly isAdmin: number }

/** An account that has signed by a registered key. */
export interface KeySigner {
  readonly id: string
  readonly name: AccountName
  readonly isAdmin: boolean
}

/**
 * Finds the accounts that have signed in a repository by a key. Index: public_keys_by_fingerprint. Key: signature_facts,
 * accounts.
 */
export async function findKeySigners(db: Database, repositoryId: number): Promise<KeySigner[]> {
  const rows = await db.all<SignerRow>(sql`
    SELECT DISTINCT accounts.id, accounts.name, accounts.is_admin AS isAdmin
    FROM signature_facts CROSS JOIN public_keys ON public_keys.fingerprint = signature_facts.fingerprint
    CROSS JOIN accounts ON accounts.id = public_keys.account_id AND accounts.is_active = 1
    WHERE signature_facts.repository_id = ${repositoryId} AND signature_facts.kind IN ('cosign', 'notation')
    LIMIT ${mostSigners}`)
  return rows.map(({ id, name, isAdmin }) => ({ id, name, isAdmin: isAdmin === 1 }))
}
