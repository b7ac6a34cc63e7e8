/** Reads public keys that users register, and names them by their fingerprints. */
import { fromBase64 } from '../tuf/base64.ts'
import { readCertificates } from '../tuf/certificates.ts'
import { sha256Hex } from '../tuf/keys.ts'
import type { WhyNoKey } from './failures.ts'

const pemOfKey = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/
/** RFC 1421 section 4.4: `docker trust key generate` writes whose key it is into the file. */
const headerOfPem = /^[A-Za-z][A-Za-z-]*: .*$/gm
const shortestRsaBits = 2048

/**
 * Reads a key in PEM: a SubjectPublicKeyInfo, or a certificate, whose names and times do not matter here.
 *
 * @returns the SHA-256 of the DER SubjectPublicKeyInfo in hexadecimal digits, by which signatures name the key
 */
export async function fingerprintOfPem(pem: string): Promise<{ readonly fingerprint: string } | WhyNoKey> {
  if (pem.includes('PRIVATE KEY-----')) return { kind: 'private' }
  const spki = await spkiOfPem(pem)
  if (spki === undefined) return { kind: 'unreadable' }
  return (await isSupported(spki)) ? { fingerprint: await sha256Hex(spki) } : { kind: 'unsupported' }
}

/** Reads the SubjectPublicKeyInfo of a key in PEM; undefined for any other text. */
export async function spkiOfPem(pem: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const [, body] = pemOfKey.exec(pem.replaceAll(headerOfPem, '')) ?? []
  if (body !== undefined) return fromBase64(body.replaceAll(/\s/g, ''))
  const [leaf] = (await readCertificates(new TextEncoder().encode(pem))) ?? []
  return leaf?.spki
}

/** RFC 5480 and RFC 8410: a SubjectPublicKeyInfo on a curve, with an uncompressed point, has one length. */
const p256Bytes = 91
const ed25519Bytes = 44

async function isSupported(spki: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const key =
    (await imported(spki, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' })) ??
    (spki.length === p256Bytes ? await imported(spki, { name: 'ECDSA', namedCurve: 'P-256' }) : undefined) ??
    (spki.length === ed25519Bytes ? await imported(spki, { name: 'Ed25519' }) : undefined)
  if (key === undefined) return false
  if ('modulusLength' in key.algorithm && key.algorithm.modulusLength < shortestRsaBits) return false
  // Another spelling of the key would have another fingerprint, and no signature would be found by it.
  const exported = await crypto.subtle.exportKey('spki', key)
  return exported instanceof ArrayBuffer && isSame(spki, new Uint8Array(exported))
}

async function imported(
  spki: Uint8Array<ArrayBuffer>,
  algorithm: SubtleCryptoImportKeyAlgorithm,
): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify'])
  } catch {
    // A key of another kind, or none.
    return undefined
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
