/** Signatures of cosign, made with real keys: what they prove, and that each tampering is refused. */
import { beforeAll, describe, expect, it } from 'vitest'
import { trustedKey } from '../../../src/trust/signatures/keys.ts'
import type { Findings, RefusalReason, SignatureTrust } from '../../../src/trust/signatures/types.ts'
import { bytesOf, json } from '../../support/content.ts'
import { day, signingTime, x509 } from '../support/certificates.ts'
import { findingsOf, now, reasonsIn } from '../support/checking.ts'
import {
  aSigningKey,
  bundleReferrer,
  descriptorOf,
  dsseBundle,
  messageBundle,
  signatureAnnotation,
  signedSimply,
  signedWithBundle,
  signStatement,
  simpleLayer,
  simplePayload,
  simpleSigning,
  type PushedSignature,
  type SigningKey,
} from '../support/cosign.ts'
import { aSmallSigstore, github, workflow, type SmallSigstore } from '../support/keyless.ts'
import { aTimeStampAuthority, type TimeStampAuthority } from '../support/time-stamps.ts'

const image = json({ schemaVersion: 2, layers: [], made: 'for these tests' })
const other = `sha256:${'a'.repeat(64)}`
let subject: { mediaType: string; digest: string; size: number }
let digest: string
let key: SigningKey
let edwards: SigningKey

beforeAll(async () => {
  subject = await descriptorOf('application/vnd.oci.image.manifest.v1+json', image)
  ;({ digest } = subject)
  ;[key, edwards] = await Promise.all([aSigningKey('ECDSA'), aSigningKey('Ed25519')])
})

const check = (pushed: PushedSignature, trust: Partial<SignatureTrust> = {}): Promise<Findings> =>
  findingsOf(pushed, { keys: [key.trusted, edwards.trusted], ...trust }, [image])

const reasons = async (pushed: Promise<PushedSignature>, trust?: Partial<SignatureTrust>): Promise<RefusalReason[]> =>
  reasonsIn(await check(await pushed, trust))

const factOf = (signer: SigningKey) => ({
  digest,
  kind: 'cosign',
  signer: { form: 'key', fingerprint: signer.trusted.fingerprint },
  signedAt: now,
  timeSource: 'check',
  expiresAt: undefined,
})

/** Changes the last byte of a base64 text. */
function flipped(base64: string): string {
  const bytes = Uint8Array.fromBase64(base64)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
  return bytes.toBase64()
}

