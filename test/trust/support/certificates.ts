/** Certificate authorities and certificates, made for a test with real keys. */
// oxlint-disable-next-line import/no-unassigned-import -- the library below expects it to be there
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { trustedKey } from '../../../src/trust/signatures/keys.ts'
import type { TrustedKey } from '../../../src/trust/signatures/types.ts'

// Tests take the library from here, as it wants the import above before it.
export { x509 }

export const day = 86_400_000

/** When the tests sign. */
export const signingTime = Date.UTC(2026, 9, 1)

export interface Certified {
  readonly certificate: x509.X509Certificate
  readonly keys: CryptoKeyPair
  readonly der: Uint8Array<ArrayBuffer>
  readonly trusted: TrustedKey
}

export interface Wishes {
  readonly algorithm?: KeyAlgorithm
  readonly name?: string
  readonly issuer?: Certified
  readonly notBefore?: number
  readonly notAfter?: number
  readonly extensions?: x509.Extension[]
}

export type KeyAlgorithm =
  | { readonly name: 'ECDSA'; readonly namedCurve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly modulusLength: number; readonly hash: 'SHA-256' | 'SHA-1' }

const publicExponent = Uint8Array.from([1, 0, 1])
const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags

/** Makes a certificate, of a leaf for code signing unless the extensions say otherwise. */
export async function aCertificate(wishes: Wishes = {}): Promise<Certified> {
  const { algorithm = { name: 'ECDSA', namedCurve: 'P-256' }, name = 'CN=signer,O=acme', issuer } = wishes
  const generated = 'modulusLength' in algorithm ? { ...algorithm, publicExponent } : algorithm
  const keys = (await crypto.subtle.generateKey(generated, true, ['sign', 'verify'])) as CryptoKeyPair
  const issuing = issuer?.keys ?? keys
  const hash = 'hash' in algorithm ? algorithm.hash : 'SHA-256'
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: crypto.randomUUID().replaceAll('-', '').replace(/^./, '1'),
    subject: name,
    issuer: issuer?.certificate.subject ?? name,
    notBefore: new Date(wishes.notBefore ?? signingTime - 30 * day),
    notAfter: new Date(wishes.notAfter ?? signingTime + 365 * day),
    publicKey: keys.publicKey,
    signingKey: issuing.privateKey,
    signingAlgorithm: { ...issuing.privateKey.algorithm, hash },
    extensions: wishes.extensions ?? leafExtensions(),
  })
  const spki = (await crypto.subtle.exportKey('spki', keys.publicKey)) as ArrayBuffer
  return {
    certificate,
    keys,
    der: new Uint8Array(certificate.rawData),
    trusted: await trustedKey(new Uint8Array(spki)),
  }
}

export const leafExtensions = (usages: string[] = [x509.ExtendedKeyUsage.codeSigning]): x509.Extension[] => [
  new x509.BasicConstraintsExtension(false, undefined, true),
  new x509.KeyUsagesExtension(digitalSignature, true),
  ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages)] : []),
]

export const authorityExtensions = (pathLength?: number): x509.Extension[] => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
]

export const anAuthority = (wishes: Wishes = {}): Promise<Certified> =>
  aCertificate({ name: 'CN=authority,O=acme', extensions: authorityExtensions(), ...wishes })
