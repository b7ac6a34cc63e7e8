/** The registry's own key, as D1 has it. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import type { SealedPrivate } from '../schema.ts'

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
