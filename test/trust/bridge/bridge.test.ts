/** What Notary signs is restated with the registry's own key, and withdrawn when Notary signs it no more. */
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { env } from 'cloudflare:workers'
import { Buffer } from 'node:buffer'
import nodeCrypto from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { bridgeSlice, makeBridgeJob } from '../../../src/trust/bridge/job.ts'
import { registryKey, rotateRegistryKey } from '../../../src/trust/bridge/registry-key.ts'
import { findDue } from '../../../src/trust/bridge/restatement-store.ts'
import { trustedKey } from '../../../src/trust/signatures/keys.ts'
import { withSql } from '../../support/bounds.ts'
import { problemOf, send, type Send } from '../../support/client.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { bytesOf, countRows, digestOf, pushBlob, pushImage, putManifest, type Bytes } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { mortal } from '../../support/crashing.ts'
import { faultyBucket } from '../../support/faults.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { jobsContext, logOf, over } from '../../support/jobs.ts'
import { aPerson, clientOf, type Person } from '../../support/people.ts'
import { findingsOf } from '../support/checking.ts'
import { aPublishedCollection, expectOk, gunOf, notaryClient, trustPath, type Publisher } from '../support/clients.ts'
import type { PushedSignature } from '../support/cosign.ts'
import { keysOf, storedFacts, tick } from '../support/pushing.ts'

const repository = 'alice/app'
const gun = gunOf(repository)
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const notationType = 'application/vnd.cncf.notary.signature'
const path = `/api/v0/repositories/${repository}/restatements`

let alice: Person
let client: Send
let notary: Send
let digest: string

beforeEach(async () => {
  alice = await aPerson('alice')
  client = await clientOf(repository)
  ;({ digest } = await pushImage(client, repository, 'v1'))
  notary = await notaryClient('alice', gun)
})

const hexOf = (text: string): string => text.slice('sha256:'.length)
const publishing = (targets: Readonly<Record<string, string>>): Promise<Publisher> =>
  aPublishedCollection(notary, gun, {
    targets: Object.fromEntries(Object.entries(targets).map(([name, signed]) => [name, hexOf(signed)])),
  })

interface Listed {
  readonly digest: string
  readonly artifactType: string
  readonly annotations: Readonly<Record<string, string>>
}

async function referrersOf(subject: string): Promise<Listed[]> {
  const response = await client('GET', `/v2/${repository}/referrers/${subject}`)
  const { manifests } = await response.json<{ manifests: Listed[] }>()
  return manifests.toSorted((one, other) => one.artifactType.localeCompare(other.artifactType))
}
const typesOf = async (subject: string): Promise<string[]> =>
  (await referrersOf(subject)).map(({ artifactType }) => artifactType)

async function bytesAt(place: string): Promise<Bytes> {
  const response = await client('GET', `/v2/${repository}/${place}`)
  expect([place, response.status]).toEqual([place, 200])
  return new Uint8Array(await response.arrayBuffer())
}

/** What a verifier fetches. */
async function fetched(listed: Listed | undefined): Promise<PushedSignature & { readonly layer: Bytes }> {
  const manifest = await bytesAt(`manifests/${listed?.digest}`)
  const { layers } = JSON.parse(new TextDecoder().decode(manifest)) as { layers: { digest: string }[] }
  const layer = await bytesAt(`blobs/${layers[0]?.digest}`)
  return { manifest, blobs: [bytesOf('{}'), layer], tag: undefined, layer }
}

const published = async (file: string): Promise<string> => (await send('GET', `/trust/registry.${file}`)).text()
const derIn = (pem: string): Bytes => Uint8Array.fromBase64(pem.replaceAll(/-----.*-----|\n/g, ''))
const fingerprint = async (): Promise<string | undefined> => (await registryKey(testContext()))?.fingerprint
const jobOf = (changes: Parameters<typeof testContext>[0] = {}) => ({
  ...jobsContext(changes),
  job: { id: 'x', startedAt: 1, parameters: {}, deaths: 0 },
})
const lastLog = async (): Promise<string[]> => {
  const id = await env.DB.prepare(
    "SELECT id FROM jobs WHERE action = 'trust_bridge' ORDER BY rowid DESC",
  ).first<string>('id')
  await over(id ?? '')
  return logOf(id ?? '')
}

