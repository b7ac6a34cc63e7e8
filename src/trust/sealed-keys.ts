/**
 * Pairs of keys that the registry signs with. D1 has the private halves encrypted by AES-GCM under a key derived from the
 * secret of the registry, and bound to their place, so that no row can be copied to another.
 */
import { encryptionKeysFor, type EncryptionKey } from '../auth/keys.ts'
import type { Secrets } from '../variables.ts'
import type { SealedPrivate } from './schema.ts'
import { fromBase64, toBase64 } from './tuf/base64.ts'

/** What every released client of Notary, cosign and notation knows. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const

type Bytes = Uint8Array<ArrayBuffer>

/** Signs a message. Signatures are r and s, 32 bytes each. */
export type Sign = (message: BufferSource) => Promise<Bytes>

export interface FreshPair {
  readonly keys: CryptoKeyPair
  /** The DER SubjectPublicKeyInfo. */
  readonly spki: Bytes
  readonly pkcs8: Bytes
}

export async function makePair(): Promise<FreshPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new TypeError('WebCrypto made no pair of keys')
  return {
    keys,
    spki: await exportBytes('spki', keys.publicKey),
    pkcs8: await exportBytes('pkcs8', keys.privateKey),
  }
}

/** Encrypts a private key under the current secret. @param place what the key is bound to */
export async function sealPrivate(secrets: Secrets, place: string, pkcs8: Bytes): Promise<SealedPrivate> {
  const { current } = await encryptionKeysFor(secrets, 'trust')
  return { sealedPrivate: await seal(current, place, pkcs8), sealedWith: current.name }
}

/** Opens a private key to sign with. @returns undefined when neither the current nor the previous secret opens it */
export async function openPrivate(secrets: Secrets, place: string, sealed: SealedPrivate): Promise<Sign | undefined> {
  const pkcs8 = await unseal(secrets, place, sealed)
  if (pkcs8 === undefined) return undefined
  const imported = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  return async (message) => new Uint8Array(await crypto.subtle.sign(signing, imported, message))
}

/** Encrypts a private key again, under the current secret. @returns undefined when neither secret opens it */
export async function resealPrivate(
  secrets: Secrets,
  place: string,
  sealed: SealedPrivate,
): Promise<SealedPrivate | undefined> {
  const pkcs8 = await unseal(secrets, place, sealed)
  return pkcs8 && sealPrivate(secrets, place, pkcs8)
}

const ivBytes = 12

async function seal({ key }: EncryptionKey, place: string, bytes: Bytes): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytesOf(place) }, key, bytes)
  return toBase64(Uint8Array.from([...iv, ...new Uint8Array(sealed)]))
}

async function unseal(
  secrets: Secrets,
  place: string,
  { sealedPrivate, sealedWith }: SealedPrivate,
): Promise<Bytes | undefined> {
  const { current, previous } = await encryptionKeysFor(secrets, 'trust')
  const wanted = [current, previous].find((key) => key?.name === sealedWith)
  const sealed = fromBase64(sealedPrivate)
  if (wanted === undefined || sealed === undefined) return undefined
  const parameters = { name: 'AES-GCM', iv: sealed.slice(0, ivBytes), additionalData: bytesOf(place) }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, wanted.key, sealed.slice(ivBytes)))
  } catch {
    // The row was changed: the key is of another place, or broken.
    return undefined
  }
}

const bytesOf = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text))

async function exportBytes(format: 'spki' | 'pkcs8', key: CryptoKey): Promise<Bytes> {
  const exported = await crypto.subtle.exportKey(format, key)
  if (!(exported instanceof ArrayBuffer)) throw new TypeError(`WebCrypto exported no bytes of ${format}`)
  return new Uint8Array(exported)
}
