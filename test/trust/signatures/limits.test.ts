/** Each bound on signatures at its edge: as much is checked, and one more is refused. */
import { beforeAll, describe, expect, it } from 'vitest'
import * as limits from '../../../src/limits.ts'
import type { SignatureTrust, TrustStore } from '../../../src/trust/signatures/types.ts'
import { bytesOf, json } from '../../support/content.ts'
import { aCertificate, anAuthority, x509, leafExtensions, type Certified } from '../support/certificates.ts'
import { findingsOf } from '../support/checking.ts'
import {
  aSigningKey,
  bundleReferrer,
  dsseBundle,
  signedWithBundle,
  signStatement,
  simpleLayer,
  simplePayload,
  simpleSigning,
  type PushedSignature,
  type SigningKey,
} from '../support/cosign.ts'
import { anEnvelope, notationReferrer } from '../support/notation.ts'

const digest = `sha256:${'d'.repeat(64)}`
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1000 }
let key: SigningKey
let root: Certified

beforeAll(async () => {
  ;[key, root] = await Promise.all([aSigningKey(), anAuthority()])
})

/** Says whether the signature is a fact, and nothing of it was refused. */
async function isTaken(pushed: PushedSignature, trust: Partial<SignatureTrust> = {}): Promise<boolean> {
  const stores: TrustStore[] = [{ name: 'acme', type: 'ca', certificates: [root.der] }]
  const { facts, refusals } = await findingsOf(pushed, { keys: [key.trusted], stores, ...trust })
  return facts.length > 0 && refusals.length === 0
}

const signed = async (chain: readonly [Certified, ...Certified[]]): Promise<PushedSignature> =>
  notationReferrer(subject, 'jws', await anEnvelope('jws', chain, digest))

/** Fills the JSON up to a size in bytes. */
function padded(value: object, size: number): Uint8Array<ArrayBuffer> {
  const bare = JSON.stringify({ ...value, padding: '' })
  return json({ ...value, padding: 'x'.repeat(size - bare.length) })
}

const parsed = (bytes: Uint8Array): object => JSON.parse(new TextDecoder().decode(bytes)) as object

async function proofs(timestamps: readonly Uint8Array[]): Promise<PushedSignature> {
  const bundle = (await dsseBundle(key, signStatement(digest))) as { verificationMaterial: object }
  const rfc3161Timestamps = timestamps.map((one) => ({ signedTimestamp: Uint8Array.from(one).toBase64() }))
  const verificationMaterial = { ...bundle.verificationMaterial, timestampVerificationData: { rfc3161Timestamps } }
  return bundleReferrer(subject, { ...bundle, verificationMaterial })
}

/** A certificate of exactly this size: its extensions are filled up. */
async function certificateOf(size: number): Promise<Certified> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-256' } as const
  const withFiller = (length: number): Promise<Certified> =>
    aCertificate({
      algorithm,
      extensions: [...leafExtensions(), new x509.Extension('1.2.3.4', false, new Uint8Array(length))],
    })
  const first = await withFiller(size - 1000)
  return withFiller(size - 1000 + size - first.der.length)
}

/** A leaf below so many authorities. */
async function chainOf(certificates: number): Promise<[Certified, ...Certified[]]> {
  const authorities = [root]
  while (authorities.length < certificates - 1) {
    const issuer = authorities[0] ?? root
    authorities.unshift(await anAuthority({ name: `CN=authority ${authorities.length}`, issuer }))
  }
  return [await aCertificate({ issuer: authorities[0] ?? root }), ...authorities]
}

type Bound = { [Name in keyof typeof limits]: (typeof limits)[Name] extends number ? Name : never }[keyof typeof limits]

const bounds = { ...limits }

/** Whether so much is taken. */
const edges: Partial<Record<Bound, (size: number) => Promise<boolean>>> = {
  async mostSignaturesOfArtifact(size) {
    const layer = await simpleLayer(key, simplePayload(digest))
    return isTaken(
      await simpleSigning(
        digest,
        Array.from({ length: size }, () => layer),
      ),
    )
  },
  async largestSignedPayloadBytes(size) {
    const layer = await simpleLayer(key, padded(parsed(simplePayload(digest)), size))
    return isTaken(await simpleSigning(digest, [layer]))
  },
  async largestSignatureBytes(size) {
    const envelope = await anEnvelope('jws', [await aCertificate({ issuer: root }), root], digest)
    return isTaken(await notationReferrer(subject, 'jws', padded(parsed(envelope), size)))
  },
  mostProofsOfSignature: async (size) => isTaken(await proofs(Array.from({ length: size }, () => bytesOf('x')))),
  largestTimestampBytes: async (size) => isTaken(await proofs([new Uint8Array(size)])),
  async largestCertificateBytes(size) {
    const signer = await certificateOf(size)
    return isTaken(await signed([signer]), { stores: [{ name: 'acme', type: 'ca', certificates: [signer.der] }] })
  },
  mostCertificatesOfSignature: async (size) => isTaken(await signed(await chainOf(size))),
  async mostTrustedCertificates(size) {
    const stores = [{ name: 'acme', type: 'ca' as const, certificates: Array.from({ length: size }, () => root.der) }]
    return isTaken(await signed([await aCertificate({ issuer: root }), root]), { keys: [], stores })
  },
  async mostSignatureChecks(size) {
    const { trusted } = await aSigningKey()
    const keys = [...Array.from({ length: size - 1 }, () => trusted), key.trusted]
    return isTaken(await signedWithBundle(key, subject), { keys })
  },
}

describe('so much is taken, and one more is not', () => {
  for (const [bound, takes] of Object.entries(edges)) {
    it(bound, async () => {
      const size = bounds[bound as Bound]
      expect([await takes(size), await takes(size + 1)]).toEqual([true, false])
    })
  }

  it('signatureJson', async () => {
    const { depth, values } = limits.signatureJson
    const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) })
    const takes = async (predicate: unknown): Promise<boolean> =>
      isTaken(await bundleReferrer(subject, await dsseBundle(key, signStatement(digest, { predicate }))))
    expect([await takes(nested(depth - 2)), await takes(nested(depth - 1))]).toEqual([true, false])
    const numbers = (count: number): number[] => Array.from({ length: count }, () => 0)
    expect([await takes(numbers(values - 9)), await takes(numbers(values - 8))]).toEqual([true, false])
  })
})
