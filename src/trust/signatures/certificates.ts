/**
 * Checks the certificate chain of a notation signature against trust stores. The rules are those of the Notary Project's
 * signature specification, section "Certificate Requirements": only basic constraints, key usage and extended key usage
 * are looked at, and the order of the chain is given, so nothing is searched for.
 */
import type { X509Certificate } from '@peculiar/x509'
import { largestCertificateBytes, mostCertificatesOfSignature, mostTrustedCertificates } from '../../limits.ts'
import type { Bytes } from './reading.ts'
import { refusing, SignatureRefused, type RefusalReason, type TrustStore } from './types.ts'
import type { X509 } from '../x509.ts'

/** By JOSE's names. The Notary Project: the key of the certificate decides. */
export type SignatureAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512'

/** The certificate that signed. */
export interface Leaf {
  readonly subject: string
  readonly spki: Bytes
  readonly algorithm: SignatureAlgorithm
}

export type Chain = readonly [X509Certificate, ...X509Certificate[]]

/** Reads a chain of certificates, the signer's first. */
export async function readChain(x509: X509, certificates: readonly Uint8Array[]): Promise<Chain> {
  if (certificates.length > mostCertificatesOfSignature) {
    const sentence = `the signature has more than ${mostCertificatesOfSignature} certificates: sign with a shorter chain`
    throw new SignatureRefused('too-many', sentence)
  }
  const [leaf, ...issuers] = await Promise.all(
    certificates.map((one) => readCertificate(x509, one, 'malformed', 'a certificate')),
  )
  if (leaf === undefined) throw new SignatureRefused('malformed', 'the signature has no certificate: sign again')
  return [leaf, ...issuers]
}

async function readCertificate(
  x509: X509,
  der: Uint8Array,
  reason: RefusalReason,
  what: string,
): Promise<X509Certificate> {
  if (der.length > largestCertificateBytes) {
    throw new SignatureRefused('too-large', `${what} has more than ${largestCertificateBytes} bytes: use a smaller one`)
  }
  return refusing(reason, `${what} cannot be read: replace it`, () => {
    const certificate = new x509.X509Certificate(Uint8Array.from(der))
    // Getters read further parts; what is broken in them is found here.
    void [certificate.subject, certificate.issuer, certificate.notAfter, certificate.publicKey.algorithm]
    return certificate
  })
}

/**
 * Checks that the chain fits together and may sign at the given times.
 *
 * @param times in milliseconds since 1970
 */
export async function checkChain(x509: X509, chain: Chain, times: readonly number[]): Promise<Leaf> {
  const [leaf, ...issuers] = chain
  const checked = leafOf(x509, leaf)
  for (const [index, issuer] of issuers.entries()) checkIssuer(x509, issuer, index)
  for (const [index, certificate] of chain.entries()) {
    await checkIssued(certificate, chain[index + 1])
    for (const time of times) refuseOutside(certificate, time)
  }
  return checked
}

function leafOf(x509: X509, leaf: X509Certificate): Leaf {
  const constraints = leaf.getExtension(x509.BasicConstraintsExtension)
  if (constraints?.ca === true) throw unfit(leaf, 'is that of an authority: sign with a leaf certificate')
  checkKeyUsage(x509, leaf)
  checkExtendedKeyUsage(x509, leaf)
  return { subject: leaf.subject, spki: new Uint8Array(leaf.publicKey.rawData), algorithm: algorithmOf(leaf) }
}

/** Refuses a leaf that may do anything but sign. */
function checkKeyUsage({ KeyUsagesExtension, KeyUsageFlags: flags }: X509, leaf: X509Certificate): void {
  const usage = leaf.getExtension(KeyUsagesExtension)
  if (!usage?.critical) throw unfit(leaf, 'has no critical key usage: issue one with digitalSignature')
  const allowed = flags.digitalSignature | flags.nonRepudiation
  if ((usage.usages & flags.digitalSignature) === 0 || (usage.usages & ~allowed) !== 0) {
    throw unfit(leaf, 'has another key usage: issue one with digitalSignature alone')
  }
}

/** Refuses an extended key usage without code signing, or by which a server or a mail could be taken for a signer. */
function checkExtendedKeyUsage({ ExtendedKeyUsageExtension, ExtendedKeyUsage }: X509, leaf: X509Certificate): void {
  const usages = leaf.getExtension(ExtendedKeyUsageExtension)?.usages.map(String)
  if (usages === undefined) return
  const { codeSigning, serverAuth, clientAuth, emailProtection, timeStamping, ocspSigning } = ExtendedKeyUsage
  const foreign = new Set<string>([anyUsage, serverAuth, clientAuth, emailProtection, timeStamping, ocspSigning])
  if (!usages.includes(codeSigning) || usages.some((usage) => foreign.has(usage))) {
    throw unfit(leaf, 'is not for code signing alone: issue one with that extended key usage')
  }
}

