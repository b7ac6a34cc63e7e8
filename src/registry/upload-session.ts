/**
 * Identifiers of upload sessions. An identifier carries its creation time and digest algorithm, and its signature binds it
 * to a repository. So starting an upload costs no write, although clients start many that they never use: they probe for
 * permission to push, and cancel after a declined mount.
 *
 *     base64url( 16 random bytes | 4 bytes: seconds since 1970 | 1 byte: algorithm | 16 bytes: truncated HMAC )
 */
import type { Keys } from '../auth/keys.ts'
import type { SessionKey } from '../db/content/uploads.ts'
import { RegistryError } from '../errors.ts'
import { sessionSeconds } from '../limits.ts'
import type { DigestAlgorithm, RepositoryName } from '../names.ts'

export interface UploadTicket extends SessionKey {
  /** A hint from the client; the closing request names the digest. */
  readonly algorithm: DigestAlgorithm
}

const algorithms: readonly DigestAlgorithm[] = ['sha256', 'sha512']
const uploadIdBytes = 16
const bodyBytes = uploadIdBytes + 5
const macBytes = 16

/** Makes the identifier of a new upload, with the time and a signature. @returns the text for the URL of the upload */
export async function issueUploadId(
  keys: Keys,
  repository: RepositoryName,
  algorithm: DigestAlgorithm,
  now: number,
): Promise<string> {
  const body = new Uint8Array(bodyBytes)
  crypto.getRandomValues(body.subarray(0, uploadIdBytes))
  const view = new DataView(body.buffer)
  view.setUint32(uploadIdBytes, Math.floor(now / 1000))
  view.setUint8(uploadIdBytes + 4, algorithms.indexOf(algorithm))
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', keys.current, signedBytes(body, repository)))
  return toBase64Url(body) + toBase64Url(mac.subarray(0, macBytes))
}

/**
 * Verifies the identifier of an upload.
 *
 * @throws RegistryError `upload-unknown` for an identifier that is forged, expired or of another repository
 */
export async function openUploadId(
  keys: Keys,
  repository: RepositoryName,
  text: string,
  now: number,
): Promise<UploadTicket> {
  const bodyLength = Math.ceil((bodyBytes * 4) / 3)
  const body = fromBase64Url(text.slice(0, bodyLength))
  const mac = fromBase64Url(text.slice(bodyLength))
  if (body?.length !== bodyBytes || mac?.length !== macBytes || !(await hasValidMac(keys, body, mac, repository))) {
    throw new RegistryError({ kind: 'upload-unknown' })
  }
  const view = new DataView(body.buffer)
  const expiresAt = (view.getUint32(uploadIdBytes) + sessionSeconds) * 1000
  const algorithm = algorithms[view.getUint8(uploadIdBytes + 4)]
  if (expiresAt <= now || algorithm === undefined) throw new RegistryError({ kind: 'upload-unknown' })
  return { id: toBase64Url(body.subarray(0, uploadIdBytes)), repository, expiresAt, algorithm }
}

async function hasValidMac(
  keys: Keys,
  body: Uint8Array,
  mac: Uint8Array,
  repository: RepositoryName,
): Promise<boolean> {
  for (const key of [keys.current, keys.previous]) {
    if (key === undefined) continue
    const own = new Uint8Array(await crypto.subtle.sign('HMAC', key, signedBytes(body, repository)))
    if (crypto.subtle.timingSafeEqual(own.subarray(0, macBytes), mac)) return true
  }
  return false
}

function signedBytes(body: Uint8Array, repository: RepositoryName): Uint8Array {
  const name = new TextEncoder().encode(repository)
  const bytes = new Uint8Array(body.length + name.length)
  bytes.set(body)
  bytes.set(name, body.length)
  return bytes
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  // No base64 text is one character longer than a multiple of four, and `atob` throws at it.
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}
