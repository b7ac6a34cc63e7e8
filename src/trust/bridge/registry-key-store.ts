/** The registry's own key, as D1 has it. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import type { Digest, RepositoryName } from '../../names.ts'
import type { SealedPrivate } from '../notary/schema.ts'

export const registryKeyObject = declareObjectType('registryKey')

export interface NewRegistryKey extends SealedPrivate {
  readonly fingerprint: string
  /** The DER SubjectPublicKeyInfo in base64. */
  readonly publicKey: string
  /** DER in base64. */
  readonly certificate: string
}

export interface RegistryKeyRow extends NewRegistryKey {
  /** 1 for the first key, and one more after each change. */
  readonly generation: number
  readonly createdAt: number
}

/** Selects the key that signs now. Scan: registry_keys, backwards to the first row. */
const selectCurrent: SQL<RegistryKeyRow> = sql`
  SELECT generation, fingerprint, public_key AS publicKey, certificate, sealed_private AS sealedPrivate,
    sealed_with AS sealedWith, created_at AS createdAt
  FROM registry_keys ORDER BY generation DESC LIMIT 1`

/** Finds the key that signs now; undefined before the first. */
export async function findRegistryKey(db: Database): Promise<RegistryKeyRow | undefined> {
  const [row] = await db.all<RegistryKeyRow>(selectCurrent)
  return row
}

/** What is known of a manifest that may carry a signature of the registry. */
export interface OwnSignature {
  /** Undefined for a repository that does not exist. */
  readonly repositoryId: number | undefined
  /** Whether the registry has restated this in the repository. */
  readonly isRestated: boolean
  /** All keys that the registry ever had, as DER SubjectPublicKeyInfo in base64. */
  readonly keys: readonly { readonly fingerprint: string; readonly publicKey: string }[]
}

/**
 * Finds by what to tell whether the registry has signed a manifest, and for which repository. Key: repositories. Index:
 * restatements_by_digest. Scan: registry_keys, one row for each change of the key.
 */
export async function findOwnSignature(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
): Promise<OwnSignature> {
  const { place, keys } = await runBatch(db, {
    place: sql<{ id: number; isRestated: number }>`
      SELECT id, EXISTS (
        SELECT 1 FROM restatements WHERE repository_id = repositories.id AND digest = ${digest}) AS isRestated
      FROM repositories WHERE name = ${repository}`,
    keys: sql<OwnSignature['keys'][number]>`SELECT fingerprint, public_key AS publicKey FROM registry_keys`,
  })
  return { repositoryId: place.first?.id, isRestated: place.first?.isRestated === 1, keys: keys.rows }
}

/**
 * Makes a key the one that signs, unless another one has followed `before` already. The private halves of the earlier ones
 * are forgotten. Key: registry_keys.
 *
 * @param before the generation of the key that it replaces; 0 for the first key
 * @returns the key that signs then
 */
export async function insertRegistryKey(
  db: Database,
  key: NewRegistryKey,
  before: number,
  { by, now }: Attribution,
): Promise<RegistryKeyRow> {
  const generation = before + 1
  const { current } = await runBatch(
    db,
    {
      event: recordEvent(
        {
          actor: by,
          type: 'CREATE',
          objectType: registryKeyObject.name,
          objectId: key.fingerprint,
          objectName: key.fingerprint,
          now,
        },
        sql`NOT EXISTS (SELECT 1 FROM registry_keys WHERE generation >= ${generation})`,
      ),
      inserted: sql`
        INSERT INTO registry_keys (generation, fingerprint, public_key, certificate, sealed_private, sealed_with, created_at)
        VALUES (${generation}, ${key.fingerprint}, ${key.publicKey}, ${key.certificate}, ${key.sealedPrivate},
          ${key.sealedWith}, ${now})
        ON CONFLICT DO NOTHING`,
      retired: sql`UPDATE registry_keys SET sealed_private = '', sealed_with = '' WHERE generation <= ${before}`,
      current: selectCurrent,
    },
    'repeatable',
  )
  if (current.first === undefined) throw new Error('the key of the registry is gone in the moment that it was made')
  return current.first
}

/** Replaces the encrypted half of a key, unless another run has done so. Key: registry_keys. */
export async function resealRegistryKey(
  db: Database,
  { generation, sealedWith: before }: RegistryKeyRow,
  { sealedPrivate, sealedWith }: SealedPrivate,
): Promise<void> {
  await db.run(sql`
    UPDATE registry_keys SET sealed_private = ${sealedPrivate}, sealed_with = ${sealedWith}
    WHERE generation = ${generation} AND sealed_with = ${before}`)
}
