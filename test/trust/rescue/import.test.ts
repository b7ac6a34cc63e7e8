/** Imports through the API, and what clients read then. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { adoptedRoot } from '../../../src/trust/rescue/adoption.ts'
import { problemOf, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { pushImage } from '../../support/content.ts'
import { aPerson, aRepository, aUser, clientOf, type Person } from '../../support/people.ts'
import { notaryClient, readFile, serverKey, trustPath, upload } from '../support/clients.ts'
import { aCollection, aPublishedCollection, type TestCollection } from '../support/collection.ts'
import { aRoot, bytesOf, day, signatureBy, textOf, written } from '../support/documents.ts'
import { exported, importOf, replacing } from '../support/exported.ts'
import { aCertifiedKey, type TestKey } from '../support/keys.ts'

const repository = 'alice/app'
const gun = `old.example.com/${repository}`
const digest = 'a'.repeat(64)

let root: Person
let client: Send
let old: TestCollection

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await aUser('alice')
  await aRepository(repository)
  await root.ask('POST', '/api/v0/meta/settings', { trustHosts: ['old.example.com'] })
  client = await notaryClient('alice', gun)
  old = await aPublishedCollection({ gun, targets: { v1: digest } })
})

const send = (documents = exported(old.server)): Promise<Response> =>
  root.ask('POST', '/api/v0/trust/imports', importOf(gun, documents))

const get = (file: string): Promise<Response> => client('GET', `${trustPath(gun)}${file}`)

async function taken(documents = exported(old.server)): Promise<Record<string, unknown>> {
  const response = await send(documents)
  const text = await response.text()
  expect([response.status, text]).toEqual([200, expect.anything()])
  return JSON.parse(text) as Record<string, unknown>
}

describe('an import', () => {
  it('is served byte by byte, by role, by hash and by version', async () => {
    expect(await taken()).toMatchObject({
      gun,
      outcome: 'imported',
      oldestRoot: 1,
      missingImages: { count: 1, images: [{ name: 'v1', digest: `sha256:${digest}` }] },
    })
    for (const { role, version, sha256, bytes } of old.server.documents) {
      for (const file of [`${role}.json`, `${version}.${role}.json`, `${role}.${sha256}.json`]) {
        expect([file, (await readFile({ get }, file)).bytes]).toEqual([file, bytes])
      }
    }
  })

  it('tells each role with its version, its expiry and its targets, and no image that is here as missing', async () => {
    const image = await pushImage(await clientOf(repository), repository, 'v1')
    old = await aPublishedCollection({ gun, targets: { v1: image.digest.replace('sha256:', '') } })
    const report = await taken()
    expect(report['missingImages']).toEqual({ count: 0, images: [] })
    expect(report['roles']).toEqual([
      { role: 'root', version: 1, expires: '2046-11-20T11:22:01.599Z', expired: false },
      { role: 'snapshot', version: 1, expires: expect.any(String), expired: false },
      { role: 'targets', version: 2, expires: '2046-11-20T11:22:01.599Z', expired: false, targets: 1 },
      { role: 'timestamp', version: 1, expires: expect.any(String), expired: false },
    ])
  })

  it('leaves facts and pins as a publication does', async () => {
    await taken()
    expect(await countRows('signature_facts', `digest = 'sha256:${digest}' AND name = 'v1'`)).toBe(1)
    expect(await countRows('pins', "kind = 'tag' AND name = 'v1'")).toBe(1)
    expect(await countRows('pins', "kind = 'repository'")).toBe(1)
    expect(await countRows('trust_changes', `gun = '${gun}'`)).toBe(1)
  })

  it('holds as long as its timestamp and its snapshot, which the registry cannot sign again, until it is adopted', async () => {
    const roles = async (): Promise<unknown> => {
      const { results } = await env.DB.prepare('SELECT role FROM trust_expiries ORDER BY role').all<{ role: string }>()
      return results.map(({ role }) => role)
    }
    await taken()
    expect(await roles()).toEqual(['root', 'snapshot', 'targets', 'timestamp'])
    const keys = {
      ...old.keys,
      timestamp: [await serverKey(client, gun, 'timestamp')],
      snapshot: [await serverKey(client, gun, 'snapshot')],
    }
    expect((await upload(client, gun, { root: await aRoot({ keys, version: 2 }) })).status).toBe(200)
    expect(await roles()).toEqual(['root', 'targets'])
    // Another root under its own keys is a publication like any other.
    expect((await upload(client, gun, { root: await aRoot({ keys, version: 3 }) })).status).toBe(200)
    const { results } = await env.DB.prepare(
      "SELECT actor, type, object_name AS name, repository, content FROM events WHERE object_type = 'trustData' ORDER BY id",
    ).all()
    const event = { name: gun, repository }
    expect(results).toEqual([
      { ...event, actor: 'root', type: 'CREATE', content: '{"rescue":"imported"}' },
      { ...event, actor: 'alice', type: 'UPDATE', content: '{"rescue":"adopted"}' },
    ])
  })

  it('is taken again without a change, and continued by newer versions of itself', async () => {
    await taken()
    expect(await taken()).toMatchObject({ outcome: 'unchanged' })
    expect(await countRows('trust_changes', `gun = '${gun}'`)).toBe(1)
    await old.server.publish({ targets: await old.targets({ version: 3, targets: { v1: digest, v2: digest } }) })
    await old.server.publish({ root: await old.root({ version: 2 }) })
    expect(await taken()).toMatchObject({ outcome: 'continued' })
    expect((await readFile({ get }, 'timestamp.json')).bytes).toEqual(old.server.bytesOf('timestamp'))
    expect((await get('1.root.json')).status).toBe(200)
    expect(await countRows('pins', "kind = 'tag'")).toBe(2)
  })

  it('is refused where a newer version is here, and says which', async () => {
    const before = exported(old.server)
    await old.server.publish({ targets: await old.targets({ version: 3 }) })
    await taken()
    const response = await send(before)
    expect(response.status).toBe(409)
    const { code, message } = await problemOf(response)
    expect(code).toBe('TRUST_DATA_EXISTS')
    expect(message).toContain('version 2 of targets was sent, and 3 is here')
    expect(message).toContain('version 1 of timestamp was sent, and 2 is here')
    expect((await readFile({ get }, 'targets.json')).version).toBe(3)
  })

  it('is refused where another collection is here', async () => {
    await taken()
    const other = await aPublishedCollection({ gun })
    await other.server.publish({ root: await other.root({ version: 2 }) })
    // Of its roots only the second is sent, which is not here.
    const documents = exported(other.server).filter(({ bytes }) => bytes !== other.server.documents[0]?.bytes)
    const response = await send(documents)
    expect(response.status).toBe(409)
    expect((await problemOf(response)).message).toContain('version 2 of root was sent, and 1 is here')
    expect((await readFile({ get }, 'root.json')).bytes).toEqual(old.server.bytesOf('root'))
  })

  it('stores nothing of a collection with a changed byte', async () => {
    const changed = replacing(exported(old.server), 'targets', (bytes) => bytesOf(`${textOf(bytes)} `))
    const response = await send(changed)
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('INVALID_TRUST_DATA')
    expect(await countRows('trust_metadata', 'true')).toBe(0)
    expect((await get('root.json')).status).toBe(404)
  })

  it('is for a repository that is here, and for administrators', async () => {
    const missing = await root.ask('POST', '/api/v0/trust/imports', importOf('old.example.com/alice/other', []))
    expect(missing.status).toBe(404)
    const nameless = await root.ask('POST', '/api/v0/trust/imports', importOf('app', []))
    expect([nameless.status, (await problemOf(nameless)).code]).toEqual([400, 'INVALID_GUN'])
    const bob = await aPerson('bob')
    expect((await bob.ask('POST', '/api/v0/trust/imports', importOf(gun, exported(old.server)))).status).toBe(403)
  })
})

describe('the keys of the other server', () => {
  it('are replaced by a root that names those of the registry', async () => {
    await taken()
    // Without them, nothing new can be published.
    const refused = await upload(client, gun, { targets: await old.targets({ version: 3 }) })
    expect(refused.status).toBe(400)
    const keys = {
      ...old.keys,
      timestamp: [await serverKey(client, gun, 'timestamp', 'POST')],
      snapshot: [await serverKey(client, gun, 'snapshot', 'POST')],
    }
    const adopted = await aRoot({ keys, version: 2 })
    const published = await upload(client, gun, { root: adopted })
    expect([published.status, await published.text()]).toEqual([200, ''])
    expect(await readFile({ get }, 'timestamp.json')).toMatchObject({ version: 2 })
    expect((await upload(client, gun, { targets: await old.targets({ version: 3 }) })).status).toBe(200)
  })

  it('may be replaced one by one where the snapshot is the owner’s', async () => {
    old = await aPublishedCollection({ gun, snapshotBy: 'client', targets: { v1: digest } })
    await taken()
    const keys = { ...old.keys, timestamp: [await serverKey(client, gun, 'timestamp', 'POST')] }
    const second = await aRoot({ keys, version: 2 })
    const files = { root: second, targets: old.server.bytesOf('targets') }
    const snapshot = await old.snapshot({ files, version: 2 })
    expect((await upload(client, gun, { root: second, snapshot })).status).toBe(200)
    const third = await aRoot({
      keys: { ...keys, snapshot: [await serverKey(client, gun, 'snapshot', 'POST')] },
      version: 3,
    })
    expect((await upload(client, gun, { root: third })).status).toBe(200)
    expect(await readFile({ get }, 'timestamp.json')).toMatchObject({ version: 3 })
  })
})

describe('a root by its owners alone', () => {
  const past = Date.now() - 20 * day
  const current = { notBefore: past - day }

  /** A collection whose server signed for the last time twenty days ago. */
  async function anOldCollection(owners: readonly TestKey[], threshold: number): Promise<void> {
    const collection = await aCollection({ gun, now: past })
    const keys = { ...collection.keys, root: owners }
    const files = {
      root: await aRoot({ keys, threshold }),
      targets: await collection.targets({ targets: { v1: digest } }),
    }
    expect(await collection.server.publish(files)).not.toHaveProperty('refusal')
    old = { ...collection, keys }
  }

  /** Makes the root as `trust adopt` does, and publishes it. */
  async function adopt(owners: readonly TestKey[]): Promise<Response> {
    const keyOf = async (role: 'timestamp' | 'snapshot') => {
      const key = await serverKey(client, gun, role)
      return { keyId: key.id, key: written(key)[key.id] as object }
    }
    const named = { timestamp: await keyOf('timestamp'), snapshot: await keyOf('snapshot') }
    const signed = adoptedRoot((await readFile({ get }, 'root.json')).bytes, named, Date.now())
    const signatures = await Promise.all(owners.map((owner) => signatureBy(owner, bytesOf(signed))))
    return upload(client, gun, { root: bytesOf(`{"signed":${signed},"signatures":${JSON.stringify(signatures)}}`) })
  }

  it.each<[string, number, () => Promise<readonly TestKey[]>]>([
    ['of P-256', 1, async () => [await aCertifiedKey(gun, current)]],
    ['of P-384', 1, async () => [await aCertifiedKey(gun, { ...current, curve: 'P-384' })]],
    ['of RSA', 1, async () => [await aCertifiedKey(gun, { ...current, type: 'rsa' })]],
    [
      'of RSA and P-256, both of which have to sign',
      2,
      async () => [await aCertifiedKey(gun, { ...current, type: 'rsa' }), await aCertifiedKey(gun, current)],
    ],
  ])('%s revives a collection whose timestamp has expired', async (_owners, threshold, make) => {
    const owners = await make()
    await anOldCollection(owners, threshold)
    const { roles } = (await taken()) as { roles: Array<{ role: string; expired: boolean }> }
    expect(roles.filter(({ expired }) => expired).map(({ role }) => role)).toEqual(['timestamp'])
    expect((await readFile({ get }, 'timestamp.json')).bytes).toEqual(old.server.bytesOf('timestamp'))
    const published = await adopt(owners)
    expect([published.status, await published.text()]).toEqual([200, ''])
    const { version, expires } = await readFile({ get }, 'timestamp.json')
    expect([version, Date.parse(expires) > Date.now() + 13 * day]).toEqual([2, true])
    expect((await upload(client, gun, { targets: await old.targets({ version: 3 }) })).status).toBe(200)
  })

  it('is refused where one of two that have to sign did not, and where any one signs it is taken', async () => {
    const owners = [await aCertifiedKey(gun, current), await aCertifiedKey(gun, current)]
    await anOldCollection(owners, 2)
    await taken()
    const refused = await adopt(owners.slice(0, 1))
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { errors: [{ code: 'INVALID_UPDATE', detail: { Name: 'ErrBadRoot' } }] },
    ])
    expect((await readFile({ get }, 'root.json')).version).toBe(1)
    await client('DELETE', trustPath(gun))
    await anOldCollection(owners, 1)
    await taken()
    expect((await adopt(owners.slice(1))).status).toBe(200)
  })
})
