/** The registry as a delegate, end to end: what clients read of a collection after signatures, rights and tags change. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { delegateSlice } from '../../../src/trust/bridge/delegate-job.ts'
import { readRoot, readSnapshot } from '../../../src/trust/tuf/documents.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { checkHashes } from '../../../src/trust/tuf/hashes.ts'
import { keyIdOf } from '../../../src/trust/tuf/keys.ts'
import { verifyDelegation, verifySnapshot, verifyTimestamp, verifyTopTargets } from '../../../src/trust/tuf/verify.ts'
import { withSql } from '../../support/bounds.ts'
import { host, send, type Send } from '../../support/client.ts'
import { bytesOf, countRows, pushImage, putManifest, type Image } from '../../support/content.ts'
import { faultyBucket } from '../../support/faults.ts'
import { jobsContext } from '../../support/jobs.ts'
import { anOrganization, aPerson, clientOf, type Person } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import {
  aPublishedCollection,
  aPublisher,
  digestFor,
  expectOk,
  gunOf,
  notaryClient,
  readFile,
  trustPath,
  upload,
  type Publisher,
} from '../support/clients.ts'
import { aSigningKey, signedSimply, type SigningKey } from '../support/cosign.ts'
import { aSnapshot, aTargets, day, textOf, type Bytes, type DelegationOptions } from '../support/documents.ts'
import { aKey, type TestKey } from '../support/keys.ts'
import { keysOf, pushSignature, registerKey, tick } from '../support/pushing.ts'

const repository = 'acme/app'
const gun = gunOf(repository)
const releases = 'targets/releases'
const own = 'targets/registry'

let key: SigningKey
let root: Person
let dev: Person
let ray: Person
let client: Send
let publisher: Publisher
let image: Image
let registry: TestKey
let human: TestKey

beforeAll(async () => {
  ;[key, human] = [await aSigningKey(), await aKey()]
})

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await aPerson('owner')
  dev = await aPerson('dev')
  ray = await aPerson('ray')
  await anOrganization('acme', {
    owners: ['owner'],
    members: ['ray'],
    teams: { developers: ['dev'], security: ['ray'] },
  })
  client = await clientOf(repository)
  image = await pushImage(client, repository, 'v1')
  await withSql(`INSERT INTO repository_grants (repository_id, team_id, rank)
    SELECT repositories.id, teams.id, 2 FROM repositories, teams WHERE teams.name = 'developers'`)
  registry = await registryAsSigner()
  publisher = await aPublishedCollection(await notaryClient('owner', gun), gun, { delegations: signers() })
})

/** The key that `docker trust signer add --key registry.pem` adds. */
async function registryAsSigner(): Promise<TestKey> {
  const pem = await (await send('GET', '/trust/registry.pem')).text()
  const publicKey = { type: 'ecdsa', bytes: Uint8Array.fromBase64(pem.replaceAll(/-----[A-Z ]+-----/g, '')) }
  return { ...human, id: await keyIdOf(publicKey), publicKey }
}

const signers = (): DelegationOptions[] => [
  { name: own, keys: [registry] },
  { name: 'targets/human', keys: [human] },
  { name: releases, keys: [registry, human] },
]

const hexOf = (digest: string): string => digest.slice('sha256:'.length)

/** Time enough for consumers of events, and then for the job. */
async function settle(): Promise<void> {
  await tick()
  await tick()
  expect(await countRows('trust_delegates', 'due_at = 0')).toBe(0)
}

/** Verifies a role from the root down, as clients do. @returns digests in hexadecimal digits by tag */
async function verified(role: typeof own | typeof releases): Promise<Record<string, string>> {
  const read = async (name: string): Promise<Bytes> => (await readFile(publisher, `${name}.json`)).bytes
  const [rootBytes, timestamp, snapshot, targets] = await Promise.all(
    ['root', 'timestamp', 'snapshot', 'targets'].map(read),
  )
  const [trusted] = [readRoot(readEnvelope(rootBytes as Bytes))]
  const pointer = await verifyTimestamp(readEnvelope(timestamp as Bytes), trusted)
  await checkHashes('snapshot', snapshot as Bytes, pointer.meta.get('snapshot'))
  const index = await verifySnapshot(readEnvelope(snapshot as Bytes), trusted)
  const top = await verifyTopTargets(readEnvelope(targets as Bytes), trusted)
  if (!readSnapshot(readEnvelope(snapshot as Bytes)).meta.has(role)) return {}
  const bytes = await read(role)
  await checkHashes(role, bytes, index.meta.get(role))
  const { targets: found } = await verifyDelegation(readEnvelope(bytes), role, new Map([['targets', top]]))
  return Object.fromEntries(
    Array.from(found.targets, ([tag, { hashes }]) => [tag, hashes.get('sha256')?.toHex() ?? '']),
  )
}

