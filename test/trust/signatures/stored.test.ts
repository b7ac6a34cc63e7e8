/** Signatures that are pushed through the registry: the facts that they make, and when these go. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { largestSignedPayloadBytes } from '../../../src/limits.ts'
import { publishedKey } from '../../../src/trust/bridge/registry-key.ts'
import { deleteEndedFacts, findDue, storeFacts } from '../../../src/trust/signatures/facts-store.ts'
import { withSql } from '../../support/bounds.ts'
import { tokenFor, type Send } from '../../support/client.ts'
import { countRows, json, pushBlob, pushImage, putManifest, type Image } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { countingClient } from '../../support/counting.ts'
import { deletionsOver } from '../../support/jobs.ts'
import { aPerson, clientOf, type Person } from '../../support/people.ts'
import { aCertificate, anAuthority, day, type Certified } from '../support/certificates.ts'
import {
  aSigningKey,
  bundleReferrer,
  descriptorOf,
  dsseBundle,
  messageBundle,
  signedSimply,
  signedWithBundle,
  signStatement,
  simpleLayer,
  simplePayload,
  simpleSigning,
  type PushedSignature,
  type SigningKey,
} from '../support/cosign.ts'
import { anEnvelope, notationReferrer } from '../support/notation.ts'
import { aSmallSigstore, github, workflow } from '../support/keyless.ts'
import { pemOf } from '../support/pem.ts'
import { factsJobs, keysOf, pushSignature, registerKey, storedFacts, storedPins, tick } from '../support/pushing.ts'

const repository = 'alice/app'
const imageType = 'application/vnd.oci.image.manifest.v1+json'
const other = `sha256:${'a'.repeat(64)}`

let key: SigningKey
let stranger: SigningKey
let root: Person
let alice: Person
let client: Send
let image: Image
let subject: { mediaType: string; digest: string; size: number }

beforeAll(async () => {
  ;[key, stranger] = await Promise.all([aSigningKey('ECDSA'), aSigningKey('Ed25519')])
})

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  alice = await aPerson('alice')
  client = await clientOf(repository)
  image = await pushImage(client, repository, 'latest')
  subject = await descriptorOf(imageType, image.manifest)
})

const factOf = (source: string, changes: object = {}) => ({
  digest: image.digest,
  kind: 'cosign',
  source,
  fingerprint: key.trusted.fingerprint,
  issuer: '',
  subject: '',
  expiresAt: null,
  ...changes,
})

async function deleted(reference: string): Promise<number> {
  return (await client('DELETE', `/v2/${repository}/manifests/${reference}`)).status
}

describe('a pushed signature is a fact, and pins its image, when its push is answered:', () => {
  it('the tag of cosign 2', async () => {
    await registerKey(alice, key)
    const source = await pushSignature(client, repository, await signedSimply(key, image.digest))
    expect(await storedFacts()).toEqual([factOf(source)])
    expect(await storedPins()).toEqual([[image.digest, `cosign ${source}`]])
    expect(await deleted(image.digest)).toBe(409)
  })

  it('the bundle of cosign 3', async () => {
    await registerKey(alice, key)
    const source = await pushSignature(client, repository, await signedWithBundle(key, subject))
    expect(await storedFacts()).toEqual([factOf(source)])
  })

  it('a bundle that signs the bytes of the manifest, also one that came before it', async () => {
    await registerKey(alice, key)
    const later = json({ ...JSON.parse(new TextDecoder().decode(image.manifest)), annotations: { made: 'later' } })
    const descriptor = await descriptorOf(imageType, later)
    const bundle = await bundleReferrer(descriptor, await messageBundle(key, later))
    const source = await pushSignature(client, repository, bundle)
    expect(await storedFacts()).toEqual([])
    expect((await putManifest(client, repository, 'later', later)).status).toBe(201)
    expect(await storedFacts()).toEqual([factOf(source, { digest: descriptor.digest })])
  })

  it('the signature of an image that comes later', async () => {
    await registerKey(alice, key)
    const source = await pushSignature(client, repository, await signedSimply(key, other))
    expect(await storedFacts()).toEqual([factOf(source, { digest: other })])
  })

  it('of no image but its own, whatever image the tag of a bundle or of an envelope names', async () => {
    await registerKey(alice, key)
    const { chain, pem } = await aChain()
    await setRoot({ kind: 'x509', document: pem })
    const signatures = [
      await signedWithBundle(key, subject),
      await signedUntil('jws', chain, seconds(Date.now() + day)),
    ]
    const tag = `${other.replace(':', '-')}.sig`
    for (const signature of signatures) await pushSignature(client, repository, { ...signature, tag })
    await tick()
    expect((await storedFacts()).map(({ digest }) => digest)).toEqual([image.digest, image.digest])
    expect(await storedPins()).toEqual([
      [image.digest, expect.stringMatching(/^cosign /)],
      [image.digest, expect.stringMatching(/^notation /)],
    ])
  })

  it('a keyless signature that a root vouches for, beside another root that cannot be used', async () => {
    const sigstore = await aSmallSigstore()
    await setRoot({ kind: 'sigstore', document: JSON.stringify(sigstore.root) })
    // As an earlier version took it.
    await withSql(`INSERT INTO trust_roots (name, kind, document, created_at)
      VALUES ('broken', 'sigstore', '{"certificateAuthorities":[{}],"tlogs":[]}', 1)`)
    const bundle = await sigstore.bundleOf(signStatement(image.digest))
    const source = await pushSignature(client, repository, await bundleReferrer(subject, bundle))
    expect(await storedFacts()).toEqual([factOf(source, { fingerprint: '', issuer: github, subject: workflow })])
  })

  it.each(['jws', 'cose'] as const)('a signature of notation in %s, with its end', async (form) => {
    const { chain, pem } = await aChain()
    await setRoot({ kind: 'x509', document: pem })
    const expiresAt = seconds(Date.now() + day)
    const source = await pushSignature(client, repository, await signedUntil(form, chain, expiresAt))
    const [{ trusted }] = chain
    expect(await storedFacts()).toEqual([
      factOf(source, {
        kind: 'notation',
        fingerprint: trusted.fingerprint,
        issuer: 'x509:acme',
        subject: expect.stringContaining('CN=signer'),
        expiresAt,
      }),
    ])
    expect(await storedPins()).toEqual([[image.digest, `notation ${source}`]])
  })
})

const setRoot = async (body: { readonly kind: string; readonly document: string }): Promise<void> => {
  expect((await root.ask('PUT', '/api/v0/trust/roots/acme', body)).status).toBe(200)
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000) * 1000

async function aChain(): Promise<{ chain: readonly [Certified, Certified]; pem: string }> {
  const valid = { notBefore: Date.now() - day, notAfter: Date.now() + 100 * day }
  const authority = await anAuthority(valid)
  const signer = await aCertificate({ ...valid, issuer: authority })
  return { chain: [signer, authority], pem: pemOf(authority.der, 'CERTIFICATE') }
}

async function signedUntil(
  form: 'jws' | 'cose',
  chain: readonly [Certified, Certified],
  expiresAt: number,
): Promise<PushedSignature> {
  const attributes = {
    'io.cncf.notary.signingTime': seconds(Date.now() - 1000),
    'io.cncf.notary.expiry': expiresAt,
  }
  const critical = ['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry']
  return notationReferrer(subject, form, await anEnvelope(form, chain, image.digest, { attributes, critical }))
}

describe('no fact is made', () => {
  it('of a signature over another digest', async () => {
    await registerKey(alice, key)
    const layer = await simpleLayer(key, simplePayload(other))
    await pushSignature(client, repository, await simpleSigning(image.digest, [layer]))
    await pushSignature(client, repository, await bundleReferrer(subject, await dsseBundle(key, signStatement(other))))
    await tick()
    expect(await storedFacts()).toEqual([])
    expect(await storedPins()).toEqual([])
    expect(await countRows('signature_manifests', 'waits_for IS NOT NULL OR checked_revision < 0')).toBe(0)
  })

  it('of a blob beyond its bound', async () => {
    await registerKey(alice, key)
    const padded = (bytes: number) => simplePayload(image.digest, { padding: 'x'.repeat(bytes) })
    const fits = padded(largestSignedPayloadBytes - padded(0).length)
    const edge = await simpleSigning(image.digest, [await simpleLayer(key, fits)])
    const source = await pushSignature(client, repository, edge)
    expect(await storedFacts()).toEqual([factOf(source)])
    const above = await simpleLayer(key, padded(largestSignedPayloadBytes - padded(0).length + 1))
    await pushSignature(client, repository, await simpleSigning(image.digest, [above]))
    expect(await storedFacts()).toEqual([])
  })
})

describe('a fact goes', () => {
  let source: string

  beforeEach(async () => {
    await registerKey(alice, key)
    source = await pushSignature(client, repository, await signedSimply(key, image.digest))
    expect(await storedFacts()).toEqual([factOf(source)])
  })

  const isGone = async (): Promise<void> => {
    expect(await storedFacts()).toEqual([])
    expect(await storedPins()).toEqual([])
  }

  it('with the manifest that carries its signature, and the image may be deleted then', async () => {
    expect(await deleted(source)).toBe(202)
    await isGone()
    expect(await deleted(image.digest)).toBe(202)
  })

  it('with the tag of its signature', async () => {
    expect(await deleted(`${image.digest.replace(':', '-')}.sig`)).toBe(202)
    await isGone()
  })

  it('when the tag moves to a manifest without its signature', async () => {
    await pushSignature(client, repository, await signedSimply(stranger, image.digest))
    await isGone()
  })

  it('with its key, and comes back with it, also when another user has it', async () => {
    const { accountPublicKeys } = await (
      await alice.ask('GET', keysOf('alice'))
    ).json<{ accountPublicKeys: readonly { readonly id: string }[] }>()
    for (const { id } of accountPublicKeys) {
      expect((await alice.ask('DELETE', `${keysOf('alice')}/${id}`)).status).toBe(204)
    }
    await tick()
    await isGone()
    await registerKey(await aPerson('bob'), key)
    await tick()
    expect(await storedFacts()).toEqual([factOf(source)])
  })

  it('with its key, before its signature is checked again', async () => {
    await withSql('DELETE FROM public_keys')
    expect(await deleteEndedFacts(openDatabase(env.DB), Date.now(), 10)).toBe(1)
    await isGone()
  })

  it('of Notary does not go with a deleted key: it follows the trust data', async () => {
    await withSql(`INSERT INTO signature_facts
      (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
      SELECT repository_id, digest, 'notary', '1/targets', 'latest', fingerprint, '', '', 1 FROM signature_facts`)
    await withSql('DELETE FROM public_keys')
    await tick()
    expect(await storedFacts()).toEqual([factOf('1/targets', { kind: 'notary' })])
  })

  it('with its repository', async () => {
    expect((await alice.ask('DELETE', `/api/v0/repositories/${repository}`)).status).toBe(204)
    await deletionsOver()
    await isGone()
    expect(await countRows('signature_manifests')).toBe(0)
  })

  it('but not while another signature of the manifest proves the same', async () => {
    const again = await pushSignature(client, repository, await signedWithBundle(key, subject))
    expect(await deleted(source)).toBe(202)
    expect(await storedFacts()).toEqual([factOf(again)])
    expect(await storedPins()).toEqual([[image.digest, `cosign ${again}`]])
  })
})

describe('the job', () => {
  it('makes facts of signatures that were here before their keys and roots', async () => {
    const { chain, pem } = await aChain()
    const source = await pushSignature(client, repository, await signedSimply(key, image.digest))
    const notation = await pushSignature(client, repository, await signedUntil('jws', chain, Date.now() + day))
    expect(await storedFacts()).toEqual([])
    await registerKey(alice, key)
    await tick()
    expect(await storedFacts()).toEqual([factOf(source)])
    await setRoot({ kind: 'x509', document: pem })
    await tick()
    expect((await storedFacts()).map((fact) => fact.source)).toEqual([source, notation])
    expect((await root.ask('DELETE', '/api/v0/trust/roots/acme')).status).toBe(204)
    await tick()
    expect(await storedFacts()).toEqual([factOf(source)])
    expect(await factsJobs()).toEqual(['done', 'done', 'done'])
  })

  it('makes facts of a signature for which another root did not vouch', async () => {
    const { chain, pem } = await aChain()
    const wrong = { kind: 'x509', document: (await aChain()).pem }
    expect((await root.ask('PUT', '/api/v0/trust/roots/other', wrong)).status).toBe(200)
    const source = await pushSignature(client, repository, await signedUntil('jws', chain, Date.now() + day))
    expect(await storedFacts()).toEqual([])
    await setRoot({ kind: 'x509', document: pem })
    await tick()
    expect((await storedFacts()).map((fact) => fact.source)).toEqual([source])
  })

  it('makes a fact of a signature with a certificate when the key in it is registered', async () => {
    const { chain } = await aChain()
    const expiresAt = seconds(Date.now() + day)
    const source = await pushSignature(client, repository, await signedUntil('jws', chain, expiresAt))
    expect(await storedFacts()).toEqual([])
    const [signer] = chain
    await registerKey(alice, signer)
    await tick()
    const { fingerprint } = signer.trusted
    expect(await storedFacts()).toEqual([factOf(source, { kind: 'notation', fingerprint, expiresAt })])
  })

  it('checks a signature whose push could not', async () => {
    await registerKey(alice, key)
    const source = await pushSignature(client, repository, await signedSimply(key, image.digest))
    await withSql('DELETE FROM signature_facts')
    await withSql('UPDATE signature_manifests SET checked_revision = -1')
    await tick()
    expect(await storedFacts()).toEqual([factOf(source)])
  })

  it('gives a signature the time at which it came, when its key comes later', async () => {
    await pushSignature(client, repository, await signedSimply(key, image.digest))
    await withSql('UPDATE signature_manifests SET seen_at = 1000')
    await registerKey(alice, key)
    await tick()
    expect(await countRows('signature_facts', 'signed_at = 1000')).toBe(1)
  })

  it('keeps the time at which a signature was seen first', async () => {
    await registerKey(alice, key)
    await pushSignature(client, repository, await signedSimply(key, image.digest))
    await withSql('UPDATE signature_facts SET signed_at = 1000')
    await withSql('UPDATE signature_manifests SET checked_revision = -1')
    await tick()
    expect(await countRows('signature_facts', 'signed_at = 1000')).toBe(1)
  })

  it('deletes what has ended, with its pin', async () => {
    const { chain, pem } = await aChain()
    await setRoot({ kind: 'x509', document: pem })
    await pushSignature(client, repository, await signedUntil('jws', chain, seconds(Date.now() + day)))
    await withSql('UPDATE signature_facts SET expires_at = 1000')
    await tick()
    expect(await storedFacts()).toEqual([])
    expect(await storedPins()).toEqual([])
  })

  it('is not made while nothing is due', async () => {
    await pushSignature(client, repository, await signedSimply(key, image.digest))
    await tick()
    expect(await factsJobs()).toEqual([])
  })

  it('does nothing after a check against newer keys', async () => {
    await pushSignature(client, repository, await signedSimply(key, image.digest))
    const db = openDatabase(env.DB)
    await withSql('UPDATE signature_manifests SET checked_revision = -1')
    const [due] = await findDue(db, 1)
    if (due === undefined) throw new Error('the signature is due')
    await registerKey(alice, key)
    await tick()
    const before = await storedFacts()
    expect(before).toHaveLength(1)
    await storeFacts(db, due, { facts: [], waitsFor: 'trust' }, 0)
    expect(await storedFacts()).toEqual(before)
  })
})

it('a signature by the key of the registry makes no fact, whatever it was checked against', async () => {
  const ofRegistry = await publishedKey(testContext())
  await pushSignature(client, repository, await signedSimply(key, image.digest))
  await withSql('UPDATE signature_manifests SET checked_revision = -1')
  const db = openDatabase(env.DB)
  const [due] = await findDue(db, 1)
  if (due === undefined) throw new Error('the signature is due')
  const fact = { kind: 'cosign', issuer: '', subject: '', signedAt: 1, expiresAt: null } as const
  const facts = [
    { ...fact, fingerprint: ofRegistry.fingerprint },
    { ...fact, fingerprint: key.trusted.fingerprint },
  ]
  await storeFacts(db, due, { facts, waitsFor: null }, 0)
  expect(await storedFacts()).toEqual([factOf(due.digest)])
})

describe('a push', () => {
  it('of a signature costs a look-up of what is due, four of what it needs and a write; a second time the first alone', async () => {
    await registerKey(alice, key)
    const pushed = await signedSimply(key, image.digest)
    for (const blob of pushed.blobs) await pushBlob(client, repository, blob)
    const { client: counting, counted, reset } = countingClient(await aToken())
    expect((await putManifest(counting, repository, pushed.tag ?? '', pushed.manifest)).status).toBe(201)
    expect(counted).toMatchObject({ roundTrips: 5, writes: 2, classA: 0, classB: 1 })
    reset()
    expect((await putManifest(counting, repository, pushed.tag ?? '', pushed.manifest)).status).toBe(201)
    expect(counted).toMatchObject({ roundTrips: 2, writes: 1, classA: 0, classB: 0 })
  })
})

const aToken = (): Promise<string> =>
  tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull', 'push', 'delete'] }])
