/** Whatever strangers push: an answer of a known form, soon. */
import * as fc from 'fast-check'
import { encode, Tag } from 'cbor2'
import { beforeAll, expect, it } from 'vitest'
import { recognizeSignature } from '../../../src/trust/signatures/artifact.ts'
import type { SignatureTrust } from '../../../src/trust/signatures/types.ts'
import { largestCertificateBytes, largestSignatureBytes } from '../../../src/limits.ts'
import { bytesOf, json } from '../../support/content.ts'
import { aCertificate, anAuthority, type Certified } from '../support/certificates.ts'
import { findingsOf } from '../support/checking.ts'
import {
  aReferrer,
  aSigningKey,
  bundleReferrer,
  bundleType,
  dsseBundle,
  messageBundle,
  signatureAnnotation,
  signStatement,
  simpleSigning,
  type SigningKey,
} from '../support/cosign.ts'
import { aSmallSigstore, github, type SmallSigstore } from '../support/keyless.ts'
import { anEnvelope, notationReferrer } from '../support/notation.ts'

const image = bytesOf('{"schemaVersion":2}')
const digest = 'sha256:bafebd36189ad3688b7b3915ea55d461e0bfcfbdde11e54b0a123999fb6be50f'
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: image.length }
let key: SigningKey
let root: Certified
let signer: Certified
let sigstore: SmallSigstore
let trust: SignatureTrust

beforeAll(async () => {
  ;[key, root, sigstore] = await Promise.all([aSigningKey(), anAuthority(), aSmallSigstore()])
  signer = await aCertificate({ issuer: root })
  trust = {
    keys: [key.trusted],
    trustedRoot: sigstore.root,
    identities: [{ issuer: github, subject: '*' }],
    stores: [
      { name: 'acme', type: 'ca', certificates: [root.der] },
      { name: 'clock', type: 'signingAuthority', certificates: [root.der] },
    ],
  }
})

type Pushed = Parameters<typeof findingsOf>[0]

/** Milliseconds that a check may take on a busy machine; the slowest takes a twentieth of them on a quiet one. */
const soon = 5000

async function isAnswered(pushed: Pushed): Promise<void> {
  const begun = performance.now()
  const { facts, refusals } = await findingsOf(pushed, trust, [image])
  expect(facts.length + refusals.length).toBeGreaterThan(0)
  expect(performance.now() - begun).toBeLessThan(soon)
}

/** Bytes of a document with some places overwritten, cut off or doubled. */
const changes = fc.array(
  fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'double') }),
  {
    minLength: 1,
    maxLength: 4,
  },
)
type Change = { at: number; byte: number; kind: string }

function changed(bytes: Uint8Array, made: readonly Change[]): Uint8Array<ArrayBuffer> {
  let result = Uint8Array.from(bytes)
  for (const one of made) result = result.length > 0 ? changedOnce(result, one) : result
  return result
}

function changedOnce(bytes: Uint8Array<ArrayBuffer>, { at, byte, kind }: Change): Uint8Array<ArrayBuffer> {
  const place = at % bytes.length
  if (kind === 'cut') return bytes.slice(0, place)
  if (kind === 'double') return Uint8Array.from([...bytes.subarray(0, place), ...bytes])
  return bytes.with(place, byte)
}

const runs = { numRuns: 120 }

it.each(['jws', 'cose'] as const)('changed envelopes in %s', async (form) => {
  const envelope = await anEnvelope(form, [signer, root], digest)
  await fc.assert(
    fc.asyncProperty(changes, async (made) => {
      await isAnswered(await notationReferrer(subject, form, changed(envelope, made)))
    }),
    runs,
  )
})

it.each(['jws', 'cose'] as const)('changed certificates in %s', async (form) => {
  await fc.assert(
    fc.asyncProperty(changes, changes, async (ofSigner, ofRoot) => {
      const certificates = [changed(signer.der, ofSigner), changed(root.der, ofRoot)]
      const one = await anEnvelope(form, [signer, root], digest, {
        certificates: [certificates[0] ?? root.der, root.der],
      })
      const both = await anEnvelope(form, [signer, root], digest, { certificates })
      for (const envelope of [one, both]) await isAnswered(await notationReferrer(subject, form, envelope))
    }),
    runs,
  )
})

it('changed bundles, also in what their base64 has', async () => {
  const bundles = await Promise.all([
    dsseBundle(key, signStatement(digest)),
    messageBundle(key, image),
    sigstore.bundleOf(signStatement(digest)),
  ])
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bundles), fc.nat(), changes, async (bundle, which, made) => {
      await isAnswered(await bundleReferrer(subject, withChangedText(bundle, which, made)))
      await isAnswered(await aReferrer(subject, bundleType, bundleType, changed(json(bundle), made)))
    }),
    runs,
  )
})

/** Changes one of the texts in a value: as base64 where it is that. */
function withChangedText(value: object, which: number, made: readonly Change[]): object {
  const texts = textsIn(value)
  const chosen = texts[which % texts.length] ?? ''
  return JSON.parse(JSON.stringify(value), (_, inside: unknown) =>
    inside === chosen ? changedText(chosen, made) : inside,
  ) as object
}

