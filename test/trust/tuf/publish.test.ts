/** Publishes that are accepted: what Docker and the notary command do, command by command. */
import { beforeAll, describe, expect, it } from 'vitest'
import { readTargets, readTimestamp } from '../../../src/trust/tuf/documents.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { fingerprintOf } from '../../../src/trust/tuf/keys.ts'
import { verifySignatures, authorityOf } from '../../../src/trust/tuf/verify.ts'
import { readRoot } from '../../../src/trust/tuf/documents.ts'
import { aCollection, aPublishedCollection, type TestCollection } from '../support/collection.ts'
import { aRoot, aSnapshot, aTargets, bytesOf, day, metaOf, seal, textOf, type Bytes } from '../support/documents.ts'
import { aCertifiedKey, aKey, type TestKey } from '../support/keys.ts'
import type { MemoryServer, Outcome } from '../support/memory-server.ts'

const digest = 'ab'.repeat(32)

/** The roles that were stored, with their versions, in their order. */
function acceptedBy(outcome: Outcome): string[] {
  if ('refusal' in outcome) throw new Error(`refused: ${JSON.stringify(outcome.refusal)}`)
  return outcome.documents.map(({ role, version }) => `${role} ${version}`)
}

/** Checks what every client checks: the chain of hashes from the timestamp down, and the signatures of the server. */
async function expectSound(server: MemoryServer): Promise<void> {
  const root = readRoot(readEnvelope(server.bytesOf('root')))
  await verifySignatures(readEnvelope(server.bytesOf('timestamp')), authorityOf(root, 'timestamp'))
  await verifySignatures(readEnvelope(server.bytesOf('snapshot')), authorityOf(root, 'snapshot'))
  expect(server.signed('timestamp')['meta']).toEqual({ snapshot: await metaOf(server.bytesOf('snapshot')) })
  expect(server.signed('snapshot')['meta']).toMatchObject({
    root: await metaOf(server.bytesOf('root')),
    targets: await metaOf(server.bytesOf('targets')),
  })
}

describe('the first push of Docker', () => {
  it('brings root and the second version of targets, and the server signs the rest', async () => {
    const { server, root, targets } = await aCollection()
    const [rootBytes, targetsBytes] = [await root(), await targets({ targets: { v1: digest } })]
    const outcome = await server.publish({ targets: targetsBytes, root: rootBytes })
    expect(acceptedBy(outcome)).toEqual(['targets 2', 'root 1', 'snapshot 1', 'timestamp 1'])
    expect(server.bytesOf('root')).toEqual(rootBytes)
    expect(server.bytesOf('targets')).toEqual(targetsBytes)
    await expectSound(server)
  })

  it('tells who signed which targets', async () => {
    const { server, root, targets, targetsKey } = await aCollection()
    const outcome = await server.publish({ root: await root(), targets: await targets({ targets: { v1: digest } }) })
    const signed = 'targets' in outcome ? outcome.targets.get('targets') : undefined
    expect(Array.from(signed?.targets.targets.keys() ?? [])).toEqual(['v1'])
    const [signer] = signed?.signers ?? []
    expect(signer && (await fingerprintOf(signer))).toBe(await fingerprintOf(targetsKey.publicKey))
  })

  it('lasts for 14 days and three years, in whole seconds', async () => {
    const { server, root, targets } = await aCollection({ now: Date.UTC(2026, 10, 28, 12, 0, 0, 999) })
    await server.publish({ root: await root(), targets: await targets() })
    expect(server.signed('timestamp')['expires']).toBe('2026-12-12T12:00:00Z')
    expect(server.signed('snapshot')['expires']).toBe('2029-11-27T12:00:00Z')
  })

  it('is written as Go would write it again', async () => {
    const { server } = await aPublishedCollection()
    for (const role of ['snapshot', 'timestamp'] as const) {
      const text = textOf(server.bytesOf(role))
      const { signed, signatures } = JSON.parse(text) as { signed: object; signatures: object[] }
      expect(textOf(await seal(signed, []))).toBe(text.replace(JSON.stringify(signatures), '[]'))
      expect(Object.keys(signatures[0] ?? {})).toEqual(['keyid', 'method', 'sig'])
    }
  })

  it('may be signed by Ed25519 keys of the server', async () => {
    const { server, keys, targets } = await aCollection()
    const own = { snapshot: [await server.newKey('ed25519')], timestamp: [await server.newKey('ed25519')] }
    const root = await aRoot({ keys: { ...keys, ...own } })
    expect(acceptedBy(await server.publish({ root, targets: await targets() }))).toHaveLength(4)
    await expectSound(server)
  })

  it.each([
    ['the second version of root', { version: 2 }],
    ['names that end in .json', {}],
  ])('may have %s', async (_case, options) => {
    const { server, root, targets } = await aCollection()
    const files = { 'root.json': await root(options), 'targets.json': await targets() }
    expect(acceptedBy(await server.publish(files))).toHaveLength(4)
  })

  it('may name a beginning of the GUN in its certificate', async () => {
    const { server, keys, targets } = await aCollection()
    const wide = await aCertifiedKey('registry.example.com/acme/*')
    const root = await aRoot({ keys: { ...keys, root: [wide] } })
    expect(acceptedBy(await server.publish({ root, targets: await targets() }))).toHaveLength(4)
  })
})

