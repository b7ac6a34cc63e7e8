/**
 * Secrets that the registry makes up and that are looked up by their hash: access tokens, sessions, and the tokens that
 * continue a restoration. 256 random bits cannot be guessed, so a plain SHA-256 is enough, and what D1 keeps opens nothing.
 */
import { toHex } from '../util/hex.ts'

export type OpaqueKind = 'access' | 'session' | 'restore'

/** A prefix tells people, and scanners for leaked secrets, what they have found. */
const prefixes: Record<OpaqueKind, string> = { access: 'bwa_', session: 'bws_', restore: 'bwr_' }

const secretBytes = 32
const pattern = /^[A-Za-z0-9_-]{43}$/

/** Makes a secret of 256 random bits. @returns the secret, to be shown once, and the hash to store */
export async function makeOpaqueToken(kind: OpaqueKind): Promise<{ secret: string; hash: string }> {
  const random = crypto.getRandomValues(new Uint8Array(secretBytes))
  const secret = prefixes[kind] + toBase64Url(random)
  return { secret, hash: await hashOpaqueToken(secret) }
}

export function isOpaqueToken(kind: OpaqueKind, text: string): boolean {
  const prefix = prefixes[kind]
  return text.startsWith(prefix) && pattern.test(text.slice(prefix.length))
}

/** Hashes a secret with SHA-256. @returns 64 hexadecimal digits */
export async function hashOpaqueToken(secret: string): Promise<string> {
  return toHex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)))
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