const anyUsage = '2.5.29.37.0'

const algorithmsOfCurves: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
])
const algorithmsOfSizes: ReadonlyMap<number, SignatureAlgorithm> = new Map([
  [2048, 'PS256'],
  [3072, 'PS384'],
  [4096, 'PS512'],
])

/** Of an elliptic curve, or of RSA. */
interface KeyParameters {
  readonly namedCurve?: string
  readonly modulusLength?: number
}

/** Chooses the algorithm by the key. Keys that are too small have none. */
function algorithmOf(leaf: X509Certificate): SignatureAlgorithm {
  const { namedCurve, modulusLength }: KeyParameters = leaf.publicKey.algorithm
  const algorithm = algorithmsOfCurves.get(namedCurve ?? '') ?? algorithmsOfSizes.get(modulusLength ?? 0)
  if (algorithm === undefined) {
    throw unfit(leaf, 'has a key that may not sign: use RSA of 2048, 3072 or 4096 bits, or P-256')
  }
  return algorithm
}

/**
 * Refuses a certificate that may not issue others.
 *
 * @param below how many authorities are between it and the leaf
 */
function checkIssuer(x509: X509, issuer: X509Certificate, below: number): void {
  const constraints = issuer.getExtension(x509.BasicConstraintsExtension)
  if (!constraints?.critical || !constraints.ca) throw broken(issuer, 'is not that of an authority')
  if ((constraints.pathLength ?? below) < below) throw broken(issuer, 'allows no chain of this length')
  const usage = issuer.getExtension(x509.KeyUsagesExtension)
  if (!usage?.critical || (usage.usages & x509.KeyUsageFlags.keyCertSign) === 0) {
    throw broken(issuer, 'may not issue certificates')
  }
}

/**
 * Refuses a certificate that the next of the chain has not issued.
 *
 * @param issuer undefined for the last of a chain, which is a root or is issued by a trusted certificate
 */
async function checkIssued(certificate: X509Certificate, issuer: X509Certificate | undefined): Promise<void> {
  if (!strongHashes.has(certificate.signatureAlgorithm.hash.name)) {
    throw broken(certificate, 'is signed with a weak hash')
  }
  if (issuer && !(await isIssuedBy(certificate, issuer))) {
    throw broken(certificate, `is not issued by ${issuer.subject}`)
  }
}

const strongHashes = new Set(['SHA-256', 'SHA-384', 'SHA-512'])

const isIssuedBy = async (certificate: X509Certificate, issuer: X509Certificate): Promise<boolean> =>
  certificate.issuer === issuer.subject &&
  (await certificate.verify({ publicKey: issuer.publicKey, signatureOnly: true }))

function refuseOutside({ subject, notBefore, notAfter }: X509Certificate, time: number): void {
  if (notBefore.getTime() <= time && time <= notAfter.getTime()) return
  const sentence = `the certificate of ${subject} is not valid at ${new Date(time).toISOString()}: renew it and sign again`
  throw new SignatureRefused('certificate-expired', sentence)
}

const unfit = ({ subject }: X509Certificate, why: string): SignatureRefused =>
  new SignatureRefused('certificate-unfit', `the certificate of ${subject} ${why}`)

const broken = ({ subject }: X509Certificate, why: string): SignatureRefused =>
  new SignatureRefused(
    'chain-invalid',
    `the certificate of ${subject} ${why}: sign with the whole chain, the signer first`,
  )

/**
 * Finds the store in which a chain that was checked ends: one of its certificates is trusted, or its last is issued by one
 * that is.
 */
export async function trustingStore(
  x509: X509,
  chain: Chain,
  stores: readonly TrustStore[],
  times: readonly number[],
): Promise<TrustStore | undefined> {
  if (stores.flatMap(({ certificates }) => certificates).length > mostTrustedCertificates) {
    const sentence = `the trust stores have more than ${mostTrustedCertificates} certificates: remove some`
    throw new SignatureRefused('too-many', sentence)
  }
  for (const store of stores) {
    const anchors = await Promise.all(
      store.certificates.map((one) => readCertificate(x509, one, 'root-unusable', 'a trusted certificate')),
    )
    if (await isAnchored(x509, chain, anchors, times)) return store
  }
  return undefined
}

async function isAnchored(
  x509: X509,
  chain: Chain,
  anchors: readonly X509Certificate[],
  times: readonly number[],
): Promise<boolean> {
  if (anchors.some((anchor) => chain.some((one) => anchor.equal(one)))) return true
  const last = chain[chain.length - 1] ?? chain[0]
  for (const anchor of anchors) {
    if (!(await isIssuedBy(last, anchor))) continue
    checkIssuer(x509, anchor, chain.length - 1)
    for (const time of times) refuseOutside(anchor, time)
    return true
  }
  return false
}