const bothRoles = async () => [await verified(own), await verified(releases)]

async function signIt(by: Person = dev): Promise<string> {
  await registerKey(by, key)
  return pushSignature(client, repository, await signedSimply(key, image.digest))
}

describe('a signature by a user who may push', () => {
  it('puts the tag into targets/releases, for Docker to verify', async () => {
    await settle()
    expect(await bothRoles()).toEqual([{}, {}])
    await signIt()
    await settle()
    const signed = { v1: hexOf(image.digest) }
    expect(await bothRoles()).toEqual([signed, signed])
    const { signed: document } = JSON.parse(textOf((await readFile(publisher, `${releases}.json`)).bytes))
    expect(document.targets.v1.length).toBe(image.manifest.length)
    const tags = await dev.ask('GET', `/api/v0/repositories/${repository}/tags?domain=${host}`)
    const shown = await tags.json<Array<{ name: string }>>()
    expect(shown.find(({ name }) => name === 'v1')).toMatchObject({ inNotary: true, hashMismatch: false })
    await withSql('UPDATE trust_delegates SET due_at = 0')
    await settle()
    expect((await readFile(publisher, `${releases}.json`)).version).toBe(1)
  })

  it.each<[string, (source: string) => Promise<unknown>]>([
    ['its key is deleted', () => deleteKeys(dev)],
    ['its manifest is deleted', (source) => client('DELETE', `/v2/${repository}/manifests/${source}`)],
    ['its tag is deleted', () => client('DELETE', `/v2/${repository}/manifests/v1`)],
    ['its tag moves', () => pushImage(client, repository, 'v1', 2)],
    ['its user may push no more', () => withoutEvent('DELETE FROM repository_grants')],
    ['a policy demands another team', () => demand(['acme/security'])],
  ])('is withdrawn when %s', async (_, change) => {
    const source = await signIt()
    await settle()
    expect(await verified(releases)).toEqual({ v1: hexOf(image.digest) })
    await change(source)
    await settle()
    expect(await bothRoles()).toEqual([{}, {}])
    expect(await countRows('pins', "pinned_by LIKE '%releases'")).toBe(0)
  })

  it('lets another signer’s targets stand, and withdraws only its own', async () => {
    await pushImage(client, repository, 'v2')
    const release = await aTargets({ signers: [human], version: 1, targets: { v1: digestFor(1), v3: digestFor(3) } })
    await expectOk(upload(publisher.client, gun, { [releases]: release }))
    await signIt()
    await putManifest(client, repository, 'v4', image.manifest)
    await settle()
    expect(await verified(releases)).toMatchObject({ v1: digestFor(1), v3: digestFor(3), v4: hexOf(image.digest) })
    expect(await verified(own)).not.toHaveProperty('v1')
    expect(await countRows('pins', "kind = 'tag' AND name IN ('v1', 'v3')")).toBe(2)
    expect(await countRows('pins', "kind = 'tag' AND name = 'v4'")).toBe(0)
    await deleteKeys(dev)
    await settle()
    expect(await verified(releases)).toEqual({ v1: digestFor(1), v3: digestFor(3) })
  })

  it('pins no tag, also after another signer has published', async () => {
    await signIt()
    await settle()
    const release = JSON.parse(textOf((await readFile(publisher, `${releases}.json`)).bytes)).signed
    const next = await aTargets({
      signers: [human],
      version: 2,
      change: (signed) => ({ ...signed, targets: release.targets }),
    })
    await expectOk(upload(publisher.client, gun, { [releases]: next }))
    expect(await countRows('pins', "kind = 'tag'")).toBe(0)
    expect((await client('DELETE', `/v2/${repository}/manifests/v1`)).status).toBe(202)
    await settle()
    expect(await verified(releases)).toEqual({})
  })
})

/** A right that goes with an event, as every change of rights has one. */
async function withoutEvent(sql: string): Promise<void> {
  await withSql(sql)
  await withSql(`INSERT INTO events (published_at, actor, type, object_type, object_id, object_name, repository)
    VALUES (1, '', 'DELETE', 'access', 'x', 'x', '${repository}')`)
}

async function deleteKeys(person: Person): Promise<void> {
  const { accountPublicKeys } = await (
    await person.ask('GET', keysOf(person.name))
  ).json<{ accountPublicKeys: readonly { readonly id: string }[] }>()
  for (const { id } of accountPublicKeys) {
    expect((await person.ask('DELETE', `${keysOf(person.name)}/${id}`)).status).toBe(204)
  }
}

