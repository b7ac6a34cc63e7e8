/**
 * Keys derived from `REGISTRY_SECRET` by HKDF (RFC 5869), one for each purpose, so that what leaks from one use says
 * nothing about another. After a rotation the previous secret still verifies, but no longer signs.
 */
import type { Secrets } from '../env.ts'

export type Purpose = 'token' | 'upload-session'

export interface Keys {
  readonly current: CryptoKey
  readonly previous: CryptoKey | undefined
}

const encoder = new TextEncoder()

/** Derived once an isolate: a deployment has two secrets at most. */
const derived = new Map<string, Promise<CryptoKey>>()

/** HMAC-SHA-256 keys for one purpose. */
export async function keysFor(secrets: Secrets, purpose: Purpose): Promise<Keys> {
  const current = await derive(secrets.current, purpose)
  return { current, previous: secrets.previous === undefined ? undefined : await derive(secrets.previous, purpose) }
}

function derive(secret: string, purpose: Purpose): Promise<CryptoKey> {
  const name = `${purpose}\n${secret}`
  const known = derived.get(name)
  if (known !== undefined) return known
  const fresh = deriveHmacKey(secret, purpose)
  derived.set(name, fresh)
  return fresh
}

async function deriveHmacKey(secret: string, purpose: Purpose): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: encoder.encode('breakwater'), info: encoder.encode(purpose) },
    material,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  )
}
