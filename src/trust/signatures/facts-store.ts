/** Signatures of cosign and notation that the registry stores, and what they prove. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { insertUnlessUnderWay, type NewJob } from '../../db/jobs/jobs.ts'
import { repositoryIdOf } from '../../db/repositories/repositories.ts'
import { isThere } from '../../db/repositories/visible-repositories.ts'
import type { Digest, RepositoryName } from '../../names.ts'
import { isUnknown } from '../notary/expiries-store.ts'
import type { signatureFacts, signatureManifests } from './schema.ts'

export type WaitsFor = (typeof signatureManifests.$inferSelect)['waitsFor']
type Kind = (typeof signatureFacts.$inferSelect)['kind']

/** A signature that has to be checked, with the manifest that carries it. */
export interface DueSignature {
  readonly repositoryId: number
  readonly digest: Digest
  /** Empty for a referrer. */
  readonly tag: string
  readonly subject: Digest
  readonly seenAt: number
  readonly sizeBytes: number
  /** The text of the manifest; null if it is a blob. */
  readonly body: string | null
  readonly bodyDigest: Digest | null
  readonly pushedBy: string
}

/** Counts changes of the roots; there is no row before the first. Scan: trust_revisions, which has one row. */
const rootsRevision = sql`coalesce((SELECT roots_revision FROM trust_revisions), 0)`
/** Counts changes of keys and roots. Scan: trust_revisions, which has one row. */
const revision = sql`coalesce((SELECT revision FROM trust_revisions), 0)`

/** The two ways in which a signature is due, each by its index. */
const isOutdated = sql`checked_revision < ${rootsRevision}`
const waitsForKeys = sql`waits_for = 'trust' AND checked_revision < ${revision}`

/** Selects signatures with the manifests that carry them. Key: repositories, manifests. */
const selectDue = (from: SQL): SQL<DueSignature> => sql`
  SELECT signature.repository_id AS repositoryId, signature.digest, signature.tag, signature.subject,
    signature.seen_at AS seenAt, manifests.size_bytes AS sizeBytes, manifests.body, manifests.body_digest AS bodyDigest,
    manifests.pushed_by AS pushedBy
  FROM ${from} AS signature
  JOIN repositories ON repositories.id = signature.repository_id AND ${isThere}
  JOIN manifests ON manifests.repository_id = signature.repository_id AND manifests.digest = signature.digest`

/**
 * Finds what is due of the signatures that one manifest carries, and of those of the manifest that waited for its bytes.
 * Index: signature_manifests_without_content. Key: signature_manifests, repositories, manifests.
 */
export function findDueOf(db: Database, repository: RepositoryName, digest: Digest): Promise<DueSignature[]> {
  const inRepository = sql`repository_id = ${repositoryIdOf(repository)}`
  const carried = sql`${inRepository} AND digest = ${digest} AND (${isOutdated} OR (${waitsForKeys}))`
  const waiting = sql`${inRepository} AND subject = ${digest} AND waits_for = 'content' AND ${isOutdated}`
  return db.all(
    selectDue(sql`(
      SELECT * FROM (SELECT * FROM signature_manifests WHERE ${carried})
      UNION
      SELECT * FROM (SELECT * FROM signature_manifests WHERE ${waiting} LIMIT ${mostSignaturesOfPush}))`),
  )
}

/** Those beyond are left to the job, so that no push waits for them. */
const mostSignaturesOfPush = 20

/**
 * Finds some of all signatures that are due. Index: signature_manifests_by_revision, signature_manifests_waiting. Key:
 * repositories, manifests.
 */
export const findDue = (db: Database, limit: number): Promise<DueSignature[]> =>
  db.all(
    selectDue(sql`(
      SELECT * FROM (SELECT * FROM signature_manifests WHERE ${isOutdated} ORDER BY checked_revision LIMIT ${limit})
      UNION
      SELECT * FROM (SELECT * FROM signature_manifests WHERE ${waitsForKeys} ORDER BY checked_revision LIMIT ${limit}))`),
  )

/** What signatures are checked against, as it is registered. */
export interface Registered {
  readonly revision: number
  readonly keys: readonly RegisteredKey[]
  readonly roots: readonly RegisteredRoot[]
}

export interface RegisteredKey {
  readonly fingerprint: string
  /** PEM */
  readonly publicKey: string
}

export interface RegisteredRoot {
  readonly name: string
  readonly kind: 'sigstore' | 'x509'
  readonly document: string
}

/**
 * Finds the keys that can have made a signature. In a registry with more keys than are tried, those come first of the
 * user who pushed it and of the members of its namespace. Index: public_keys_by_account, accounts_name_unique. Key:
 * repositories, members. Scan: public_keys, up to the number of keys that are tried. Scan: trust_roots, of which there
 * are few.
 */
export async function findRegistered(
  db: Database,
  { repositoryId, pushedBy }: Pick<DueSignature, 'repositoryId' | 'pushedBy'>,
  mostKeys: number,
): Promise<Registered> {
  const keys = sql<RegisteredKey>`SELECT fingerprint, public_key AS publicKey FROM public_keys`
  const namespace = sql`(SELECT namespace FROM repositories WHERE id = ${repositoryId})`
  const { revisions, near, others, roots } = await runBatch(db, {
    revisions: sql<{ revision: number }>`SELECT ${revision} AS revision`,
    near: sql<RegisteredKey>`
      ${keys} WHERE account_id IN (
        SELECT id FROM accounts WHERE name IN (${pushedBy}, ${namespace})
        UNION SELECT user_id FROM members WHERE organization_id = (SELECT id FROM accounts WHERE name = ${namespace}))
      LIMIT ${mostKeys}`,
    others: sql<RegisteredKey>`${keys} LIMIT ${mostKeys}`,
    roots: sql<RegisteredRoot>`SELECT name, kind, document FROM trust_roots ORDER BY name`,
  })
  const all = new Map([...near.rows, ...others.rows].map((key) => [key.fingerprint, key]))
  return { revision: revisions.first?.revision ?? 0, keys: [...all.values()].slice(0, mostKeys), roots: roots.rows }
}

