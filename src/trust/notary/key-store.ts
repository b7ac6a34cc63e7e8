/** The keys that the registry holds for collections, as D1 has them. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatchBy, type Right } from '../../db/access/rights.ts'
import { countOf } from '../../db/counts.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { insertUnlessUnderWay, type NewJob } from '../../db/jobs/jobs.ts'
import type { SealedPrivate, trustKeys } from './schema.ts'

/** A key whose private half is encrypted. */
export interface SealedKey extends SealedPrivate {
  readonly keyId: string
  readonly role: (typeof trustKeys.$inferSelect)['role']
  /** The DER SubjectPublicKeyInfo in base64. */
  readonly publicKey: string
}

export interface StoredKey extends SealedKey {
  /** Null until its first signature. */
  readonly usedAt: number | null
}

const columns = sql`
  key_id AS keyId, role, public_key AS publicKey, sealed_private AS sealedPrivate, sealed_with AS sealedWith,
  used_at AS usedAt`

/** Selects the keys of a collection. Key: trust_keys. @param collectionId a value or a subquery */
export const selectKeys = (collectionId: number | SQL): SQL<StoredKey> =>
  sql`SELECT ${columns} FROM trust_keys WHERE collection_id = ${collectionId}`

/**
 * Makes a key the pending one of its role, unless the role has one. Index: trust_keys_pending. Key: trust_keys.
 *
 * @param dead an unused key to replace: its secret is lost, so it could never sign
 * @returns the pending key
 */
export async function insertPendingKey(
  db: Database,
  right: Right,
  collectionId: number,
  key: SealedKey,
  { now, dead = '' }: { readonly now: number; readonly dead?: string | undefined },
): Promise<StoredKey> {
  const { pending } = await runBatchBy(
    db,
    right,
    {
      replaced: sql`
        DELETE FROM trust_keys WHERE collection_id = ${collectionId} AND key_id = ${dead} AND used_at IS NULL`,
      inserted: sql`
        INSERT INTO trust_keys (collection_id, key_id, role, public_key, sealed_private, sealed_with, created_at)
        VALUES (${collectionId}, ${key.keyId}, ${key.role}, ${key.publicKey}, ${key.sealedPrivate}, ${key.sealedWith},
          ${now})
        ON CONFLICT DO NOTHING`,
      pending: sql<StoredKey>`
        SELECT ${columns} FROM trust_keys
        WHERE collection_id = ${collectionId} AND role = ${key.role} AND used_at IS NULL`,
    },
    'repeatable',
  )
  if (pending.first === undefined) throw new Error('a pending key is gone in the moment that it was made')
  return pending.first
}

/** Marks keys as used: each is kept from now on, and the next pending key of its role is another one. Key: trust_keys. */
export const markUsed = (collectionId: number, keyIds: readonly string[], now: number): SQL => sql`
  UPDATE trust_keys SET used_at = ${now}
  WHERE collection_id = ${collectionId} AND key_id IN (SELECT value FROM json_each(${JSON.stringify(keyIds)}))
    AND used_at IS NULL`

/** How many keys need a secret, up to a bound. */
export interface SecretUse {
  readonly sealedWith: string
  readonly keys: number
}

/** The secrets that keys need, beside the current one. */
export interface SecretsInUse {
  readonly ofCollections: readonly SecretUse[]
  /** Of the registry's own key; undefined without one. The current one is told too. */
  readonly ofRegistry: string | undefined
}

/**
 * Lists the secrets that keys are encrypted under: as many as times that the secret of the registry was changed. It
 * jumps from one to the next. Index: trust_keys_by_secret. Scan: registry_keys, one row for each change of the key.
 *
 * @param current the keys of collections under it are not counted
 */
export async function secretsInUse(db: Database, current: string): Promise<SecretsInUse> {
  const { ofCollections, ofRegistry } = await runBatch(db, {
    ofCollections: sql<SecretUse>`
      WITH RECURSIVE used (name) AS (
        SELECT min(sealed_with) FROM trust_keys
        UNION ALL
        SELECT (SELECT min(sealed_with) FROM trust_keys WHERE sealed_with > used.name) FROM used
        WHERE used.name IS NOT NULL
      )
      SELECT name AS sealedWith, ${countOf(sql`trust_keys WHERE sealed_with = used.name`)} AS keys
      FROM used WHERE name IS NOT NULL AND name <> ${current}`,
    ofRegistry: sql<{ sealedWith: string }>`
      SELECT sealed_with AS sealedWith FROM registry_keys ORDER BY generation DESC LIMIT 1`,
  })
  return { ofCollections: ofCollections.rows, ofRegistry: ofRegistry.first?.sealedWith }
}

/**
 * Inserts a job while a key is encrypted under a secret, unless one is under way. Index: trust_keys_by_secret. Scan:
 * registry_keys, one row for each change of the key.
 */
export async function insertResealJob(db: Database, job: NewJob, sealedWith: string, now: number): Promise<void> {
  const isInUse = sql`(
    EXISTS (SELECT 1 FROM trust_keys WHERE sealed_with = ${sealedWith})
    OR EXISTS (SELECT 1 FROM registry_keys WHERE sealed_with = ${sealedWith}))`
  await db.run(insertUnlessUnderWay(job, now, isInUse))
}

/** A key with the collection that it belongs to. */
export type PlacedKey = StoredKey & { readonly collectionId: number }

/** Finds some of the keys that are encrypted under a secret. Index: trust_keys_by_secret. */
export async function keysSealedWith(db: Database, sealedWith: string, limit: number): Promise<PlacedKey[]> {
  return db.all<PlacedKey>(sql`
    SELECT collection_id AS collectionId, ${columns} FROM trust_keys WHERE sealed_with = ${sealedWith} LIMIT ${limit}`)
}

/** Replaces the encrypted halves of keys, each unless another run has done so. Key: trust_keys. */
export async function replaceSealed(
  db: Database,
  before: string,
  keys: readonly Pick<PlacedKey, 'collectionId' | 'keyId' | 'sealedPrivate' | 'sealedWith'>[],
): Promise<void> {
  await runBatch(
    db,
    {
      replaced: sql`
        UPDATE trust_keys SET sealed_private = fresh.value ->> 'sealedPrivate', sealed_with = fresh.value ->> 'sealedWith'
        FROM json_each(${JSON.stringify(keys)}) AS fresh
        WHERE trust_keys.collection_id = fresh.value ->> 'collectionId' AND trust_keys.key_id = fresh.value ->> 'keyId'
          AND trust_keys.sealed_with = ${before}`,
    },
    'repeatable',
  )
}
