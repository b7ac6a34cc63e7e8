/**
 * Verifies the signatures of cosign, of version 2 (simple signing: JSON that names the image, and a signature in an
 * annotation) and of version 3 (sigstore bundles). Both become a bundle, so that there is one way to verify.
 */
import type { TrustMaterial } from '@sigstore/verify'
import * as z from 'zod'
import {
  largestManifestBytes,
  largestSignatureBytes,
  largestSignedPayloadBytes,
  mostSignatureChecks,
} from '../../limits.ts'
import { knownKeys } from '../../util/json.ts'
import type { BundleArtifact, SimpleSignature, SimpleSigningArtifact } from './artifact.ts'
import { matchesPattern } from './identities.ts'
import { isForCosign, fingerprintOf } from './keys.ts'
import { contentOf, readJson, shaped, type Bytes } from './reading.ts'
import { simpleSigningBundle } from './simple-signing.ts'
import {
  certificatesIn,
  isSignedWith,
  keyInCertificate,
  keylessSigner,
  loadSigstore,
  provenTime,
  readBundle,
  readTrustedRoot,
  type Signed,
  type Sigstore,
} from './bundles.ts'
import { SignatureRefused, type Contents, type SignatureFact, type SignatureTrust, type TrustedKey } from './types.ts'

/** What one artifact is checked with. */
export interface CosignCheck {
  readonly sigstore: Sigstore
  readonly trust: SignatureTrust
  readonly keys: readonly TrustedKey[]
  /** Undefined if none was given. */
  readonly root: TrustMaterial | SignatureRefused | undefined
  readonly now: number
  /** How many signatures may still be checked with a key. */
  checksLeft: number
}

export async function cosignCheck(trust: SignatureTrust, now: number): Promise<CosignCheck> {
  const sigstore = await loadSigstore()
  const root = trust.trustedRoot === undefined ? undefined : readTrustedRoot(sigstore, trust.trustedRoot)
  return { sigstore, trust, keys: trust.keys.filter(isForCosign), root, now, checksLeft: mostSignatureChecks }
}

const payloadKeys = knownKeys('critical', 'image', 'docker-manifest-digest', 'type')
const payloadTypes = new Set(['cosign container image signature', 'https://sigstore.dev/cosign/sign/v1'])
const payload = z.object({
  critical: z.object({ type: z.string(), image: z.object({ 'docker-manifest-digest': z.string() }) }),
})

/**
 * Verifies one signature of cosign 2.
 *
 * @throws SignatureRefused
 */
export async function simpleSigningFact(
  check: CosignCheck,
  artifact: SimpleSigningArtifact,
  signature: SimpleSignature,
  contents: Contents,
): Promise<SignatureFact> {
  const message = contentOf(contents, signature.payload, largestSignedPayloadBytes, 'the signed payload')
  const { critical } = shaped(payload, readJson(message, 'the signed payload', payloadKeys), 'the signed payload')
  if (!payloadTypes.has(critical.type)) {
    throw new SignatureRefused('unsupported', `the payload is a ${critical.type}: sign the image with cosign`)
  }
  refuseOtherDigests([critical.image['docker-manifest-digest']], artifact.subject)
  const bundle = await readBundle(check.sigstore, await simpleSigningBundle(signature, message))
  return factOf(check, artifact.subject, { bundle, message })
}

const bundleKeys = knownKeys()
const inToto = 'application/vnd.in-toto+json'
const signPredicate = 'https://sigstore.dev/cosign/sign/v1'
const statementKeys = knownKeys('_type', 'predicateType', 'subject', 'digest')
const statement = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  predicateType: z.string(),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })),
})

/**
 * Verifies a bundle.
 *
 * @throws SignatureRefused
 */
export async function bundleFact(
  check: CosignCheck,
  artifact: BundleArtifact,
  contents: Contents,
): Promise<SignatureFact> {
  const stored = contentOf(contents, artifact.bundle, largestSignatureBytes, 'the bundle')
  const bundle = await readBundle(check.sigstore, readJson(stored, 'the bundle', bundleKeys))
  const message = await messageOf(bundle, artifact.subject, contents)
  return factOf(check, artifact.subject, { bundle, message })
}

/** Finds what is signed. A DSSE envelope has its message in itself; a message signature is of the bytes of the manifest. */
async function messageOf({ content }: Signed['bundle'], subject: string, contents: Contents): Promise<Bytes> {
  if (content.$case === 'dsseEnvelope') {
    refuseOtherStatements(content.dsseEnvelope.payloadType, content.dsseEnvelope.payload, subject)
    return new Uint8Array()
  }
  const manifest = contentOf(contents, subject, largestManifestBytes, 'the signed manifest')
  refuseOtherDigests([await digestLike(subject, manifest)], subject)
  return manifest
}

