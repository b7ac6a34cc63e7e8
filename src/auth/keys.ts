/**
 * Keys derived from `REGISTRY_SECRET` by HKDF (RFC 5869), one for each purpose, so that what leaks from one use says
 * nothing about another. After a rotation the previous secret still verifies, but no longer signs.
 */
import { toHex } from '../util/hex.ts'
import type { Secrets } from '../variables.ts'

export type Purpose = 'token' | 'upload-session' | 'guess' | 'download' | 'sso'

export interface Keys {
  readonly current: CryptoKey
  readonly previous: CryptoKey | undefined
}

const encoder = new TextEncoder()

/** HMAC keys that this isolate has derived; a deployment has two secrets at most. */
const derived = new Map<string, Promise<CryptoKey>>()

/** Derives the HMAC-SHA-256 keys for one purpose. */
export async function keysFor(secrets: Secrets, purpose: Purpose): Promise<Keys> {
  const current = await derive(secrets.current, purpose)
  return { current, previous: secrets.previous === undefined ? undefined : await derive(secrets.previous, purpose) }
}

/** Kinds of content that D1 or a bucket keeps encrypted. */
export type Kept = 'trust' | 'backup' | 'identity'

/** A key for content that is kept encrypted. */
export interface EncryptionKey {
  /** Names the secret for this kind of content, and tells nothing about it. */
  readonly name: string
  readonly key: CryptoKey
}

export interface EncryptionKeys {
  readonly current: EncryptionKey
  readonly previous: EncryptionKey | undefined
}

/** Encryption keys that this isolate has derived, as `derived`. */
const derivedForEncryption = new Map<string, Promise<EncryptionKey>>()

/** Derives the AES-GCM keys for one kind of content that is kept encrypted. */
export async function encryptionKeysFor({ current, previous }: Secrets, kept: Kept): Promise<EncryptionKeys> {
  return {
    current: await deriveForEncryption(current, kept),
    previous: previous === undefined ? undefined : await deriveForEncryption(previous, kept),
  }
}

/** Returns a name for a secret of the registry, which tells nothing about it. */
export const nameOfSecret = (secret: string): Promise<string> => deriveName(secret, 'the registry')

const derive = (secret: string, purpose: Purpose): Promise<CryptoKey> =>
  once(derived, `${purpose}\n${secret}`, () => deriveHmacKey(secret, purpose))

const deriveForEncryption = (secret: string, kept: Kept): Promise<EncryptionKey> =>
  once(derivedForEncryption, `${kept}\n${secret}`, async () => ({
    name: await deriveName(secret, kept),
    key: await deriveEncryptionKey(secret, kept),
  }))

function once<Value>(known: Map<string, Promise<Value>>, name: string, make: () => Promise<Value>): Promise<Value> {
  const found = known.get(name)
  if (found !== undefined) return found
  const fresh = make()
  known.set(name, fresh)
  return fresh
}

const deriveHmacKey = (secret: string, purpose: Purpose): Promise<CryptoKey> =>
  deriveKey(secret, purpose, { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign', 'verify'])

const deriveEncryptionKey = (secret: string, kept: Kept): Promise<CryptoKey> =>
  deriveKey(secret, `encryption of ${kept}`, { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt'])

/** Derives 128 bits that are independent of the key: who knows them cannot decrypt. */
async function deriveName(secret: string, what: string): Promise<string> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits'])
  return toHex(await crypto.subtle.deriveBits(hkdf(`name of the key for ${what}`), material, 128))
}

async function deriveKey(
  secret: string,
  info: string,
  algorithm: SubtleCryptoImportKeyAlgorithm & { readonly length: number },
  usages: string[],
): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(hkdf(info), material, algorithm, false, usages)
}

const hkdf = (info: string) => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: encoder.encode('breakwater'),
  info: encoder.encode(info),
})