describe('later', () => {
  let collection: TestCollection
  let server: MemoryServer
  let first: Bytes

  beforeAll(async () => {
    collection = await aPublishedCollection()
    server = collection.server
    first = server.bytesOf('root')
  })

  it('a push brings targets alone, whose versions may jump', async () => {
    const bytes = await collection.targets({ version: 7, targets: { v1: digest } })
    expect(acceptedBy(await server.publish({ targets: bytes }))).toEqual(['targets 7', 'snapshot 2', 'timestamp 2'])
    await expectSound(server)
  })

  it('nothing at all is a publish too', async () => {
    expect(acceptedBy(await server.publish({}))).toEqual(['snapshot 3', 'timestamp 3'])
    await expectSound(server)
  })

  it('an uploaded timestamp is not looked at, though its version is an old one', async () => {
    const timestamp = bytesOf('{"signed":{"_type":"Timestamp","version":1}}')
    expect(acceptedBy(await server.publish({ timestamp }))).toEqual(['snapshot 4', 'timestamp 4'])
  })

  it('of a role that comes twice the last counts', async () => {
    const parts = [
      { filename: 'targets', bytes: await collection.targets({ version: 8 }) },
      { filename: 'targets', bytes: await collection.targets({ version: 9 }) },
    ]
    expect(acceptedBy(await server.publish(parts))).toEqual(['targets 9', 'snapshot 5', 'timestamp 5'])
  })

  it('the key of the timestamp is rotated by a root alone', async () => {
    const timestamp = [await server.newKey()]
    const bytes = await aRoot({ keys: { ...collection.keys, timestamp }, version: 2 })
    expect(acceptedBy(await server.publish({ root: bytes }))).toEqual(['root 2', 'snapshot 6', 'timestamp 6'])
    expect(server.documents.some((one) => one.bytes === first)).toBe(true)
    await expectSound(server)
  })
})

describe('what is stored is what is hashed', () => {
  it.each<[string, (text: string) => string]>([
    ['white space behind the document', (text) => `${text}\n `],
    ['white space in it', (text) => text.replace('{"signed":', '{ "signed" :\n')],
    ['a field that is not known beside the signatures', (text) => text.replace('"signatures":', '"x":1,"signatures":')],
  ])('with %s', async (_case, change) => {
    const { server, root, targets } = await aCollection()
    const [rootBytes, targetsBytes] = [bytesOf(change(textOf(await root()))), bytesOf(change(textOf(await targets())))]
    expect(acceptedBy(await server.publish({ root: rootBytes, targets: targetsBytes }))).toHaveLength(4)
    expect(server.bytesOf('targets')).toEqual(targetsBytes)
    await expectSound(server)
  })

  it('with fields that are not known in what is signed, and characters that HTML gives a meaning', async () => {
    const { server, root, targets } = await aCollection()
    const bytes = await targets({ change: (signed) => ({ ...signed, 'x-<&>': '\u2028', 18: [1, { b: 1, a: 2 }] }) })
    expect(acceptedBy(await server.publish({ root: await root(), targets: bytes }))).toHaveLength(4)
    await expectSound(server)
  })
})

