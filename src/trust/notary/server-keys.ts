/**
 * The keys that the registry holds for the roles `timestamp` and `snapshot` of a collection, each bound to its collection,
 * role and key ID (`sealed-keys.ts`).
 *
 * A key that was ever used stays, also after a deletion: a client may publish again what it has cached.
 */
import type { Context } from '../../context.ts'
import type { Right } from '../../db/access/rights.ts'
import type { Secrets } from '../../variables.ts'
import type { SealedPrivate } from './schema.ts'
import { makePair, movePrivate, openPrivate, resealPrivate, sealPrivate, type Sign } from '../sealed-keys.ts'
import { fromBase64, toBase64 } from '../tuf/base64.ts'
import { keyIdOf, type PublicKey } from '../tuf/keys.ts'
import type { ServerRole } from '../tuf/roles.ts'
import type { ServerKeys } from '../tuf/sign.ts'
import { insertPendingKey, type SealedKey, type StoredKey } from './key-store.ts'

/** A key that the registry can sign with. */
export interface ServerKey {
  readonly id: string
  readonly role: ServerRole
  readonly publicKey: PublicKey
  readonly sign: Sign
}

/** Makes a key for a role of a collection, sealed under the current secret. */
export async function makeKey(secrets: Secrets, collectionId: number, role: ServerRole): Promise<SealedKey> {
  const { spki, pkcs8 } = await makePair()
  const named = { keyId: await keyIdOf({ type: 'ecdsa', bytes: spki }), role, publicKey: toBase64(spki) }
  return { ...named, ...(await sealPrivate(secrets, placeOf(collectionId, named), pkcs8)) }
}

/**
 * Opens a key to sign with.
 *
 * @returns undefined when neither the current nor the previous secret opens it
 */
export async function openKey(secrets: Secrets, collectionId: number, key: StoredKey): Promise<ServerKey | undefined> {
  const bytes = fromBase64(key.publicKey)
  const sign = await openPrivate(secrets, placeOf(collectionId, key), key)
  if (bytes === undefined || sign === undefined) return undefined
  return { id: key.keyId, role: key.role, publicKey: { type: 'ecdsa', bytes }, sign }
}

/** The keys of a collection, each of which is opened when it has to sign. */
export interface KeyRing extends ServerKeys {
  /** Lists the keys that have signed. */
  readonly used: () => readonly string[]
}

/** Makes the key ring of a collection. */
export function keyRing(secrets: Secrets, collectionId: number, keys: readonly StoredKey[]): KeyRing {
  const used = new Set<string>()
  return {
    async sign(keyId, message) {
      const stored = keys.find((key) => key.keyId === keyId)
      const opened = stored && (await openKey(secrets, collectionId, stored))
      if (opened === undefined) return undefined
      used.add(keyId)
      return opened.sign(message)
    },
    used: () => [...used],
  }
}

/**
 * Returns the pending key of a role: one that no signature was made with. Requests that ask at the same time get the
 * same one.
 *
 * @param stored the pending key that was found, if there is one
 */
export async function pendingKey(
  { db, secrets, now }: Pick<Context, 'db' | 'secrets' | 'now'>,
  right: Right,
  collectionId: number,
  role: ServerRole,
  stored: StoredKey | undefined,
): Promise<ServerKey> {
  const found = stored && (await openKey(secrets, collectionId, stored))
  if (found !== undefined) return found
  const made = await makeKey(secrets, collectionId, role)
  const inserted = await insertPendingKey(db, right, collectionId, made, { now, dead: stored?.keyId })
  const opened = await openKey(secrets, collectionId, inserted)
  if (opened === undefined) throw new Error('a key does not open with the secret that it was just sealed with')
  return opened
}

/**
 * Encrypts a key again, under the current secret.
 *
 * @returns undefined when neither secret opens it
 */
export const resealKey = (secrets: Secrets, collectionId: number, key: StoredKey): Promise<SealedPrivate | undefined> =>
  resealPrivate(secrets, placeOf(collectionId, key), key)

/** Binds a key to another collection, by their ids. @returns undefined when neither secret opens it */
export const moveKey = (
  secrets: Secrets,
  { from, to }: { readonly from: number; readonly to: number },
  key: StoredKey,
): Promise<SealedPrivate | undefined> => movePrivate(secrets, { from: placeOf(from, key), to: placeOf(to, key) }, key)

/** Writes the place that a key is bound to. */
const placeOf = (collectionId: number, { role, keyId }: Pick<SealedKey, 'keyId' | 'role'>): string =>
  `${collectionId}|${role}|${keyId}`