/** A fact as it is stored. */
export interface NewFact {
  readonly kind: Exclude<Kind, 'notary'>
  readonly fingerprint: string
  readonly issuer: string
  readonly subject: string
  readonly signedAt: number
  readonly expiresAt: number | null
}

/**
 * Makes the facts of a signature these and no others. Does nothing when it is gone, or was checked against what is
 * registered since. A fact keeps the earliest time that it was ever given. What the registry signs with its own key is no
 * fact, as it only repeats others. Index: registry_keys_fingerprint_unique. Key: signature_facts, signature_manifests.
 */
export async function storeFacts(
  db: Database,
  { repositoryId, digest, tag, subject }: DueSignature,
  { facts, waitsFor }: { readonly facts: readonly NewFact[]; readonly waitsFor: WaitsFor },
  checkedRevision: number,
): Promise<void> {
  const listed = JSON.stringify(facts)
  const isCurrent = sql`
    repository_id = ${repositoryId} AND digest = ${digest} AND tag = ${tag} AND checked_revision <= ${checkedRevision}`
  const mayStore = sql`EXISTS (SELECT 1 FROM signature_manifests WHERE ${isCurrent})`
  await runBatch(
    db,
    {
      gone: sql`
        DELETE FROM signature_facts
        WHERE repository_id = ${repositoryId} AND digest = ${subject} AND kind IN ('cosign', 'notation')
          AND source = ${digest} AND ${mayStore}
          AND (fingerprint, issuer, subject) NOT IN (
            SELECT value ->> 'fingerprint', value ->> 'issuer', value ->> 'subject' FROM json_each(${listed}))`,
      proven: sql`
        INSERT INTO signature_facts (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at,
          expires_at)
        SELECT ${repositoryId}, ${subject}, value ->> 'kind', ${digest}, '', value ->> 'fingerprint', value ->> 'issuer',
          value ->> 'subject', value ->> 'signedAt', value ->> 'expiresAt'
        FROM json_each(${listed})
        WHERE ${mayStore} AND value ->> 'fingerprint' NOT IN (SELECT fingerprint FROM registry_keys)
        ON CONFLICT DO UPDATE
        SET signed_at = min(signed_at, excluded.signed_at), expires_at = excluded.expires_at`,
      checked: sql`
        UPDATE signature_manifests SET checked_revision = ${checkedRevision}, waits_for = ${waitsFor} WHERE ${isCurrent}`,
    },
    'repeatable',
  )
}

/**
 * Deletes some of the facts that count no more: of deleted keys, whose signatures then wait for a key again, and expired
 * ones. Index: signature_facts_by_fingerprint, signature_facts_by_expiry. Key: signature_manifests, forgotten_keys.
 *
 * @returns how many
 */
export async function deleteEndedFacts(db: Database, now: number, limit: number): Promise<number> {
  const key = sql`(SELECT fingerprint FROM forgotten_keys ORDER BY fingerprint LIMIT 1)`
  const ofKey = sql`
    SELECT rowid AS id, repository_id, source FROM signature_facts
    WHERE fingerprint = ${key} AND kind <> 'notary' ORDER BY rowid LIMIT ${limit}`
  const { forgotten, expired } = await runBatch(db, {
    open: sql`
      UPDATE signature_manifests SET checked_revision = -1
      WHERE (repository_id, digest) IN (SELECT repository_id, source FROM (${ofKey}))`,
    forgotten: sql`DELETE FROM signature_facts WHERE rowid IN (SELECT id FROM (${ofKey})) RETURNING 1`,
    done: sql`
      DELETE FROM forgotten_keys WHERE fingerprint = ${key}
        AND NOT EXISTS (
          SELECT 1 FROM signature_facts WHERE fingerprint = forgotten_keys.fingerprint AND kind <> 'notary')`,
    expired: sql`
      DELETE FROM signature_facts WHERE rowid IN (
        SELECT rowid FROM signature_facts WHERE expires_at <= ${now} AND expires_at IS NOT NULL LIMIT ${limit})
      RETURNING 1`,
  })
  return forgotten.rows.length + expired.rows.length
}

/**
 * Inserts the job while there is work for it, unless it is under way. Index: signature_manifests_by_revision,
 * signature_manifests_waiting, signature_facts_by_expiry, jobs_unfinished. Key: forgotten_keys, repositories.
 */
export async function insertFactsJob(db: Database, job: NewJob, now: number): Promise<void> {
  const ofThere = sql`
    signature_manifests JOIN repositories ON repositories.id = signature_manifests.repository_id AND ${isThere}`
  await db.run(
    insertUnlessUnderWay(
      job,
      now,
      sql`(
        EXISTS (SELECT 1 FROM forgotten_keys)
        OR ${isUnknown}
        OR EXISTS (SELECT 1 FROM signature_facts WHERE expires_at <= ${now} AND expires_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM ${ofThere} WHERE ${isOutdated})
        OR EXISTS (SELECT 1 FROM ${ofThere} WHERE ${waitsForKeys}))`,
    ),
  )
}
