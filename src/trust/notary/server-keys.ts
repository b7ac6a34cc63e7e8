/**
 * The keys that the registry holds for the roles `timestamp` and `snapshot` of a collection. D1 has the private halves
 * encrypted by AES-GCM under a key derived from the secret of the registry, bound to their collection, role and key ID.
 *
 * A key that was ever used stays, also after a deletion: a client may publish again what it has cached.
 */
import { encryptionKeysFor, type EncryptionKey } from '../../auth/keys.ts'
import type { Context } from '../../context.ts'
import type { Right } from '../../db/access/rights.ts'
import type { Secrets } from '../../variables.ts'
import { fromBase64, toBase64 } from '../tuf/base64.ts'
import { keyIdOf, type PublicKey } from '../tuf/keys.ts'
import type { ServerRole } from '../tuf/roles.ts'
import type { ServerKeys } from '../tuf/sign.ts'
import { insertPendingKey, type SealedKey, type StoredKey } from './key-store.ts'

/** What every released client of Notary knows. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const

/** A key that the registry can sign with. */
export interface ServerKey {
  readonly id: string
  readonly role: ServerRole
  readonly publicKey: PublicKey
  readonly sign: (message: BufferSource) => Promise<Uint8Array<ArrayBuffer>>
}

/** Makes a key for a role of a collection, sealed under the current secret. */
export async function makeKey(secrets: Secrets, collectionId: number, role: ServerRole): Promise<SealedKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('WebCrypto made no pair of keys')
  const spki = await exportBytes('spki', pair.publicKey)
  const { current } = await encryptionKeysFor(secrets, 'trust')
  const named = { keyId: await keyIdOf({ type: 'ecdsa', bytes: spki }), role, publicKey: toBase64(spki) }
  const pkcs8 = await exportBytes('pkcs8', pair.privateKey)
  return { ...named, sealedPrivate: await seal(current, collectionId, named, pkcs8), sealedWith: current.name }
}

/**
 * Opens a key to sign with.
 *
 * @returns undefined when neither the current nor the previous secret opens it
 */
export async function openKey(secrets: Secrets, collectionId: number, key: StoredKey): Promise<ServerKey | undefined> {
  const bytes = fromBase64(key.publicKey)
  const pkcs8 = await unseal(secrets, collectionId, key)
  if (bytes === undefined || pkcs8 === undefined) return undefined
  const imported = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  return {
    id: key.keyId,
    role: key.role,
    publicKey: { type: 'ecdsa', bytes },
    sign: async (message) => new Uint8Array(await crypto.subtle.sign(signing, imported, message)),
  }
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
export async function resealKey(
  secrets: Secrets,
  collectionId: number,
  key: StoredKey,
): Promise<Pick<SealedKey, 'sealedPrivate' | 'sealedWith'> | undefined> {
  const { current } = await encryptionKeysFor(secrets, 'trust')
  const pkcs8 = await unseal(secrets, collectionId, key)
  if (pkcs8 === undefined) return undefined
  return { sealedPrivate: await seal(current, collectionId, key, pkcs8), sealedWith: current.name }
}

const ivBytes = 12

async function seal(
  { key }: EncryptionKey,
  collectionId: number,
  named: Pick<SealedKey, 'keyId' | 'role'>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
  const additionalData = placeOf(collectionId, named)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, bytes)
  return toBase64(Uint8Array.from([...iv, ...new Uint8Array(sealed)]))
}

async function unseal(
  secrets: Secrets,
  collectionId: number,
  stored: StoredKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { current, previous } = await encryptionKeysFor(secrets, 'trust')
  const wanted = [current, previous].find((key) => key?.name === stored.sealedWith)
  const sealed = fromBase64(stored.sealedPrivate)
  if (wanted === undefined || sealed === undefined) return undefined
  const parameters = {
    name: 'AES-GCM',
    iv: sealed.slice(0, ivBytes),
    additionalData: placeOf(collectionId, stored),
  }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, wanted.key, sealed.slice(ivBytes)))
  } catch {
    // The row was changed: the key is of another place, or broken.
    return undefined
  }
}

/** Writes the place that a key is bound to, so that no row can be copied to another. */
const placeOf = (collectionId: number, { role, keyId }: Pick<SealedKey, 'keyId' | 'role'>): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(`${collectionId}|${role}|${keyId}`))

async function exportBytes(format: 'spki' | 'pkcs8', key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  const exported = await crypto.subtle.exportKey(format, key)
  if (!(exported instanceof ArrayBuffer)) throw new TypeError(`WebCrypto exported no bytes of ${format}`)
  return new Uint8Array(exported)
}