describe('delegations', () => {
  let collection: TestCollection
  let releases: TestKey
  let alice: TestKey

  beforeAll(async () => {
    ;[releases, alice] = [await aKey('ecdsa'), await aCertifiedKey('alice')]
    collection = await aPublishedCollection({
      delegations: [
        { name: 'targets/releases', keys: [releases, alice] },
        { name: 'targets/alice', keys: [alice] },
      ],
    })
  })

  it('are published by their signers, several at once, without targets', async () => {
    const { server } = collection
    const target = { targets: { v1: digest }, version: 1 }
    const files = {
      'targets/releases': await aTargets({ ...target, signers: [alice] }),
      'targets/alice': await aTargets({ ...target, signers: [alice] }),
    }
    const outcome = await server.publish(files)
    expect(acceptedBy(outcome)).toEqual(['targets/releases 1', 'targets/alice 1', 'snapshot 2', 'timestamp 2'])
    expect(Object.keys(server.signed('snapshot')['meta'] as object).sort()).toEqual([
      'root',
      'targets',
      'targets/alice',
      'targets/releases',
    ])
    expect('targets' in outcome && [...outcome.targets.keys()].sort()).toEqual([
      'targets',
      'targets/alice',
      'targets/releases',
    ])
    await expectSound(server)
  })

  it('stay in the snapshot when others are published, or removed', async () => {
    const { server } = collection
    const before = server.signed('snapshot')['meta'] as Record<string, object>
    await server.publish({ targets: await collection.targets({ version: 3 }) })
    expect(server.signed('snapshot')['meta']).toMatchObject({ 'targets/alice': before['targets/alice'] })
  })

  it('of delegations are published with those above them, deepest last', async () => {
    const deep = await aKey('ed25519')
    const { server, targets, root } = await aCollection()
    const files = {
      'targets/a/b': await aTargets({ signers: [deep], version: 1 }),
      'targets/a': await aTargets({
        signers: [alice],
        version: 1,
        delegations: [{ name: 'targets/a/b', keys: [deep] }],
      }),
      targets: await targets({ delegations: [{ name: 'targets/a', keys: [alice] }] }),
      root: await root(),
    }
    expect(acceptedBy(await server.publish(files))).toHaveLength(6)
    const next = { 'targets/a/b': await aTargets({ signers: [deep], version: 2 }) }
    expect(acceptedBy(await server.publish(next))).toEqual(['targets/a/b 2', 'snapshot 2', 'timestamp 2'])
    await expectSound(server)
  })

  it('may have expired above what is published, and may sign what their paths do not have', async () => {
    const { server, targets, root } = await aCollection()
    const soon = new Date(server.now + day).toISOString()
    const delegations = [{ name: 'targets/a', keys: [alice], paths: ['other'] }] as const
    await server.publish({ root: await root(), targets: await targets({ delegations, expires: soon }) })
    server.now += 2 * day
    const bytes = await aTargets({ signers: [alice], targets: { v1: digest } })
    expect(acceptedBy(await server.publish({ 'targets/a': bytes }))).toHaveLength(3)
  })

  it('need as many different signers as their threshold', async () => {
    const { server, targets, root } = await aCollection()
    const delegations = [{ name: 'targets/a', keys: [alice, releases], threshold: 2 }] as const
    await server.publish({ root: await root(), targets: await targets({ delegations }) })
    const bytes = await aTargets({ signers: [alice, releases] })
    expect(acceptedBy(await server.publish({ 'targets/a': bytes }))).toHaveLength(3)
  })
})

describe('a snapshot of the client', () => {
  let collection: TestCollection
  let server: MemoryServer

  beforeAll(async () => {
    collection = await aPublishedCollection({ snapshotBy: 'client' })
    server = collection.server
  })

  it('is stored as it is', async () => {
    expect(server.versions()).toEqual({ root: 1, targets: 2, snapshot: 1, timestamp: 1 })
    await expectSound(server)
  })

  it('may come with targets, or alone', async () => {
    const root = server.bytesOf('root')
    const targets = await collection.targets({ version: 3 })
    const withTargets = { targets, snapshot: await collection.snapshot({ files: { root, targets }, version: 2 }) }
    expect(acceptedBy(await server.publish(withTargets))).toEqual(['targets 3', 'snapshot 2', 'timestamp 2'])
    const alone = await collection.snapshot({ files: { root, targets }, version: 5 })
    expect(acceptedBy(await server.publish({ snapshot: alone }))).toEqual(['snapshot 5', 'timestamp 3'])
    await expectSound(server)
  })

  it('is handed over to the server by a root, and taken back by another', async () => {
    const own = { ...collection.keys, snapshot: [await server.newKey()] }
    const handed = await aRoot({ keys: own, version: 2 })
    expect(acceptedBy(await server.publish({ root: handed }))).toEqual(['root 2', 'snapshot 6', 'timestamp 4'])
    await expectSound(server)
    const root = await collection.root({ version: 3 })
    const snapshot = await collection.snapshot({ files: { root, targets: server.bytesOf('targets') }, version: 7 })
    expect(acceptedBy(await server.publish({ root, snapshot }))).toEqual(['root 3', 'snapshot 7', 'timestamp 5'])
    await expectSound(server)
  })
})