function changedText(text: string, made: readonly Change[]): string {
  try {
    return changed(Uint8Array.fromBase64(text), made).toBase64()
  } catch {
    return new TextDecoder().decode(changed(bytesOf(text), made))
  }
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

it('changed layers of cosign 2', async () => {
  const layers = await Promise.all([sigstore.layerOf(digest), sigstore.layerOf(digest)])
  await fc.assert(
    fc.asyncProperty(fc.nat(), changes, fc.constantFrom(...layers), async (which, made, { payload, annotations }) => {
      const tampered = withChangedText(annotations, which, made) as Record<string, string>
      await isAnswered(await simpleSigning(digest, [{ payload, annotations: tampered }]))
      await isAnswered(await simpleSigning(digest, [{ payload: changed(payload, made), annotations }]))
    }),
    runs,
  )
})

it('any JSON and any CBOR, as what is signed and as envelopes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.anything(), async (value, anything) => {
      await isAnswered(await notationReferrer(subject, 'jws', json(value)))
      await isAnswered(await notationReferrer(subject, 'cose', cborOf(anything)))
      await isAnswered(
        await notationReferrer(subject, 'cose', cborOf(new Tag(18, [cborOf(anything), new Map(), image, image]))),
      )
      await isAnswered(
        await notationReferrer(subject, 'cose', await anEnvelope('cose', [signer], digest, { payload: json(value) })),
      )
      await isAnswered(await bundleReferrer(subject, [value]))
      await isAnswered(
        await simpleSigning(digest, [{ payload: json(value), annotations: { [signatureAnnotation]: 'AAAA' } }]),
      )
    }),
    runs,
  )
})

/** Not all that JavaScript has is CBOR. */
function cborOf(value: unknown): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(encode(value))
  } catch {
    return image
  }
}

it('any bytes as manifests', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.jsonValue(), fc.string(), (bytes, value, tag) => {
      recognizeSignature(bytes, tag)
      recognizeSignature(json(value), tag)
      recognizeSignature(
        json({ artifactType: 'application/vnd.cncf.notary.signature', layers: [value], subject: value }),
        tag,
      )
    }),
    { numRuns: 1000 },
  )
})

it.each<[string, () => Promise<Pushed>]>([
  ['an object identifier as large as a certificate', async () => withCertificate([0x06], 0xff)],
  ['a number as large as a certificate', async () => withCertificate([0x02], 0x7f)],
  ['sequences in sequences', async () => withCertificate([0x30, 0x80], 0x30)],
  [
    'lists in lists, in CBOR',
    () => notationReferrer(subject, 'cose', new Uint8Array(largestSignatureBytes).fill(0x81)),
  ],
  [
    'a list that claims to be endless, in CBOR',
    () =>
      notationReferrer(subject, 'cose', Uint8Array.from([0xd2, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ],
  ['a map of many keys, in CBOR', () => notationReferrer(subject, 'cose', mapOfManyKeys())],
  ['lists in lists, in JSON', () => notationReferrer(subject, 'jws', bytesOf('['.repeat(largestSignatureBytes)))],
  ['a log of a large size', async () => bundleReferrer(subject, await bundleOfLargeLog())],
])('%s are soon refused', async (_, pushed) => {
  await isAnswered(await pushed())
})

/** A certificate in a bundle and in an envelope that is one large value. */
async function withCertificate(start: number[], filler: number): Promise<Pushed> {
  const content = new Uint8Array(largestCertificateBytes - 100).fill(filler)
  const length = [0x82, content.length >> 8, content.length & 0xff]
  const der = Uint8Array.from([...start.slice(0, 1), ...length, ...content])
  const bundle = (await sigstore.bundleOf(signStatement(digest))) as { verificationMaterial: object }
  const verificationMaterial = { ...bundle.verificationMaterial, certificate: { rawBytes: der.toBase64() } }
  await isAnswered(await bundleReferrer(subject, { ...bundle, verificationMaterial }))
  return notationReferrer(subject, 'jws', await anEnvelope('jws', [signer], digest, { certificates: [der] }))
}

function mapOfManyKeys(): Uint8Array<ArrayBuffer> {
  const keys = Math.floor(largestSignatureBytes / 4)
  const pairs = Array.from({ length: keys - 2 }, (_, at) => [0x19, at >> 8, at & 0xff, 0]).flat()
  return Uint8Array.from([0xba, 0, 0, (keys - 2) >> 8, (keys - 2) & 0xff, ...pairs])
}

async function bundleOfLargeLog(): Promise<object> {
  const bundle = (await sigstore.bundleOf(signStatement(digest))) as {
    verificationMaterial: { tlogEntries: { inclusionProof: object }[] }
  }
  const [entry] = bundle.verificationMaterial.tlogEntries
  const envelope = `small.log\n${'9'.repeat(200_000)}\nAAAA\n\n\u2014 small.log ${'A'.repeat(100)}\n`
  const tampered = {
    ...entry,
    logIndex: '9'.repeat(18),
    inclusionProof: { ...entry?.inclusionProof, checkpoint: { envelope } },
  }
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [tampered] } }
}