function refuseOtherStatements(payloadType: string, bytes: Uint8Array, subject: string): void {
  if (payloadType !== inToto) {
    throw new SignatureRefused('unsupported', `the bundle signs ${payloadType}: sign the image with cosign`)
  }
  const signed = shaped(statement, readJson(bytes, 'the signed statement', statementKeys), 'the signed statement')
  if (signed.predicateType !== signPredicate) {
    throw new SignatureRefused(
      'attestation',
      `the bundle attests ${signed.predicateType}: sign the image with cosign sign`,
    )
  }
  const digests = signed.subject.flatMap(({ digest }) => Object.entries(digest))
  refuseOtherDigests(
    digests.map(([algorithm, hex]) => `${algorithm}:${hex}`),
    subject,
  )
}

function refuseOtherDigests(signed: readonly string[], subject: string): void {
  if (signed.includes(subject)) return
  throw new SignatureRefused('other-digest', `the signature is of another image than ${subject}: sign this one`)
}

/** Computes the digest of a manifest by the algorithm of the given one. */
async function digestLike(digest: string, bytes: Bytes): Promise<string> {
  const [algorithm] = digest.split(':')
  const hash = await crypto.subtle.digest(algorithm === 'sha512' ? 'SHA-512' : 'SHA-256', bytes)
  return `${algorithm}:${new Uint8Array(hash).toHex()}`
}

/** Finds out who signed: a registered key, or else a keyless identity. */
async function factOf(check: CosignCheck, digest: string, signed: Signed): Promise<SignatureFact> {
  const key = await signingKey(check, signed)
  return key ? keyFact(check, digest, signed, key) : keylessFact(check, digest, signed)
}

/** Tries the keys that can have signed: that of the certificate, or without one each. */
async function signingKey(check: CosignCheck, signed: Signed): Promise<TrustedKey | undefined> {
  const [certificate] = certificatesIn(signed.bundle)
  const certified = certificate && (await fingerprintOf(await keyInCertificate(check.sigstore, certificate)))
  const possible = check.keys.filter(({ fingerprint }) => certified === undefined || fingerprint === certified)
  for (const key of possible) {
    if (check.checksLeft <= 0) {
      throw new SignatureRefused(
        'too-many',
        `more than ${mostSignatureChecks} checks of signatures with keys: remove signatures or keys of no use`,
      )
    }
    check.checksLeft--
    if (isSignedWith(check.sigstore, signed, key)) return key
  }
  return undefined
}

function keyFact(check: CosignCheck, digest: string, signed: Signed, key: TrustedKey): SignatureFact {
  const { sigstore, root, now } = check
  const hasRoot = root !== undefined && !(root instanceof SignatureRefused)
  const proven = hasRoot ? provenTime(sigstore, signed, key, root) : undefined
  return {
    digest,
    kind: 'cosign',
    signer: { form: 'key', fingerprint: key.fingerprint },
    signedAt: Math.min(proven ?? now, now),
    timeSource: proven === undefined ? 'check' : 'proof',
    expiresAt: undefined,
  }
}

async function keylessFact(
  { sigstore, trust, root, now }: CosignCheck,
  digest: string,
  signed: Signed,
): Promise<SignatureFact> {
  if (certificatesIn(signed.bundle).length === 0) {
    throw new SignatureRefused(
      'key-unknown',
      'no registered key made the signature: register the public key of its signer',
    )
  }
  if (root === undefined) {
    throw new SignatureRefused(
      'root-missing',
      'the signature is keyless: give the registry a trusted root, or sign with a key',
    )
  }
  if (root instanceof SignatureRefused) throw root
  const { signedAt, ...identity } = await keylessSigner(sigstore, signed, root)
  const { identities = [{ issuer: '*', subject: '*' }] } = trust
  const isKnown = identities.some(
    ({ issuer, subject }) => matchesPattern(issuer, identity.issuer) && matchesPattern(subject, identity.subject),
  )
  if (!isKnown) {
    throw new SignatureRefused(
      'identity-unknown',
      `${identity.subject} of ${identity.issuer} signed, which no pattern names: add an identity, or sign as another`,
    )
  }
  const signer = { form: 'identity', ...identity } as const
  return {
    digest,
    kind: 'cosign',
    signer,
    signedAt: Math.min(signedAt, now),
    timeSource: 'proof',
    expiresAt: undefined,
  }
}
