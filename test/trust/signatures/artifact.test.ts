/** What the registry takes for a signature, by what it stores. */
import { describe, expect, it } from 'vitest'
import { recognizeSignature } from '../../../src/trust/signatures/artifact.ts'
import { matchesPattern } from '../../../src/trust/signatures/identities.ts'
import { bytesOf, digestOf, json } from '../../support/content.ts'
import {
  aReferrer,
  aSigningKey,
  bundleType,
  signedSimply,
  signedWithBundle,
  simpleSigningType,
} from '../support/cosign.ts'
import { notationReferrer, notationType } from '../support/notation.ts'

const digest = `sha256:${'d'.repeat(64)}`
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1000 }
const layer = bytesOf('a layer')

describe('a signature is recognized', () => {
  it('of cosign 2, by its tag and its layers', async () => {
    const { manifest, blobs, tag } = await signedSimply(await aSigningKey(), digest)
    const payload = await digestOf(blobs[1] ?? layer)
    expect(recognizeSignature(manifest, tag)).toMatchObject({
      artifact: {
        form: 'simple-signing',
        subject: digest,
        signatures: [{ payload }],
        needs: [{ digest: payload, from: 'blobs' }],
      },
    })
  })

  it('of cosign 2, by its subject where it is a referrer', async () => {
    const { manifest } = await aReferrer(
      subject,
      'application/vnd.dev.cosign.artifact.sig.v1+json',
      simpleSigningType,
      layer,
    )
    expect(recognizeSignature(manifest, undefined)).toMatchObject({
      artifact: { form: 'simple-signing', subject: digest },
    })
  })

  it('of cosign 2, of the image that its tag names and not of its subject', async () => {
    const other = `sha256:${'e'.repeat(64)}`
    const { tag } = await signedSimply(await aSigningKey(), other)
    const type = 'application/vnd.dev.cosign.artifact.sig.v1+json'
    const { manifest } = await aReferrer(subject, type, simpleSigningType, layer)
    expect(recognizeSignature(manifest, tag)).toMatchObject({ artifact: { subject: other } })
  })

  it('of cosign 3, which needs the signed manifest too', async () => {
    const { manifest, blobs } = await signedWithBundle(await aSigningKey(), subject)
    const bundle = await digestOf(blobs[1] ?? layer)
    expect(recognizeSignature(manifest, undefined)).toMatchObject({
      artifact: {
        form: 'bundle',
        subject: digest,
        bundle,
        needs: [
          { digest: bundle, from: 'blobs' },
          { digest, from: 'manifests' },
        ],
      },
    })
  })

  it.each(['jws', 'cose'] as const)('of notation in %s, also where the type is that of the config', async (form) => {
    const { manifest } = await notationReferrer(subject, form, layer)
    const artifact = { form, subject: digest, envelope: await digestOf(layer) }
    expect(recognizeSignature(manifest, undefined)).toMatchObject({ artifact })
    const { artifactType: _, ...older } = JSON.parse(new TextDecoder().decode(manifest)) as { artifactType: string }
    const stored = json({ ...older, config: { mediaType: notationType } })
    expect(recognizeSignature(stored, undefined)).toMatchObject({ artifact })
  })
})

it('an image, an index, an SBOM and what is no manifest are no signatures', async () => {
  const manifests = [
    json({ schemaVersion: 2, config: { mediaType: 'application/vnd.oci.image.config.v1+json' }, layers: [] }),
    json({ schemaVersion: 2, manifests: [] }),
    (await aReferrer(subject, 'application/spdx+json', 'application/spdx+json', layer)).manifest,
    json([]),
    bytesOf('no JSON'),
    Uint8Array.from([0xff]),
  ]
  for (const manifest of manifests) {
    expect(recognizeSignature(manifest, `${digest.replace(':', '-')}.sig`)).toBe(undefined)
  }
})

describe('a signature that cannot be checked is refused', () => {
  const refusalOf = (manifest: Uint8Array, tag?: string) => {
    const recognized = recognizeSignature(manifest, tag)
    return recognized && 'refusal' in recognized ? recognized.refusal.reason : recognized
  }

  it('without a subject', async () => {
    const key = await aSigningKey()
    const { manifest } = await signedSimply(key, digest)
    for (const tag of [undefined, 'latest', `sha256-${'d'.repeat(63)}.sig`, `sha512-${'d'.repeat(64)}.sig`]) {
      expect(refusalOf(manifest, tag)).toBe('malformed')
    }
    const unnamed = await signedWithBundle(key, { digest: 'sha256:x' })
    expect(refusalOf(unnamed.manifest)).toBe('malformed')
  })

  it('with a layer of another type, or with several', async () => {
    const { manifest } = await aReferrer(subject, bundleType, 'application/octet-stream', layer)
    expect(refusalOf(manifest)).toBe('unsupported')
    const read = JSON.parse(new TextDecoder().decode(manifest)) as { layers: object[] }
    expect(refusalOf(json({ ...read, layers: [...read.layers, ...read.layers] }))).toBe('too-many')
    expect(refusalOf(json({ ...read, layers: [] }))).toBe('malformed')
    expect(refusalOf(json({ ...read, layers: [7] }))).toBe('malformed')
  })
})

it.each([
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['a*c', 'abbc', true],
  ['a*c', 'ac', true],
  ['ab*ba', 'aba', false],
  ['*', '', true],
  ['*b*', 'abc', true],
  ['*b*b*', 'abc', false],
  ['a.c', 'abc', false],
  ['a*', 'ba', false],
  ['*a', 'ab', false],
])('the pattern %s and the identity %s', (pattern, identity, matches) => {
  expect(matchesPattern(pattern, identity)).toBe(matches)
})
