/**
 * Keys derived from `REGISTRY_SECRET` by HKDF (RFC 5869), one for each purpose, so that what leaks from one use says
 * nothing about another. After a rotation the previous secret still verifies, but no longer signs.
 */
import type { Secrets } from '../variables.ts'

export type Purpose = 'token' | 'upload-session' | 'guess'

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

/** Kinds of content that D1 keeps encrypted. */
export type Kept = 'trust'

/** Derives the AES-GCM keys for one kind of content that D1 keeps encrypted. */
export async function encryptionKeysFor({ current, previous }: Secrets, kept: Kept): Promise<Keys> {
  return {
    current: await deriveEncryptionKey(current, kept),
    previous: previous === undefined ? undefined : await deriveEncryptionKey(previous, kept),
  }
}

function derive(secret: string, purpose: Purpose): Promise<CryptoKey> {
  const name = `${purpose}\n${secret}`
  const known = derived.get(name)
  if (known !== undefined) return known
  const fresh = deriveHmacKey(secret, purpose)
  derived.set(name, fresh)
  return fresh
}

const deriveHmacKey = (secret: string, purpose: Purpose): Promise<CryptoKey> =>
  deriveKey(secret, purpose, { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign', 'verify'])

const deriveEncryptionKey = (secret: string, kept: Kept): Promise<CryptoKey> =>
  deriveKey(secret, `encryption of ${kept}`, { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt'])

async function deriveKey(
  secret: string,
  info: string,
  algorithm: SubtleCryptoImportKeyAlgorithm & { readonly length: number },
  usages: string[],
): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: encoder.encode('breakwater'), info: encoder.encode(info) },
    material,
    algorithm,
    false,
    usages,
  )
}