const demand = async (teams: readonly string[], mode = 'enforce'): Promise<void> => {
  const answer = await root.ask('PUT', `/api/v0/repositories/${repository}/signaturePolicy`, { mode, teams })
  expect(answer.status).toBe(200)
}

describe('what stands in the way is an alert that says what to do:', () => {
  const alerts = async (): Promise<unknown> => (await root.ask('GET', '/api/v0/meta/alerts')).json()

  it('a client has the key of the snapshot', async () => {
    const other = gunOf('dev/app')
    const image2 = await pushImage(await clientOf('dev/app'), 'dev/app', 'v1')
    const snapshotKey = await aKey()
    const held = await aPublisher(await notaryClient('dev', other), other, { snapshot: [snapshotKey] })
    const files = { root: await held.root(), targets: await held.targets({ delegations: signers() }) }
    const snapshot = await aSnapshot({ signers: [snapshotKey], files })
    await expectOk(held.publish({ ...files, snapshot }))
    await registerKey(dev, key)
    await pushSignature(await clientOf('dev/app'), 'dev/app', await signedSimply(key, image2.digest))
    await settle()
    expect(JSON.stringify(await alerts())).toContain(
      `the registry is a signer of ${other} and cannot publish there, as a client holds the key of the snapshot: an owner gives it to the registry with \\"notary key rotate <gun> snapshot -r\\"`,
    )
    await expectOk(held.client('DELETE', trustPath(other)))
    expect(JSON.stringify(await alerts())).not.toContain('snapshot')
  })

  it('the registry has another key now, until an owner adds that', async () => {
    await signIt()
    await settle()
    expect((await root.ask('POST', '/api/v0/trust/registryKey')).status).toBe(201)
    await settle()
    expect(JSON.stringify(await alerts())).toContain('a key that the registry has replaced')
    const former = registry
    registry = await registryAsSigner()
    const delegations = signers().map(({ name, keys }) => ({
      name,
      keys: keys.includes(registry) ? [former, ...keys] : keys,
    }))
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3, delegations }) }))
    await pushImage(client, repository, 'v9')
    await settle()
    expect(JSON.stringify(await alerts())).not.toContain('replaced')
  })
})

it('a collection whose document R2 never gives lets the others have their turns', async () => {
  const padded = textOf(await publisher.targets({ version: 3, delegations: signers() })).padEnd(1_000_000, ' ')
  await expectOk(publisher.publish({ targets: bytesOf(padded) }))
  const other = gunOf('acme/other')
  await pushImage(await clientOf('acme/other'), 'acme/other', 'v1')
  await aPublishedCollection(await notaryClient('owner', other), other, { delegations: signers() })
  const now = Date.now()
  await withSql(`UPDATE trust_delegates SET due_at = collection_id`)
  const { bucket } = faultyBucket({ call: 'get', message: 'Network connection lost.', times: 99, when: 'reading' })
  const job = { id: 'x', startedAt: 1, parameters: {}, deaths: 0 }
  const slice = () => delegateSlice({ ...jobsContext({ bucket, clock: () => now }), job }, undefined)
  await expect(slice()).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
  expect(await slice()).toMatchObject({ checkpoint: { looked: 1 } })
  expect(await slice()).toMatchObject({ isDone: true })
  const soon = now + 5 * 60_000
  expect(await rowsOf('SELECT due_at FROM trust_delegates ORDER BY collection_id')).toEqual([
    { due_at: soon },
    { due_at: now + day },
  ])
})

it('what the registry signed in one collection is refused in another, which no document names', async () => {
  await signIt()
  await settle()
  const signed = (await readFile(publisher, `${releases}.json`)).bytes
  const other = gunOf('acme/other')
  await pushImage(await clientOf('acme/other'), 'acme/other', 'v1')
  const victim = await aPublishedCollection(await notaryClient('owner', other), other, { delegations: signers() })
  const answer = await victim.publish({ [releases]: signed })
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining('targets/releases is signed by the registry alone, which publishes itself what it signs'),
  ])
  // After a deletion a client publishes again all that it has cached.
  const cached = await Promise.all(
    ['root', 'targets', own, releases].map(
      async (role) => [role, (await readFile(publisher, `${role}.json`)).bytes] as const,
    ),
  )
  await expectOk(publisher.client('DELETE', trustPath(gun)))
  await expectOk(publisher.publish(Object.fromEntries(cached)))
})

it('no user may register the key of the registry, by which it would sign for them', async () => {
  const pem = await (await send('GET', '/trust/registry.pem')).text()
  const answer = await ray.ask('POST', keysOf('ray'), { publicKey: pem })
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining('it is the key of the registry itself, which signs for no user; use a key of your own'),
  ])
})