describe('the rotation of keys', () => {
  it('of root is signed by the old and the new one, and then by the new one alone', async () => {
    const { server, keys, rootKey } = await aPublishedCollection()
    const next = await aCertifiedKey(server.gun)
    const rotated = { keys: { ...keys, root: [next] }, former: [rootKey] }
    const both = await aRoot({ ...rotated, version: 2, signers: [rootKey, next] })
    expect(acceptedBy(await server.publish({ root: both }))).toEqual(['root 2', 'snapshot 2', 'timestamp 2'])
    const alone = await aRoot({ ...rotated, version: 3 })
    expect(acceptedBy(await server.publish({ root: alone }))).toEqual(['root 3', 'snapshot 3', 'timestamp 3'])
  })

  it('of root is trusted by a certificate that has expired since, if another one of the root is current', async () => {
    const now = Date.now()
    const { server, keys, targets } = await aCollection({ now })
    const short = await aCertifiedKey(server.gun, { notAfter: now + day })
    const long = await aCertifiedKey(server.gun)
    const mixed = { ...keys, root: [short, long] }
    await server.publish({ root: await aRoot({ keys: mixed }), targets: await targets() })
    server.now += 2 * day
    const next = await aRoot({ keys: { ...keys, root: [long] }, former: [short], version: 2, signers: [short, long] })
    expect(acceptedBy(await server.publish({ root: next }))).toHaveLength(3)
  })

  it('of targets comes with targets', async () => {
    const { server, keys } = await aPublishedCollection()
    const next = await aKey('ecdsa')
    const files = {
      root: await aRoot({ keys: { ...keys, targets: [next] }, version: 2 }),
      targets: await aTargets({ signers: [next], version: 3 }),
    }
    expect(acceptedBy(await server.publish(files))).toEqual(['root 2', 'targets 3', 'snapshot 2', 'timestamp 2'])
  })
})

describe('after a deletion', () => {
  it('a cached collection is published again, and the numbers of the server go on', async () => {
    const { server, root, targets } = await aPublishedCollection()
    await server.publish({})
    server.delete()
    const outcome = await server.publish({ root: await root(), targets: await targets() })
    expect(acceptedBy(outcome)).toEqual(['root 1', 'targets 2', 'snapshot 3', 'timestamp 3'])
    expect(readTimestamp(readEnvelope(server.bytesOf('timestamp'))).version).toBe(3)
    await expectSound(server)
  })

  it('a client that signs snapshots begins with its first', async () => {
    const { server, root, targets, snapshot } = await aPublishedCollection({ snapshotBy: 'client' })
    server.delete()
    const files = { root: await root(), targets: await targets() }
    const outcome = await server.publish({ ...files, snapshot: await snapshot({ files }) })
    expect(acceptedBy(outcome)).toEqual(['root 1', 'targets 2', 'snapshot 1', 'timestamp 2'])
  })
})

it('what a snapshot of a client names beside roles goes no further', async () => {
  const { server, keys } = await aPublishedCollection({ snapshotBy: 'client' })
  const [snapshotKey] = keys.snapshot
  const files = { root: server.bytesOf('root'), targets: server.bytesOf('targets') }
  // Stored by a server that did not look.
  await server.tamper(
    'snapshot',
    await aSnapshot({ files: { ...files, 'a<b': bytesOf('x') }, signers: snapshotKey ? [snapshotKey] : [] }),
  )
  const own = { ...keys, snapshot: [await server.newKey()] }
  expect(acceptedBy(await server.publish({ root: await aRoot({ keys: own, version: 2 }) }))).toHaveLength(3)
  expect(Object.keys(server.signed('snapshot')['meta'] as object)).toEqual(['root', 'targets'])
})

it('targets are read with the names and digests of tags', async () => {
  const { targets } = await aCollection()
  const read = readTargets(readEnvelope(await targets({ targets: { v1: digest } })), 'targets')
  expect(read.targets.get('v1')).toEqual({
    length: 528,
    hashes: new Map([['sha256', new Uint8Array(32).fill(0xab)]]),
  })
})
