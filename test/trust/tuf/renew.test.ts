/** What the registry signs again when it is read, and what it leaves as it is. */
import { describe, expect, it } from 'vitest'
import { readRoot } from '../../../src/trust/tuf/documents.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { authorityOf, verifySignatures } from '../../../src/trust/tuf/verify.ts'
import { aPublishedCollection, type TestCollection } from '../support/collection.ts'
import { aRoot, bytesOf, day, metaOf, textOf } from '../support/documents.ts'
import { aCertifiedKey } from '../support/keys.ts'
import type { MemoryServer } from '../support/memory-server.ts'

/** On a whole second, as the documents of the server expire on one. */
const now = Date.UTC(2026, 10, 28, 12)

const renewedBy = async (server: MemoryServer): Promise<string[]> =>
  (await server.renew()).map(({ role, version }) => `${role} ${version}`)

/** How long the documents of the server last. */
const [timestampLife, snapshotLife] = [14 * day, 3 * 365 * day]

describe('a timestamp', () => {
  it('is left alone until a day before it expires, and nothing is asked then', async () => {
    const { server } = await aPublishedCollection({ now })
    server.now = now + timestampLife - day
    const asked: string[] = []
    const highestVersion = async (role: string): Promise<number> => asked.push(role)
    Object.assign(server.stored, { highestVersion })
    expect(await renewedBy(server)).toEqual([])
    expect(asked).toEqual([])
  })

  it('is signed again from then on, for the same snapshot and for 14 days', async () => {
    const { server } = await aPublishedCollection({ now })
    server.now = now + timestampLife - day + 1
    expect(await renewedBy(server)).toEqual(['timestamp 2'])
    expect(server.signed('timestamp')).toMatchObject({
      expires: '2026-12-25T12:00:00Z',
      meta: { snapshot: await metaOf(server.bytesOf('snapshot')) },
    })
    await verifySignatures(
      readEnvelope(server.bytesOf('timestamp')),
      authorityOf(readRoot(readEnvelope(server.bytesOf('root'))), 'timestamp'),
    )
    expect(await renewedBy(server)).toEqual([])
  })

  it('is signed again after it has expired', async () => {
    const { server } = await aPublishedCollection({ now })
    server.now = now + 100 * day
    expect(await renewedBy(server)).toEqual(['timestamp 2'])
  })

  it('is signed by the key that the newest root names', async () => {
    const { server, keys } = await aPublishedCollection({ now })
    await server.publish({
      root: await aRoot({ keys: { ...keys, timestamp: [await server.newKey('ed25519')] }, version: 2 }),
    })
    server.now = now + timestampLife
    expect(await renewedBy(server)).toEqual(['timestamp 3'])
    expect(textOf(server.bytesOf('timestamp'))).toContain('"method":"eddsa"')
  })

  it('goes on with the numbers of before a deletion', async () => {
    const { server } = await aPublishedCollection({ now })
    const current = server.documents
    await server.publish({})
    server.delete()
    server.documents = current.slice(0, 4)
    server.now = now + timestampLife
    expect(await renewedBy(server)).toEqual(['timestamp 3'])
  })
})

describe('a snapshot', () => {
  it('of the server is signed again a day before it expires, with a timestamp', async () => {
    const { server } = await aPublishedCollection({ now })
    const before = server.signed('snapshot')
    server.now = now + snapshotLife - day
    await server.renew()
    server.now += 1
    expect(await renewedBy(server)).toEqual(['snapshot 2', 'timestamp 3'])
    expect(server.signed('snapshot')).toMatchObject({ meta: before['meta'], expires: '2032-11-25T12:00:00Z' })
    expect(server.signed('timestamp')['meta']).toEqual({ snapshot: await metaOf(server.bytesOf('snapshot')) })
    expect(await renewedBy(server)).toEqual([])
  })

  /** By a client, and until a time. */
  async function withSnapshotUntil(expires: number): Promise<TestCollection> {
    const collection = await aPublishedCollection({ now, snapshotBy: 'client' })
    const { server, snapshot } = collection
    const files = { root: server.bytesOf('root'), targets: server.bytesOf('targets') }
    await server.publish({ snapshot: await snapshot({ files, version: 2, expires: new Date(expires).toISOString() }) })
    return collection
  }

  it('of a client that has expired is served with its timestamp as they are stored', async () => {
    const { server } = await withSnapshotUntil(now + 10 * day)
    server.now = now + 15 * day
    expect(await renewedBy(server)).toEqual([])
  })

  it('of a client that will expire soon gets timestamps until then', async () => {
    const { server } = await withSnapshotUntil(now + timestampLife)
    server.now = now + timestampLife - 1
    expect(await renewedBy(server)).toEqual(['timestamp 3'])
    expect(await renewedBy(server)).toEqual([])
  })
})

describe('nothing is signed again', () => {
  it.each<[string, (collection: TestCollection) => unknown]>([
    [
      'below a root that has expired',
      async ({ server, root }) => server.tamper('root', await root({ expires: '2026-12-01T00:00:00Z' })),
    ],
    [
      'below a root whose certificate has expired',
      async ({ server, keys }) =>
        server.tamper(
          'root',
          await aRoot({ keys: { ...keys, root: [await aCertifiedKey(server.gun, { notAfter: now + day })] } }),
        ),
    ],
    ['below a root that is not signed', async ({ server, root }) => server.tamper('root', await root({ signers: [] }))],
    ['without the key', ({ server }) => server.heldKeys.clear()],
    [
      'for a snapshot that has changed',
      ({ server }) => server.tamper('snapshot', bytesOf(`${textOf(server.bytesOf('snapshot'))} `)),
    ],
    ['for a snapshot that is no JSON', ({ server }) => server.tamper('snapshot', bytesOf('{'))],
    ['for a timestamp that is no JSON', ({ server }) => server.tamper('timestamp', bytesOf('{'))],
    [
      'for a snapshot that the root does not trust any more',
      async ({ server, keys }) => server.tamper('root', await aRoot({ keys: { ...keys, snapshot: keys.targets } })),
    ],
  ])('%s', async (_case, spoil) => {
    const collection = await aPublishedCollection({ now })
    await spoil(collection)
    collection.server.now = now + timestampLife
    expect(await renewedBy(collection.server)).toEqual([])
  })
})
