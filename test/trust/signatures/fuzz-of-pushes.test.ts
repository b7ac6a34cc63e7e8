/** Whatever is pushed as a signature: the push is taken or refused, the job ends, and no fact is made of what is not sound. */
import * as fc from 'fast-check'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Send } from '../../support/client.ts'
import { bytesOf, digestOf, pushBlob, pushImage, putManifest, type Image } from '../../support/content.ts'
import { aPerson, clientOf, type Person } from '../../support/people.ts'
import { aCertificate, anAuthority, type Certified } from '../support/certificates.ts'
import {
  aSigningKey,
  descriptorOf,
  signedSimply,
  signedWithBundle,
  type Bytes,
  type PushedSignature,
  type SigningKey,
} from '../support/cosign.ts'
import { signedWithNotation } from '../support/notation.ts'
import { registerKey, storedFacts, tick } from '../support/pushing.ts'

const repository = 'alice/app'

let key: SigningKey
let signer: Certified
let alice: Person
let client: Send
let image: Image

beforeAll(async () => {
  const root = await anAuthority()
  ;[key, signer] = await Promise.all([aSigningKey(), aCertificate({ issuer: root })])
})

beforeEach(async () => {
  alice = await aPerson('alice')
  client = await clientOf(repository)
  image = await pushImage(client, repository, 'latest')
  await registerKey(alice, key)
})

/** All kinds, each sound. */
async function signatures(): Promise<readonly PushedSignature[]> {
  const subject = await descriptorOf('application/vnd.oci.image.manifest.v1+json', image.manifest)
  return Promise.all([
    signedSimply(key, image.digest),
    signedWithBundle(key, subject),
    signedWithNotation('jws', [signer], subject),
    signedWithNotation('cose', [signer], subject),
  ])
}

interface Change {
  readonly at: number
  readonly byte: number
  readonly isOfManifest: boolean
}

const change: fc.Arbitrary<Change> = fc.record({ at: fc.nat(), byte: fc.nat(255), isOfManifest: fc.boolean() })

const changed = (bytes: Bytes, { at, byte }: Change): Bytes => bytes.with(at % bytes.length, byte)

/** Changes a byte of the layer, which the manifest names by its new digest, or of the manifest. */
async function tampered(pushed: PushedSignature, made: Change): Promise<PushedSignature> {
  if (made.isOfManifest) return { ...pushed, manifest: changed(pushed.manifest, made) }
  const blobs = pushed.blobs.map((blob) => (blob.length > 100 ? changed(blob, made) : blob))
  let text = new TextDecoder().decode(pushed.manifest)
  for (const [at, blob] of pushed.blobs.entries()) {
    text = text.replace(await digestOf(blob), await digestOf(blobs[at] ?? blob))
  }
  return { ...pushed, blobs, manifest: bytesOf(text) }
}

it('with a changed byte in any place', async () => {
  const sound = await signatures()
  await fc.assert(
    fc.asyncProperty(fc.nat(), change, async (which, made) => {
      const original = sound[which % sound.length]
      if (original === undefined) throw new Error('there are signatures')
      const { manifest, blobs, tag } = await tampered(original, made)
      for (const blob of blobs) await pushBlob(client, repository, blob)
      const answer = await putManifest(client, repository, tag ?? (await digestOf(manifest)), manifest)
      expect([201, 400, 404]).toContain(answer.status)
    }),
    { numRuns: 20 },
  )
  await tick()
  // A changed annotation or space leaves a signature sound; what it proves is still of this image and this key.
  for (const { digest, fingerprint } of await storedFacts()) {
    expect([digest, fingerprint]).toEqual([image.digest, key.trusted.fingerprint])
  }
})
