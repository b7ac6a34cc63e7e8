/** Keys as clients of Notary make them, and signatures by them. */
// oxlint-disable-next-line import/no-unassigned-import -- the library looks for it when it is loaded
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { keyIdOf, type PublicKey } from '../../../src/trust/tuf/keys.ts'

export interface TestKey {
  readonly id: string
  readonly publicKey: PublicKey
  readonly method: string
  readonly pair: CryptoKeyPair
  readonly sign: (message: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>
}

type BareType = 'ecdsa' | 'ed25519' | 'rsa'

const algorithms = {
  ecdsa: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ed25519: { name: 'Ed25519' },
  rsa: {
    name: 'RSA-PSS',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    saltLength: 32,
  },
} as const

const methods = { ecdsa: 'ecdsa', ed25519: 'eddsa', rsa: 'rsapss' } as const

export interface KeyOptions {
  readonly curve?: 'P-256' | 'P-384' | 'P-521'
  readonly modulusLength?: number
  readonly method?: 'rsapss' | 'rsapkcs1v15'
}

/** A key that stands bare in documents, like those of targets and of the server. */
export async function aKey(type: BareType = 'ecdsa', options: KeyOptions = {}): Promise<TestKey> {
  const pair = await generate(type, options)
  const format = type === 'ed25519' ? 'raw' : 'spki'
  const bytes = new Uint8Array((await crypto.subtle.exportKey(format, pair.publicKey)) as ArrayBuffer)
  return testKey({ type, bytes }, type, pair, options)
}

export interface CertificateOptions extends KeyOptions {
  readonly type?: 'ecdsa' | 'rsa'
  readonly notBefore?: number
  readonly notAfter?: number
  readonly isAuthority?: boolean
  readonly hash?: 'SHA-1' | 'SHA-256'
  /** PEM that follows the leaf. */
  readonly intermediates?: string
  /** What becomes of the PEM text. */
  readonly rewrite?: (pem: string) => string
  /** The subject, where the common name is not all. */
  readonly subject?: string
  /** A pair that is there already. */
  readonly pair?: CryptoKeyPair
}

/** A key in a certificate that signs itself, like those of root, and of signers with a certificate. */
export async function aCertifiedKey(commonName: string, options: CertificateOptions = {}): Promise<TestKey> {
  const { type = 'ecdsa', rewrite = (pem) => pem, intermediates = '' } = options
  const pair = options.pair ?? (await generate(type, options))
  const pem = await aCertificate(commonName, { ...options, pair })
  const bytes = Uint8Array.from(new TextEncoder().encode(rewrite(pem + intermediates)))
  return testKey({ type: `${type}-x509`, bytes }, type, pair, options)
}

/** Before the fixed days on which some tests look at certificates, whatever today is. */
const longAgo = Date.UTC(2026, 0, 1)

/** A certificate in PEM, as Go writes it. */
export async function aCertificate(commonName: string, options: CertificateOptions = {}): Promise<string> {
  const { type = 'ecdsa', notBefore = longAgo, notAfter = Date.now() + 10 * 365 * 86_400_000 } = options
  const pair = options.pair ?? (await generate(type, options))
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: options.subject ?? [{ CN: [commonName] }],
    keys: await signsCertificates(pair, type, options.hash ?? 'SHA-256'),
    signingAlgorithm: { name: type === 'rsa' ? 'RSASSA-PKCS1-v1_5' : 'ECDSA', hash: options.hash ?? 'SHA-256' },
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    serialNumber: '01',
    extensions: [
      new x509.BasicConstraintsExtension(options.isAuthority ?? false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
    ],
  })
  const lines = btoa(String.fromCharCode(...new Uint8Array(certificate.rawData))).match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** WebCrypto binds RSA keys to a scheme and a hash: a certificate is signed with a copy that is bound to its own. */
async function signsCertificates(pair: CryptoKeyPair, type: BareType, hash: string): Promise<CryptoKeyPair> {
  if (type !== 'rsa') return pair
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash }
  const pkcs8 = (await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer
  const spki = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  }
}

async function generate(type: BareType, { curve, modulusLength, method }: KeyOptions): Promise<CryptoKeyPair> {
  const algorithm = {
    ...algorithms[type],
    ...(curve !== undefined && { namedCurve: curve }),
    ...(modulusLength !== undefined && { modulusLength }),
    ...(method === 'rsapkcs1v15' && { name: 'RSASSA-PKCS1-v1_5' }),
  }
  return (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
}

async function testKey(
  publicKey: PublicKey,
  type: BareType,
  pair: CryptoKeyPair,
  { method = methods[type] }: { readonly method?: string },
): Promise<TestKey> {
  const parameters = { ...algorithms[type], name: pair.privateKey.algorithm.name }
  return {
    id: await keyIdOf(publicKey),
    publicKey,
    method,
    pair,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign(parameters, pair.privateKey, message)),
  }
}
