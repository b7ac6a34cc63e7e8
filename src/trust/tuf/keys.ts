/** Public keys as documents carry them: their IDs, their fingerprints, and what they verify. */
import { toHex } from '../../util/hex.ts'
import { toBase64 } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { readCertificates } from './certificates.ts'

export interface PublicKey {
  /** One of `families`, or a type that this registry does not know, which verifies nothing. */
  readonly type: string
  /** DER (SubjectPublicKeyInfo) for `ecdsa` and `rsa`, 32 raw bytes for `ed25519`, PEM for certificates, leaf first. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface Signature {
  readonly keyId: string
  readonly method: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

type Family = 'ecdsa' | 'ed25519' | 'rsa'

const families: ReadonlyMap<string, Family> = new Map([
  ['ecdsa', 'ecdsa'],
  ['ecdsa-x509', 'ecdsa'],
  ['ed25519', 'ed25519'],
  ['rsa', 'rsa'],
  ['rsa-x509', 'rsa'],
])

/** The methods of signatures, and the keys that make them. PyCrypto's, of which Go knows the name, no client makes. */
const methods: ReadonlyMap<string, Family> = new Map([
  ['ecdsa', 'ecdsa'],
  ['eddsa', 'ed25519'],
  ['rsapss', 'rsa'],
  ['rsapkcs1v15', 'rsa'],
])

/** How the registry signs with a key of its own. */
export const signingMethods: ReadonlyMap<string, string> = new Map([
  ['ecdsa', 'ecdsa'],
  ['ed25519', 'eddsa'],
])

export const isCertificate = ({ type }: PublicKey): boolean => type.endsWith('-x509')

/** Returns Notary's key ID: the SHA-256 of the key as it stands in a document, which has certificates as PEM. */
export async function keyIdOf(key: PublicKey): Promise<string> {
  const written = canonicalJson({ keytype: key.type, keyval: { private: null, public: toBase64(key.bytes) } })
  return sha256Hex(new TextEncoder().encode(written))
}

/** Returns the SHA-256 of the DER SubjectPublicKeyInfo: one for a key, whether it comes bare or in a certificate. */
export async function fingerprintOf(key: PublicKey): Promise<string | undefined> {
  const spki = await spkiOf(key)
  return spki === undefined ? undefined : sha256Hex(spki)
}

/** Tells whether the key has made the signature. Whatever is malformed has not. */
export async function hasSigned(key: PublicKey, signature: Signature, message: BufferSource): Promise<boolean> {
  const family = families.get(key.type)
  if (family === undefined || family !== methods.get(signature.method)) return false
  const imported = await importKey(key, family, signature.method)
  if (imported === undefined || signature.bytes.length !== imported.signatureBytes) return false
  return crypto.subtle.verify(imported.parameters, imported.key, signature.bytes, message)
}

export const sha256Hex = async (bytes: BufferSource): Promise<string> =>
  toHex(await crypto.subtle.digest('SHA-256', bytes))

interface ImportedKey {
  readonly key: CryptoKey
  readonly parameters: SubtleCryptoSignAlgorithm
  readonly signatureBytes: number
}

/** RFC 8410 section 4: what stands before the 32 bytes of an Ed25519 key. */
const ed25519Prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
const ed25519KeyBytes = 32
const ed25519SignatureBytes = 64
const shortestRsaBits = 2048

/** RFC 5480: a SubjectPublicKeyInfo with an uncompressed point, the only form Go reads, has one length a curve. */
const curves: ReadonlyMap<number, { readonly name: string; readonly signatureBytes: number }> = new Map([
  [91, { name: 'P-256', signatureBytes: 64 }],
  [120, { name: 'P-384', signatureBytes: 96 }],
  [158, { name: 'P-521', signatureBytes: 132 }],
])

async function spkiOf(key: PublicKey): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (isCertificate(key)) return (await readCertificates(key.bytes))?.[0]?.spki
  if (key.type !== 'ed25519') return families.has(key.type) ? key.bytes : undefined
  return key.bytes.length === ed25519KeyBytes ? Uint8Array.from([...ed25519Prefix, ...key.bytes]) : undefined
}

async function importKey(key: PublicKey, family: Family, method: string): Promise<ImportedKey | undefined> {
  const spki = await spkiOf(key)
  if (spki === undefined) return undefined
  try {
    switch (family) {
      case 'ecdsa':
        return await importEcdsa(spki)
      case 'ed25519':
        return await importEd25519(spki)
      case 'rsa':
        return await importRsa(spki, method)
    }
  } catch {
    // WebCrypto takes no such key.
    return undefined
  }
}

/** Imports a key of any curve with SHA-256, which Notary uses on all of them. */
async function importEcdsa(spki: BufferSource): Promise<ImportedKey | undefined> {
  const curve = curves.get(spki.byteLength)
  if (curve === undefined) return undefined
  const key = await crypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: curve.name }, false, ['verify'])
  return { key, parameters: { name: 'ECDSA', hash: 'SHA-256' }, signatureBytes: curve.signatureBytes }
}

async function importEd25519(spki: BufferSource): Promise<ImportedKey> {
  const key = await crypto.subtle.importKey('spki', spki, { name: 'Ed25519' }, false, ['verify'])
  return { key, parameters: { name: 'Ed25519' }, signatureBytes: ed25519SignatureBytes }
}

async function importRsa(spki: BufferSource, method: string): Promise<ImportedKey | undefined> {
  const name = method === 'rsapss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  const key = await crypto.subtle.importKey('spki', spki, { name, hash: 'SHA-256' }, false, ['verify'])
  const bits = 'modulusLength' in key.algorithm ? key.algorithm.modulusLength : 0
  if (bits < shortestRsaBits) return undefined
  return { key, parameters: { name, saltLength: 32 }, signatureBytes: Math.ceil(bits / 8) }
}