describe('a signature of cosign 2', () => {
  it('proves that a registered key signed the image', async () => {
    expect(await check(await signedSimply(key, digest))).toEqual({ facts: [factOf(key)], refusals: [] })
  })

  it('may be of Ed25519', async () => {
    expect(await check(await signedSimply(edwards, digest))).toEqual({ facts: [factOf(edwards)], refusals: [] })
  })

  it('stands beside others, of which each counts by itself', async () => {
    const stranger = await aSigningKey()
    const layers = await Promise.all(
      [key, stranger, edwards, key].map((one) => simpleLayer(one, simplePayload(digest))),
    )
    const { facts, refusals } = await check(await simpleSigning(digest, layers))
    expect(facts).toEqual([factOf(key), factOf(edwards)])
    expect(refusals.map(({ reason }) => reason)).toEqual(['key-unknown'])
  })

  it('proves nothing without the key', async () => {
    expect(await reasons(signedSimply(await aSigningKey(), digest))).toEqual(['key-unknown'])
    expect(await reasons(signedSimply(key, digest), { keys: [] })).toEqual(['key-unknown'])
  })

  it('proves nothing with a changed byte of the signature or of the payload', async () => {
    const layer = await simpleLayer(key, simplePayload(digest))
    const annotations = { [signatureAnnotation]: flipped(layer.annotations[signatureAnnotation] ?? '') }
    expect(await reasons(simpleSigning(digest, [{ ...layer, annotations }]))).toEqual(['key-unknown'])
    const payload = simplePayload(digest, { identity: { 'docker-reference': 'registry.example/acme/apq' } })
    expect(await reasons(simpleSigning(digest, [{ ...layer, payload }]))).toEqual(['key-unknown'])
    expect(await reasons(simpleSigning(digest, [{ ...layer, annotations: {} }]))).toEqual(['malformed'])
  })

  it('proves nothing of another image, even under its tag', async () => {
    const layer = await simpleLayer(key, simplePayload(other))
    expect(await reasons(simpleSigning(digest, [layer]))).toEqual(['other-digest'])
  })

  it('proves nothing by a payload that is not one of an image', async () => {
    const layer = await simpleLayer(key, simplePayload(digest, { type: 'atomic container signature' }))
    expect(await reasons(simpleSigning(digest, [layer]))).toEqual(['unsupported'])
  })

  it.each([
    ['keys that Go would take for others', `{"critical":{"image":{"Docker-Manifest-Digest":"x"}}}`],
    ['keys that stand twice', `{"critical":{},"critical":{}}`],
    ['a missing digest', `{"critical":{"type":"cosign container image signature","image":{}}}`],
    ['something that is not JSON', `{"critical":`],
  ])('proves nothing by %s', async (_, text) => {
    expect(await reasons(simpleSigning(digest, [await simpleLayer(key, bytesOf(text))]))).toEqual(['malformed'])
  })

  it('needs its payload', async () => {
    const pushed = await signedSimply(key, digest)
    expect(await reasons(Promise.resolve({ ...pushed, blobs: [] }))).toEqual(['content-missing'])
  })
})

describe('a bundle', () => {
  it('proves that a registered key signed the image', async () => {
    expect(await check(await signedWithBundle(key, subject))).toEqual({ facts: [factOf(key)], refusals: [] })
    expect(await check(await signedWithBundle(edwards, subject))).toEqual({ facts: [factOf(edwards)], refusals: [] })
  })

  it('may sign the bytes of the manifest', async () => {
    for (const signer of [key, edwards]) {
      const pushed = await bundleReferrer(subject, await messageBundle(signer, image))
      expect(await check(pushed)).toEqual({ facts: [factOf(signer)], refusals: [] })
    }
  })

  it('proves nothing without the key', async () => {
    expect(await reasons(signedWithBundle(await aSigningKey(), subject))).toEqual(['key-unknown'])
    expect(await reasons(bundleReferrer(subject, await messageBundle(await aSigningKey(), image)))).toEqual([
      'key-unknown',
    ])
  })

  it('proves nothing of another image', async () => {
    expect(await reasons(bundleReferrer(subject, await dsseBundle(key, signStatement(other))))).toEqual([
      'other-digest',
    ])
    const strange = await messageBundle(key, bytesOf('another manifest'))
    expect(await reasons(bundleReferrer(subject, strange))).toEqual(['key-unknown'])
    const moved = { ...subject, digest: other }
    expect(await reasons(bundleReferrer(moved, await messageBundle(key, image)))).toEqual(['content-missing'])
  })

  it('proves nothing with a changed byte of the signature or of the statement', async () => {
    const bundle = (await dsseBundle(key, signStatement(digest))) as {
      dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] }
    }
    const { dsseEnvelope } = bundle
    const [signature] = dsseEnvelope.signatures
    const changed = [
      { signatures: [{ ...signature, sig: flipped(signature?.sig ?? '') }] },
      { payload: signStatement(digest, { predicate: { changed: true } }).toBase64() },
    ]
    for (const change of changed) {
      const tampered = { ...bundle, dsseEnvelope: { ...dsseEnvelope, ...change } }
      expect(await reasons(bundleReferrer(subject, tampered))).toEqual(['key-unknown'])
    }
  })

  it('that attests something else of the image does not sign it', async () => {
    const statement = signStatement(digest, { predicateType: 'https://slsa.dev/provenance/v1' })
    expect(await reasons(bundleReferrer(subject, await dsseBundle(key, statement)))).toEqual(['attestation'])
    const letter = await dsseBundle(key, signStatement(digest), 'text/plain')
    expect(await reasons(bundleReferrer(subject, letter))).toEqual(['unsupported'])
  })

  it.each([
    ['is empty', {}],
    ['has no signature', { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {} }],
    ['is a list', []],
  ])('that %s is refused', async (_, bundle) => {
    expect(await reasons(bundleReferrer(subject, bundle))).toEqual(['malformed'])
  })
})

