/**
 * Verifies sigstore bundles with the sigstore libraries, in the runtime of Workers. They are imported at the point of use,
 * as the start of a Worker has no time for them.
 */
import type { Bundle } from '@sigstore/bundle'
import type { SignedEntity, TrustMaterial } from '@sigstore/verify'
import type { KeyObject } from 'node:crypto'
import { largestCertificateBytes, largestTimestampBytes, mostProofsOfSignature } from '../../limits.ts'
import { fingerprintOf } from './keys.ts'
import type { Bytes } from './reading.ts'
import { refusing, SignatureRefused, type TrustedKey } from './types.ts'
import { lazily } from '../../util/lazy.ts'

export type Sigstore = Awaited<ReturnType<typeof loadSigstore>>

/** A bundle within the bounds, and the bytes that a message signature in it is of. */
export interface Signed {
  readonly bundle: Bundle
  readonly message: Bytes
}

export interface KeylessSigner {
  readonly fingerprint: string
  readonly issuer: string
  readonly subject: string
  /** In milliseconds since 1970. */
  readonly signedAt: number
}

export const loadSigstore = lazily(async () => {
  const [{ Buffer }, { default: nodeCrypto }, core, { bundleFromJSON }, { TrustedRoot }, verify] = await Promise.all([
    import('node:buffer'),
    import('node:crypto'),
    import('@sigstore/core'),
    import('@sigstore/bundle'),
    import('@sigstore/protobuf-specs'),
    import('@sigstore/verify'),
  ])
  return { Buffer, nodeCrypto, core, bundleFromJSON, TrustedRoot, ...verify }
})

/**
 * Runs checks of the libraries so that each names the digest of its signature. They leave it out for logs and DSSE envelopes,
 * where OpenSSL takes the default of the key; BoringSSL, on which Workers run, has none and finds every such signature
 * invalid. For messages they always name it, which Ed25519 does not bear. Nothing else runs in between, so that nothing else
 * sees the changed function.
 */
function namingDigests<Result>({ nodeCrypto }: Sigstore, check: () => Result): Result {
  const { verify } = nodeCrypto
  const verifyNamed = (digest: string | undefined, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean =>
    verify(key.asymmetricKeyType === 'ed25519' ? undefined : (digest ?? 'sha256'), data, key, signature)
  Object.assign(nodeCrypto, { verify: verifyNamed })
  try {
    return check()
  } finally {
    Object.assign(nodeCrypto, { verify })
  }
}

/** Reads a bundle, and refuses one of which the libraries would do much work. */
export async function readBundle({ bundleFromJSON }: Sigstore, json: unknown): Promise<Bundle> {
  const bundle = await refusing('malformed', 'the bundle is not one of sigstore: sign again', () =>
    bundleFromJSON(json),
  )
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial
  const timestamps = timestampVerificationData?.rfc3161Timestamps ?? []
  if (tlogEntries.length + timestamps.length > mostProofsOfSignature) {
    throw new SignatureRefused('too-many', `the bundle has more than ${mostProofsOfSignature} proofs: sign again`)
  }
  refuseLarger(
    timestamps.map(({ signedTimestamp }) => signedTimestamp),
    largestTimestampBytes,
    'a time stamp',
  )
  refuseLarger(certificatesIn(bundle), largestCertificateBytes, 'a certificate')
  return bundle
}

function refuseLarger(parts: readonly Uint8Array[], largestBytes: number, what: string): void {
  if (parts.every(({ length }) => length <= largestBytes)) return
  throw new SignatureRefused('too-large', `${what} has more than ${largestBytes} bytes: sign with a smaller one`)
}

/** Lists the certificates of a bundle. That of the signer, if there is one, is the first. */
export function certificatesIn({ verificationMaterial: { content } }: Bundle): readonly Uint8Array[] {
  switch (content.$case) {
    case 'publicKey':
      return []
    case 'certificate':
      return [content.certificate.rawBytes]
    case 'x509CertificateChain':
      return content.x509CertificateChain.certificates.map(({ rawBytes }) => rawBytes)
  }
}

/** Says whether a key made the signature. Neither logs nor time stamps are asked. */
export function isSignedWith(sigstore: Sigstore, { bundle, message }: Signed, key: TrustedKey): boolean {
  const content = { $case: 'publicKey', publicKey: { hint: '' } } as const
  const bare = { ...bundle, verificationMaterial: { content, tlogEntries: [], timestampVerificationData: undefined } }
  const entity = sigstore.toSignedEntity(bare, sigstore.Buffer.from(message))
  return namingDigests(sigstore, () => entity.signature.verifySignature(publicKeyOf(sigstore, key)))
}

const publicKeyOf = ({ Buffer, core }: Sigstore, { spki }: TrustedKey) => core.crypto.createPublicKey(Buffer.from(spki))

/** Reads what sigstore calls a trusted root: authorities, logs, and when each was to be trusted. */
export function readTrustedRoot(
  { TrustedRoot, toTrustMaterial }: Sigstore,
  root: unknown,
): TrustMaterial | SignatureRefused {
  const sentence = 'the trusted root cannot be read: give the registry a trusted_root.json of sigstore'
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(root))
    return material.certificateAuthorities.length > 0 ? material : new SignatureRefused('root-unusable', sentence)
  } catch (cause) {
    return new SignatureRefused('root-unusable', sentence, { cause })
  }
}

