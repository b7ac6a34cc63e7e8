/** X.509 certificates that stand for keys: reads them from PEM, and says which of them may hold the root of a collection. */
import { largestTrustKeyBytes, mostCertificatesOfKey } from '../../limits.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { loadX509 } from '../x509.ts'

export interface Certificate {
  readonly der: Uint8Array<ArrayBuffer>
  /** SubjectPublicKeyInfo */
  readonly spki: Uint8Array<ArrayBuffer>
  readonly commonName: string
  /** In milliseconds since 1970, as `notAfter`. */
  readonly notBefore: number
  readonly notAfter: number
  readonly isAuthority: boolean
  readonly isSignedWithSha1: boolean
  readonly algorithm: 'ecdsa' | 'rsa' | undefined
  /** Undefined for keys that are not RSA. */
  readonly rsaBits: number | undefined
}

const dayMilliseconds = 86_400_000
const shortestRsaBits = 2048
const dsaWithSha1 = '1.2.840.10040.4.3'

/** Returns the certificates of a bundle, or undefined when one cannot be read, or something else is among them. */
export async function readCertificates(pem: Uint8Array): Promise<readonly Certificate[] | undefined> {
  const blocks = readPem(pem)
  if (blocks === undefined) return undefined
  const { X509Certificate, BasicConstraintsExtension } = await loadX509()
  const certificates: Certificate[] = []
  for (const der of blocks) {
    try {
      const certificate = new X509Certificate(der)
      const { publicKey } = certificate
      const signature: { readonly name?: string; readonly hash?: { readonly name?: string } } =
        certificate.signatureAlgorithm
      const isRsa = publicKey.algorithm.name === 'RSASSA-PKCS1-v1_5'
      const isEcdsa = publicKey.algorithm.name === 'ECDSA'
      certificates.push({
        der,
        spki: new Uint8Array(publicKey.rawData),
        // Go takes the last, of several.
        commonName: certificate.subjectName.getField('CN').pop() ?? '',
        notBefore: certificate.notBefore.getTime(),
        notAfter: certificate.notAfter.getTime(),
        isAuthority: certificate.getExtension(BasicConstraintsExtension)?.ca === true,
        isSignedWithSha1: signature.hash?.name === 'SHA-1' || signature.name === dsaWithSha1,
        algorithm: isRsa ? 'rsa' : isEcdsa ? 'ecdsa' : undefined,
        rsaBits:
          isRsa && 'modulusLength' in publicKey.algorithm ? Number(publicKey.algorithm.modulusLength) : undefined,
      })
    } catch {
      return undefined
    }
  }
  return certificates
}

/**
 * Tells what is wrong with a certificate, in the words of the Go server.
 *
 * @param now in milliseconds since 1970; undefined where a certificate may have expired
 */
export function flawOf(certificate: Certificate, now: number | undefined): string | undefined {
  const { commonName, notBefore, notAfter, isSignedWithSha1, rsaBits } = certificate
  // Also for times that cannot be read.
  if (!(notBefore <= notAfter)) return 'certificate validity window is invalid'
  if (isSignedWithSha1) return `certificate with CN ${commonName} uses invalid SHA1 signature algorithm`
  if (rsaBits !== undefined && rsaBits < shortestRsaBits) return 'RSA bit length is too short'
  if (now === undefined) return undefined
  const isCurrent = now <= notAfter && now + dayMilliseconds >= notBefore
  return isCurrent ? undefined : `certificate with CN ${commonName} is expired`
}

/**
 * Returns the key that a bundle of the root role stands for, written again without the intermediates that are not
 * valid: so its ID is that of the document only if the bundle was in the common form and all of it is valid.
 */
export async function readRootKey(
  pem: Uint8Array,
  gun: string,
  now: number | undefined,
): Promise<{ readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined> {
  const [leaf, ...rest] = (await readCertificates(pem)) ?? []
  if (leaf === undefined || leaf.isAuthority || rest.some((other) => !other.isAuthority)) return undefined
  if (leaf.algorithm === undefined || !namesGun(leaf.commonName, gun)) return undefined
  if (flawOf(leaf, now) !== undefined) return undefined
  // Go drops intermediates of a new root alone.
  const intermediates = now === undefined ? rest : rest.filter((one) => flawOf(one, now) === undefined)
  return { type: `${leaf.algorithm}-x509`, bytes: writePem([leaf, ...intermediates]) }
}

/** Compares a common name, which is a GUN or the beginning of GUNs before a star, like `registry.example.com/acme/*`. */
const namesGun = (commonName: string, gun: string): boolean =>
  commonName.endsWith('*') ? gun.startsWith(commonName.replace(/\*+$/, '')) : commonName === gun

/** Writes PEM (RFC 7468) as Go does, in lines of 64 characters. */
function writePem(certificates: readonly Certificate[]): Uint8Array<ArrayBuffer> {
  const blocks = certificates.map(({ der }) => {
    const lines = toBase64(der).match(/.{1,64}/g) ?? []
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  })
  return Uint8Array.from(new TextEncoder().encode(blocks.join('')))
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g

/** Returns the DER of each certificate, or undefined when there is none, too many, or another kind of block. */
function readPem(pem: Uint8Array): readonly Uint8Array<ArrayBuffer>[] | undefined {
  if (pem.length > largestTrustKeyBytes) return undefined
  const blocks: Uint8Array<ArrayBuffer>[] = []
  for (const [, label, body = ''] of new TextDecoder().decode(pem).matchAll(pemBlock)) {
    const der = label === 'CERTIFICATE' ? fromBase64(body.replaceAll(/\s/g, '')) : undefined
    if (der === undefined || !isOneSequence(der) || blocks.length === mostCertificatesOfKey) return undefined
    blocks.push(der)
  }
  return blocks.length === 0 ? undefined : blocks
}

/** Tells whether DER is one SEQUENCE with nothing behind it: the library ignores what follows, and Go refuses it. */
function isOneSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der
  if (tag !== 0x30) return false
  if (first < 0x80) return der.length === 2 + first
  const lengthBytes = first - 0x80
  const length = der.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  return lengthBytes > 0 && der.length === 2 + lengthBytes + length
}