describe('a keyless signature', () => {
  let sigstore: SmallSigstore
  let trust: Partial<SignatureTrust>

  beforeAll(async () => {
    sigstore = await aSmallSigstore()
    trust = {
      trustedRoot: sigstore.root,
      identities: [{ issuer: github, subject: 'https://github.com/acme/*@refs/heads/main' }],
    }
  })

  const signed = async (wishes = {}): Promise<PushedSignature> =>
    bundleReferrer(subject, await sigstore.bundleOf(signStatement(digest), wishes))

  it('proves an identity that a pattern names, at the time of the log', async () => {
    for (const pushed of [await signed(), await simpleSigning(digest, [await sigstore.layerOf(digest)])]) {
      const { facts, refusals } = await check(pushed, trust)
      expect(refusals).toEqual([])
      expect(facts).toMatchObject([
        {
          digest,
          kind: 'cosign',
          signer: { form: 'identity', issuer: github, subject: workflow },
          signedAt: signingTime,
        },
      ])
    }
  })

  it('proves the first time at which its identity has signed', async () => {
    const times = [signingTime + 60_000, signingTime, signingTime + 30_000]
    const layers = await Promise.all(times.map((loggedAt) => sigstore.layerOf(digest, { loggedAt })))
    const { facts } = await check(await simpleSigning(digest, layers), trust)
    expect(facts).toMatchObject([{ signedAt: signingTime }])
  })

  it('of a registered key proves that key, and the log its time, if the log is right', async () => {
    const layer = await sigstore.layerOf(digest)
    const certificate = new x509.X509Certificate(layer.annotations['dev.sigstore.cosign/certificate'] ?? '')
    const signer = await trustedKey(new Uint8Array(certificate.publicKey.rawData))
    const keys = [key.trusted, signer]
    const proven = {
      signer: { form: 'key', fingerprint: signer.fingerprint },
      signedAt: signingTime,
      timeSource: 'proof',
    }
    expect((await check(await simpleSigning(digest, [layer]), { ...trust, keys })).facts).toMatchObject([proven])

    const { 'dev.sigstore.cosign/bundle': ofAnother = '' } = (await sigstore.layerOf(digest)).annotations
    const tampered = { ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/bundle': ofAnother } }
    const checked = { ...proven, signedAt: now, timeSource: 'check' }
    expect((await check(await simpleSigning(digest, [tampered]), { ...trust, keys })).facts).toMatchObject([checked])
  })

  it('proves nothing of an identity that no pattern names', async () => {
    const others = [
      { issuer: 'https://token.actions.githubusercontent.com.evil.example' },
      { subject: 'https://github.com/evil/app/.github/workflows/release.yml@refs/heads/main' },
    ]
    for (const wishes of others) expect(await reasons(signed(wishes), trust)).toEqual(['identity-unknown'])
    expect(await reasons(signed(), { ...trust, identities: [] })).toEqual(['identity-unknown'])
    const overlapping = { issuer: github, subject: `${workflow.slice(0, 20)}*${workflow.slice(10)}` }
    expect(await reasons(signed(), { ...trust, identities: [overlapping] })).toEqual(['identity-unknown'])
    expect((await check(await signed(others[0]), { trustedRoot: sigstore.root })).facts).toHaveLength(1)
  })

  it('proves nothing without a root, or with another', async () => {
    expect(await reasons(signed())).toEqual(['root-missing'])
    expect(await reasons(signed(), { ...trust, trustedRoot: (await aSmallSigstore()).root })).toEqual(['proof-invalid'])
    expect(await reasons(signed(), { ...trust, trustedRoot: { tlogs: 'none' } })).toEqual(['root-unusable'])
  })

  it('proves nothing if the log took it when the certificate was not valid', async () => {
    expect(await reasons(signed({ loggedAt: signingTime + day }), trust)).toEqual(['proof-invalid'])
  })

  it('proves nothing without the log, or with an entry of another signature', async () => {
    type Material = { verificationMaterial: { tlogEntries: object[] } }
    const [bundle, another] = (await Promise.all([
      sigstore.bundleOf(signStatement(digest)),
      sigstore.bundleOf(signStatement(digest)),
    ])) as [Material, Material]
    for (const tlogEntries of [[], another.verificationMaterial.tlogEntries]) {
      const tampered = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries } }
      expect(await reasons(bundleReferrer(subject, tampered), trust)).toEqual(['proof-invalid'])
    }
  })

  describe('with a time stamp of an authority', () => {
    interface Signed {
      readonly verificationMaterial: object
      readonly dsseEnvelope: { readonly signatures: readonly { readonly sig: string }[] }
    }
    let authority: TimeStampAuthority
    let stampedTrust: Partial<SignatureTrust>
    let trustWithoutLog: Partial<SignatureTrust>

    beforeAll(async () => {
      authority = await aTimeStampAuthority()
      const trustedRoot = { ...sigstore.root, timestampAuthorities: [authority.trusted] }
      stampedTrust = { ...trust, trustedRoot }
      trustWithoutLog = { ...trust, trustedRoot: { ...trustedRoot, tlogs: [] } }
    })

    /** @param changes to what proves the signature */
    async function stamped(time: number, changes: object = {}): Promise<PushedSignature> {
      const bundle = (await sigstore.bundleOf(signStatement(digest))) as Signed
      const signature = Uint8Array.fromBase64(bundle.dsseEnvelope.signatures[0]?.sig ?? '')
      const signedTimestamp = (await authority.stamp(signature, time)).toBase64()
      const timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] }
      const verificationMaterial = { ...bundle.verificationMaterial, timestampVerificationData, ...changes }
      return bundleReferrer(subject, { ...bundle, verificationMaterial })
    }
    const withoutLog = { tlogEntries: [] }

    it('is of the earlier of both times', async () => {
      const { facts } = await check(await stamped(signingTime - 30_000), stampedTrust)
      expect(facts).toMatchObject([{ signer: { form: 'identity' }, signedAt: signingTime - 30_000 }])
      const later = await check(await stamped(signingTime + 30_000), stampedTrust)
      expect(later.facts).toMatchObject([{ signedAt: signingTime }])
    })

    it('needs no log where the root has none', async () => {
      const { facts } = await check(await stamped(signingTime, withoutLog), trustWithoutLog)
      expect(facts).toMatchObject([{ signer: { form: 'identity' }, signedAt: signingTime }])
    })

    it('proves nothing without the log, where the root has one', async () => {
      expect(await reasons(stamped(signingTime, withoutLog), stampedTrust)).toEqual(['proof-invalid'])
    })

    it('proves nothing by the stamp of another signature, nor by one from when the certificate was not valid', async () => {
      const signedTimestamp = (await authority.stamp(new Uint8Array(70), signingTime)).toBase64()
      const timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] }
      const ofOther = stamped(signingTime, { ...withoutLog, timestampVerificationData })
      expect(await reasons(ofOther, trustWithoutLog)).toEqual(['proof-invalid'])
      expect(await reasons(stamped(signingTime + day, withoutLog), trustWithoutLog)).toEqual(['proof-invalid'])
    })
  })

  it('needs a promise of the certificate log, where the root has one', async () => {
    const { tlogs } = sigstore.root as { tlogs: object[] }
    expect(await reasons(signed(), { ...trust, trustedRoot: { ...sigstore.root, ctlogs: tlogs } })).toEqual([
      'proof-invalid',
    ])
  })
})