/** Verifies what a key signed with the proofs beside it. @returns when it was signed, or undefined if they do not say */
export function provenTime(
  sigstore: Sigstore,
  { bundle, message }: Signed,
  key: TrustedKey,
  root: TrustMaterial,
): number | undefined {
  const content = { $case: 'publicKey', publicKey: { hint: '' } } as const
  const material = { ...root, publicKey: () => ({ publicKey: publicKeyOf(sigstore, key), validFor: () => true }) }
  const ofKey = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, content } }
  try {
    const entity = sigstore.toSignedEntity(ofKey, sigstore.Buffer.from(message))
    const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 }
    namingDigests(sigstore, () => new sigstore.Verifier(material, thresholds).verify(entity))
    return earliestTime(entity)
  } catch {
    // The key vouches for the signature. What is said about its time in a way that does not hold counts as not said.
    return undefined
  }
}

/** Verifies a keyless signature: certificate, transparency logs as the root has them, and a proof of the time. */
export async function keylessSigner(
  sigstore: Sigstore,
  { bundle, message }: Signed,
  root: TrustMaterial,
): Promise<KeylessSigner> {
  const thresholds = {
    tlogThreshold: Math.min(1, root.tlogs.length),
    ctlogThreshold: Math.min(1, root.ctlogs.length),
    timestampThreshold: 1,
  }
  const [entity, signer] = await refusing('proof-invalid', 'the keyless signature does not verify: sign again', () => {
    const read = sigstore.toSignedEntity(bundle, sigstore.Buffer.from(message))
    return [read, namingDigests(sigstore, () => new sigstore.Verifier(root, thresholds).verify(read))] as const
  })
  const { extensions, subjectAlternativeName: subject } = signer.identity ?? {}
  const signedAt = earliestTime(entity)
  if (extensions?.issuer === undefined || subject === undefined || signedAt === undefined) {
    throw new SignatureRefused('proof-invalid', 'the certificate names no issuer and subject: sign with an identity')
  }
  return { fingerprint: await fingerprintOf(spkiOf(entity)), issuer: extensions.issuer, subject, signedAt }
}

const spkiOf = ({ key }: SignedEntity): Bytes =>
  Uint8Array.from(key.$case === 'certificate' ? key.certificate.publicKey : [])

/** Finds the first time in an entity that was verified. A log promises a time only with an inclusion promise. */
function earliestTime({ timestamps }: SignedEntity): number | undefined {
  const times = timestamps.flatMap((one) => {
    if (one.$case === 'timestamp-authority') return [one.timestamp.signingTime.getTime()]
    return one.tlogEntry.inclusionPromise ? [Number(one.tlogEntry.integratedTime) * 1000] : []
  })
  return times.length > 0 ? Math.min(...times) : undefined
}

/** Reads the key of a signer's certificate, in DER. */
export async function keyInCertificate({ Buffer, core }: Sigstore, certificate: Uint8Array): Promise<Bytes> {
  return refusing('malformed', 'the certificate cannot be read: sign again', () =>
    Uint8Array.from(core.X509Certificate.parse(Buffer.from(certificate)).publicKey),
  )
}
