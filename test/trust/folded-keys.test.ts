/**
 * Keys that fold to the same JSON name: Go's clients take the last of them, and JavaScript each for itself. What is signed
 * twice so, with another digest for each reader, counts for none of them.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { bytesOf } from '../support/content.ts'
import { answerOf, malformed } from './support/answers.ts'
import { aCertificate, anAuthority, type Certified } from './support/certificates.ts'
import { findingsOf, reasonsIn } from './support/checking.ts'
import { aPublishedCollection, type TestCollection } from './support/collection.ts'
import {
  aSigningKey,
  bundleReferrer,
  dsseBundle,
  signStatement,
  simpleLayer,
  simplePayload,
  simpleSigning,
  type Bytes,
  type PushedSignature,
  type SigningKey,
} from './support/cosign.ts'
import { textOf } from './support/documents.ts'
import { anEnvelope, notationReferrer, targetPayload } from './support/notation.ts'

const digest = `sha256:${'a'.repeat(64)}`
const other = `sha256:${'b'.repeat(64)}`
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 19 }

let collection: TestCollection
let key: SigningKey
let root: Certified
let signer: Certified

beforeAll(async () => {
  ;[collection, key, root] = await Promise.all([aPublishedCollection(), aSigningKey(), anAuthority()])
  signer = await aCertificate({ issuer: root })
})

/** U+017F, the long s, which folds to s as S does. */
const folded = (name: string): string[] =>
  [name[0]?.toUpperCase() + name.slice(1), name.toUpperCase(), name.replace('s', '\u017f')].filter(
    (one) => one !== name,
  )

/** Puts the value of one reader beside that of the other, under each such name, before it and behind it. */
function doubled(text: string, name: string, value: string): string[] {
  const place = text.indexOf(`"${name}":`)
  if (place < 0) throw new Error(`there is no ${name} in ${text}`)
  return folded(name).flatMap((one) => [
    `${text.slice(0, place)}"${one}":${value},${text.slice(place)}`,
    text.replace(/\}$/, `,"${one}":${value}}`),
  ])
}

describe('a document of Notary', () => {
  it.each([
    ['signed', '{"_type":"Targets","version":9}'],
    ['signatures', '[]'],
  ])('with %s under a name that folds to it is malformed', async (name, value) => {
    const text = textOf(await collection.targets({ version: 3 }))
    for (const one of doubled(text, name, value)) {
      expect([one, answerOf(await collection.server.publish({ targets: bytesOf(one) }))]).toEqual([one, malformed])
    }
  })
})

/** Checks what is signed as it stands, of which the one reading is sound. */
async function expectMalformed(
  text: Bytes,
  [name, value]: readonly [string, string],
  make: (signed: Bytes) => Promise<PushedSignature>,
): Promise<void> {
  const stores = [{ name: 'acme', type: 'ca', certificates: [root.der] }] as const
  const trust = { keys: [key.trusted], stores }
  expect((await findingsOf(await make(text), trust)).facts).toHaveLength(1)
  for (const one of doubled(textOf(text), name, value)) {
    const found = await findingsOf(await make(bytesOf(one)), trust)
    expect([one, reasonsIn(found)]).toEqual([one, ['malformed']])
  }
}

describe('a signature', () => {
  const target = `{"digest":"${other}"}`

  it('of cosign 2 whose payload has two images is malformed', async () => {
    const critical = `{"image":{"docker-manifest-digest":"${other}"},"type":"cosign container image signature"}`
    await expectMalformed(simplePayload(digest), ['critical', critical], async (signed) =>
      simpleSigning(digest, [await simpleLayer(key, signed)]),
    )
  })

  it('of cosign 3 whose statement has two subjects is malformed', async () => {
    const subjects = `[{"digest":{"sha256":"${'b'.repeat(64)}"}}]`
    await expectMalformed(signStatement(digest), ['subject', subjects], async (signed) =>
      bundleReferrer(subject, await dsseBundle(key, signed)),
    )
  })

  it.each(['jws', 'cose'] as const)('of notation in %s whose payload has two targets is malformed', async (form) => {
    await expectMalformed(targetPayload(digest), ['targetArtifact', target], async (payload) =>
      notationReferrer(subject, form, await anEnvelope(form, [signer, root], digest, { payload })),
    )
  })

  it('of notation whose envelope has two payloads is malformed', async () => {
    const envelope = await anEnvelope('jws', [signer, root], digest)
    for (const name of ['payload', 'protected', 'signature', 'header']) {
      await expectMalformed(envelope, [name, '"e30"'], (signed) => notationReferrer(subject, 'jws', signed))
    }
  })
})