describe('an image that Notary signs', () => {
  it('is restated as a sigstore bundle that the published key verifies', async () => {
    await publishing({ v1: digest })
    await tick()
    const [notation, bundle] = await referrersOf(digest)
    expect([notation?.artifactType, bundle?.artifactType]).toEqual([notationType, bundleType])
    expect(bundle?.annotations).toMatchObject({
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
    })
    const signature = await fetched(bundle)
    const spki = derIn(await published('pem'))
    const own = await trustedKey(spki)
    expect(await findingsOf(signature, { keys: [own] }, [await bytesAt(`manifests/${digest}`)])).toMatchObject({
      facts: [{ digest, kind: 'cosign', signer: { form: 'key', fingerprint: own.fingerprint } }],
      refusals: [],
    })
    expect(() => verifyAsSigstore(signature.layer, spki)).not.toThrow()
    expect(() => verifyAsSigstore(signature.layer, spki, (text) => text.replace(/"sig":"M/, '"sig":"N'))).toThrow()
  })

  it('is restated as a signature of notation that the published certificate verifies', async () => {
    await publishing({ v1: digest })
    await tick()
    const [notation] = await referrersOf(digest)
    expect(JSON.parse(notation?.annotations['io.cncf.notary.x509chain.thumbprint#S256'] ?? '')).toHaveLength(1)
    const certificate = derIn(await published('crt'))
    const stores = [{ name: 'registry', type: 'ca', certificates: [certificate] } as const]
    expect(await findingsOf(await fetched(notation), { keys: [], stores }, [], Date.now())).toMatchObject({
      facts: [{ digest, kind: 'notation', signer: { form: 'certificate', store: 'registry' } }],
      refusals: [],
    })
  })

  it('is restated once, whatever the number of its tags, and not again by a repeated job', async () => {
    await publishing({ v1: digest, v2: digest, v3: digest })
    await tick()
    const first = await referrersOf(digest)
    expect(first).toHaveLength(2)
    expect((await alice.ask('POST', path)).status).toBe(202)
    await lastLog()
    expect(await referrersOf(digest)).toEqual(first)
    expect(await (await alice.ask('GET', path)).json()).toEqual({ images: 1, pending: false })
  })

  it('is restated after an outage of R2, which is no refusal that waits for an hour', async () => {
    await publishing({ v1: digest })
    const { bucket, failed } = faultyBucket({ call: 'put', message: 'Service Unavailable (10043)', times: 3 })
    await expect(bridgeSlice(jobOf({ bucket }), undefined)).rejects.toMatchObject({
      failure: { kind: 'storage-unavailable' },
    })
    expect([failed(), await typesOf(digest)]).toEqual([3, []])
    expect(await bridgeSlice(jobOf({ bucket }), undefined)).toMatchObject({ checkpoint: { made: 1 } })
    expect(await typesOf(digest)).toEqual([notationType, bundleType])
  })

  it('lets other repositories have their turns when R2 fails each time in the middle of one', async () => {
    await publishing({ v1: digest })
    const now = Date.now()
    const due = await findDue(openDatabase(env.DB), '', now)
    const { bucket } = faultyBucket({ call: 'put', message: 'Service Unavailable (10043)', times: 99 })
    const slice = (checkpoint: unknown) => bridgeSlice(jobOf({ bucket, clock: () => now }), checkpoint)
    const { checkpoint, isDone } = await slice({ at: { ...due, after: 'sha256:0' } })
    expect([checkpoint, isDone]).toEqual([{ made: 0, withdrawn: 0 }, false])
    expect(await countRows('bridged_repositories', `due_at = ${now + 5 * 60_000}`)).toBe(1)
    expect(await slice(checkpoint)).toMatchObject({ isDone: true })
  })

  it('makes no facts, no pins and no checks of its own', async () => {
    await publishing({ v1: digest })
    const [facts, pins] = [await storedFacts(), await countRows('pins')]
    await tick()
    await tick()
    expect(await storedFacts()).toEqual(facts)
    expect([await countRows('pins'), await countRows('signature_manifests')]).toEqual([pins, 0])
  })

  it('is restated when its image comes later', async () => {
    const other = await aPerson('bob').then(() => clientOf('bob/app'))
    const image = await pushImage(other, 'bob/app', 'v1', 7)
    await publishing({ v2: image.digest })
    await tick()
    expect(await typesOf(image.digest)).toEqual([])
    await pushImage(client, repository, 'v2', 7)
    await tick()
    expect(await typesOf(image.digest)).toEqual([notationType, bundleType])
  })

  it('is restated again on demand when a restatement was deleted', async () => {
    await publishing({ v1: digest })
    await tick()
    const [, bundle] = await referrersOf(digest)
    expect((await client('DELETE', `/v2/${repository}/manifests/${bundle?.digest}`)).status).toBe(202)
    expect(await typesOf(digest)).toEqual([notationType])
    await alice.ask('POST', path)
    await lastLog()
    expect(await typesOf(digest)).toEqual([notationType, bundleType])
  })
})

describe('a restatement stays in the repository that it was made for', () => {
  /** Pushes a signature as it is, or with a layer of other bytes that say the same. @returns the status and the code */
  async function copied(
    to: Send,
    repositoryOfCopy: string,
    { manifest, layer }: { readonly manifest: Bytes; readonly layer: Bytes },
    isWrittenAnew = false,
  ): Promise<[number, string | undefined]> {
    const text = new TextDecoder().decode(layer)
    const blob = bytesOf(isWrittenAnew ? JSON.stringify(JSON.parse(text), undefined, 1) : text)
    await pushBlob(to, repositoryOfCopy, bytesOf('{}'))
    await pushBlob(to, repositoryOfCopy, blob)
    const copy = JSON.parse(new TextDecoder().decode(manifest)) as { layers: object[] }
    const layers = [{ ...copy.layers[0], digest: await digestOf(blob), size: blob.length }]
    // Clients look for the beginning of the type alone.
    const renamed = JSON.stringify({ ...copy, layers }).replaceAll(
      bundleType,
      'application/vnd.dev.sigstore.bundle+json',
    )
    const bytes = isWrittenAnew ? bytesOf(renamed) : manifest
    const answer = await putManifest(to, repositoryOfCopy, await digestOf(bytes), bytes, mediaTypes.image)
    return [answer.status, answer.ok ? undefined : (await problemOf(answer)).code]
  }

  it('and is refused in another one that has the image, also when it is written in other bytes', async () => {
    await publishing({ v1: digest })
    await tick()
    const bob = await aPerson('bob').then(() => clientOf('bob/app'))
    await pushImage(bob, 'bob/app', 'v1')
    for (const listed of await referrersOf(digest)) {
      const signature = await fetched(listed)
      for (const isWrittenAnew of [false, true]) {
        expect(await copied(bob, 'bob/app', signature, isWrittenAnew)).toEqual([403, 'DENIED'])
      }
      expect(await copied(client, repository, signature)).toEqual([201, undefined])
    }
  })

  it('and does not come back after it was withdrawn, nor by a key that was replaced', async () => {
    await publishing({ v1: digest })
    await tick()
    const signatures = await Promise.all((await referrersOf(digest)).map(fetched))
    expect(signatures).toHaveLength(2)
    await expectOk(notary('DELETE', trustPath(gun)))
    await tick()
    for (const signature of signatures) expect(await copied(client, repository, signature)).toEqual([403, 'DENIED'])
    await rotateRegistryKey(testContext(), '')
    for (const signature of signatures) expect(await copied(client, repository, signature)).toEqual([403, 'DENIED'])
  })
})

describe('a restatement is withdrawn', () => {
  it('when the tag moves to another image, which is restated', async () => {
    const publisher = await publishing({ v1: digest })
    await tick()
    const next = await pushImage(client, repository, 'v1', 2)
    await expectOk(
      publisher.publish({ targets: await publisher.targets({ version: 3, targets: { v1: hexOf(next.digest) } }) }),
    )
    await tick()
    expect([await typesOf(digest), await typesOf(next.digest)]).toEqual([[], [notationType, bundleType]])
    expect(await countRows('restatements')).toBe(2)
  })

  it('when the trust data is deleted', async () => {
    await publishing({ v1: digest })
    await tick()
    await expectOk(notary('DELETE', trustPath(gun)))
    await tick()
    expect([await typesOf(digest), await countRows('restatements')]).toEqual([[], 0])
    expect((await client('DELETE', `/v2/${repository}/manifests/${digest}`)).status).toBe(202)
  })

  it('when the trust data expires', async () => {
    await publishing({ v1: digest })
    await tick()
    const soon = Date.now() + 1500
    await withSql("UPDATE trust_expiries SET expires_at = ? WHERE role = 'targets'", soon)
    await tick()
    expect(await typesOf(digest)).toHaveLength(2)
    await scheduler.wait(soon + 100 - Date.now())
    await tick()
    expect(await typesOf(digest)).toEqual([])
  })

  it('when only the registry itself vouches for the image in Notary', async () => {
    await publishing({ v1: digest })
    await tick()
    await withSql('UPDATE signature_facts SET fingerprint = ?', await fingerprint())
    await alice.ask('POST', path)
    await lastLog()
    expect(await typesOf(digest)).toEqual([])
  })

  it('while the setting is off', async () => {
    const root = await aPerson('root', { isAdmin: true })
    await publishing({ v1: digest })
    await tick()
    await root.ask('POST', '/api/v0/meta/settings', { trustBridge: false })
    await tick()
    expect(await typesOf(digest)).toEqual([])
    await root.ask('POST', '/api/v0/meta/settings', { trustBridge: true })
    await tick()
    expect(await typesOf(digest)).toHaveLength(2)
  })

  it('when the key is replaced, and made again with the new one', async () => {
    await publishing({ v1: digest })
    await tick()
    const before = new Set((await referrersOf(digest)).map((one) => one.digest))
    await rotateRegistryKey(testContext(), '')
    await tick()
    const after = (await referrersOf(digest)).map((one) => one.digest)
    expect(after).toHaveLength(2)
    expect(after.filter((one) => before.has(one))).toEqual([])
    const { results } = await env.DB.prepare('SELECT DISTINCT signed_with AS key FROM restatements').all()
    expect(results).toEqual([{ key: await fingerprint() }])
  })

  it('when its key was replaced, also while the new one is lost', async () => {
    await publishing({ v1: digest })
    await tick()
    await rotateRegistryKey(testContext(), '')
    await withSql("UPDATE registry_keys SET sealed_with = 'lost'")
    await tick()
    expect(await typesOf(digest)).toEqual([])
  })

  it('also while the key is lost, when nothing can be restated', async () => {
    const publisher = await publishing({ v1: digest })
    await tick()
    await withSql("UPDATE registry_keys SET sealed_with = 'lost'")
    const next = await pushImage(client, repository, 'v1', 2)
    await expectOk(
      publisher.publish({ targets: await publisher.targets({ version: 3, targets: { v1: hexOf(next.digest) } }) }),
    )
    await tick()
    expect([await typesOf(digest), await typesOf(next.digest)]).toEqual([[], []])
    expect((await lastLog()).join('\n')).toMatch(/own key does not open, so nothing was restated/)
    const jobs = await countRows('jobs', "action = 'trust_bridge'")
    await tick()
    expect(await countRows('jobs', "action = 'trust_bridge'")).toBe(jobs)
  })
})

describe('the key of the registry', () => {
  it('is refused as the key of a user', async () => {
    await publishing({ v1: digest })
    await tick()
    const refused = await alice.ask('POST', keysOf('alice'), { publicKey: await published('pem') })
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringMatching(/registry/)])
  })
})

describe('the job', () => {
  it('goes on after a crash at any of its calls, and makes each signature once', async () => {
    const publisher = await publishing({ v1: digest })
    await registryKey(testContext())
    for (let after = 0, ended = false; !ended; after += 2) {
      const crash = mortal({ after, tookEffect: after % 4 === 0 })
      const context = jobOf({ bucket: crash.BUCKET, db: openDatabase(crash.DB) })
      const checkpoint = await bridgeSlice(context, undefined).catch(() => undefined)
      ended = checkpoint !== undefined && !crash.hasCrashed()
      expect(after).toBeLessThan(100)
    }
    await tick()
    expect(await typesOf(digest)).toEqual([notationType, bundleType])
    expect(await countRows('restatements', 'is_stored = 1')).toBe(2)
    expect(await publisher.get('root.json')).toMatchObject({ status: 200 })
  })

  it('goes on in further slices, each with a bounded number of images', async () => {
    const others = new Map<string, string>()
    for (let seed = 2; seed <= 10; seed++) {
      others.set(`v${seed}`, (await pushImage(client, repository, `v${seed}`, seed)).digest)
    }
    await publishing(Object.fromEntries(others))
    const first = await bridgeSlice(jobOf(), undefined)
    expect(first).toMatchObject({ isDone: false, checkpoint: { made: 8, at: { repository } } })
    expect(await bridgeSlice(jobOf(), first.checkpoint)).toMatchObject({ isDone: false, checkpoint: { made: 9 } })
    expect(await bridgeSlice(jobOf(), { made: 9 })).toMatchObject({
      isDone: true,
      lines: ['restated 9 images, and withdrew what is said of 0'],
    })
  })

  it('asks D1 once a minute when nothing is due, and a bounded number of times for an image', async () => {
    let trips = 0
    const db = openDatabase(
      interceptedDatabase((_, run) => {
        trips++
        return run()
      }),
    )
    const context = jobOf({ db })
    await publishing({ v1: digest })
    await registryKey(testContext())
    await makeBridgeJob(context)
    expect(trips).toBe(1)
    trips = 0
    expect(await bridgeSlice(context, undefined)).toMatchObject({ isDone: false, checkpoint: { made: 1 } })
    expect(trips).toBeLessThanOrEqual(22)
    trips = 0
    expect(await bridgeSlice(context, { made: 1 })).toMatchObject({ isDone: true })
    expect(trips).toBe(3)
  })
})

/** Verifies a bundle as cosign does with a key and without a log. */
function verifyAsSigstore(layer: Bytes, spki: Bytes, change: (text: string) => string = (text) => text): void {
  const bundle = bundleFromJSON(JSON.parse(change(new TextDecoder().decode(layer))) as unknown)
  const publicKey = nodeCrypto.createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const root = toTrustMaterial(
    TrustedRoot.fromJSON({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }),
    () => ({
      publicKey,
      validFor: () => true,
    }),
  )
  const { verify } = nodeCrypto
  // BoringSSL has no default digest, which the library takes of OpenSSL.
  Object.assign(nodeCrypto, {
    verify: (algorithm: string | undefined, ...rest: [Uint8Array, typeof publicKey, Uint8Array]) =>
      verify(algorithm ?? 'sha256', ...rest),
  })
  try {
    new Verifier(root, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle))
  } finally {
    Object.assign(nodeCrypto, { verify })
  }
}

it('a repository has its turn beside one that is always due', async () => {
  await pushImage(await clientOf('alice/other'), 'alice/other', 'v1')
  await withSql('INSERT INTO bridged_repositories (repository_id, due_at) SELECT id, 0 FROM repositories')
  const found = new Set<string | undefined>()
  for (let turn = 0; turn < 40; turn++) found.add((await findDue(openDatabase(env.DB), '', 1))?.repository)
  expect([...found].toSorted()).toEqual([repository, 'alice/other'])
})
