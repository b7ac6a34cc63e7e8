/** Reads: what is signed again, how often, and what is served of what was changed or lost. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { testContext } from '../../support/context.ts'
import { withSql } from '../../support/bounds.ts'
import type { Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { aRepository, aUser, rightTo } from '../../support/people.ts'
import { closeGate } from '../../support/replicas.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import { bytesOf } from '../../../src/trust/notary/documents.ts'
import { findDocument } from '../../../src/trust/notary/read.ts'
import { sha256Hex } from '../../../src/trust/tuf/keys.ts'
import type { Role } from '../../../src/trust/tuf/roles.ts'
import {
  aPublishedCollection,
  aPublisher,
  digestFor,
  expectOk,
  gunOf,
  notaryClient,
  readFile,
  serverKey,
  type Publisher,
} from '../support/clients.ts'
import { aSnapshot, aTargets, bytesOf as bytesOfText, day, textOf } from '../support/documents.ts'
import { aKey } from '../support/keys.ts'

const repository = parseRepositoryName('alice/app')
const gun = gunOf(repository)

let client: Send

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  client = await notaryClient('alice', gun)
})

/** Reads a document at another time. */
async function readAt(now: number, role: Role): Promise<{ version: number; text: string }> {
  const context = testContext({ now })
  const found = await findDocument(context, { held: await rightTo(repository), gun }, role, 'current')
  if (found === undefined) throw new Error(`there is no ${role}`)
  return { version: found.document.version, text: textOf(await bytesOf(context, found.document)) }
}

const changes = (): Promise<number> => countRows('trust_changes')

describe('a timestamp that expires', () => {
  it('within a day is signed again, once an interval, and told of in the changefeed', async () => {
    await aPublishedCollection(client, gun)
    const published = Date.now()
    expect(await readAt(published + 12.9 * day, 'timestamp')).toMatchObject({ version: 1 })
    expect(await changes()).toBe(1)
    const later = published + 13.1 * day
    const renewed = await readAt(later, 'timestamp')
    expect(renewed.version).toBe(2)
    expect(JSON.parse(renewed.text)).toMatchObject({
      signed: { expires: `${new Date(Math.floor((later + 14 * day) / 1000) * 1000).toISOString().slice(0, 19)}Z` },
    })
    for (let at = 0; at < 5; at++) expect(await readAt(later + at, 'timestamp')).toEqual(renewed)
    expect(await changes()).toBe(2)
    expect(await countRows('trust_metadata')).toBe(5)
  })

  it('is signed once by many requests at the same time', async () => {
    await aPublishedCollection(client, gun)
    const later = Date.now() + 20 * day
    const read = await Promise.all(Array.from({ length: 10 }, () => readAt(later, 'timestamp')))
    expect(new Set(read.map(({ text }) => text)).size).toBe(1)
    expect(await countRows('trust_metadata', "role = 'timestamp'")).toBe(2)
  })

  it('is signed again with the snapshot when that expires too', async () => {
    await aPublishedCollection(client, gun)
    const later = Date.now() + 3.1 * 365 * day
    expect(await readAt(later, 'snapshot')).toMatchObject({ version: 2 })
    expect(await readAt(later, 'timestamp')).toMatchObject({ version: 2 })
  })

  it('is served as it is where the registry cannot sign: read-only, without its key, or for a snapshot of a client', async () => {
    await aPublishedCollection(client, gun)
    const later = Date.now() + 20 * day
    await closeGate()
    expect(await readAt(later, 'timestamp')).toMatchObject({ version: 1 })
    await withSql('UPDATE write_gate SET closed = 0')
    await withSql("UPDATE trust_keys SET sealed_with = 'lost'")
    expect(await readAt(later, 'timestamp')).toMatchObject({ version: 1 })
  })

  it('is not signed again for a snapshot of a client that has expired', async () => {
    const snapshotKey = await aKey()
    const publisher = await aPublisher(client, gun, { snapshot: [snapshotKey] })
    const [root, targets] = [await publisher.root(), await publisher.targets({ version: 1 })]
    const expires = new Date(Date.now() + 10 * day).toISOString()
    const snapshot = await aSnapshot({ signers: [snapshotKey], expires, files: { root, targets } })
    await expectOk(publisher.publish({ root, targets, snapshot }))
    expect(await readAt(Date.now() + 20 * day, 'timestamp')).toMatchObject({ version: 1 })
  })

  it('is nothing that a read of a version or a hash signs again', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const context = testContext({ now: Date.now() + 20 * day })
    await findDocument(context, { held: await rightTo(repository), gun }, 'timestamp', { version: 1 })
    expect(await readFile(publisher, '1.timestamp.json')).toMatchObject({ version: 1 })
    expect(await changes()).toBe(1)
  })
})

describe('a changed byte', () => {
  /** Changes what no signature covers. */
  const change = (role: Role): Promise<void> =>
    withSql(`UPDATE trust_metadata SET body = replace(body, '"version":', '"version" :') WHERE role = ?`, role)

  const statusOf = async ({ get }: Publisher, file: string): Promise<number> => (await get(file)).status

  it('is not served, by role, hash or version, and nothing is signed upon it', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const { bytes } = await readFile(publisher, 'snapshot.json')
    await change('snapshot')
    for (const file of ['snapshot.json', '1.snapshot.json', `snapshot.${await sha256Hex(bytes)}.json`]) {
      const refused = await publisher.get(file)
      expect([file, refused.status, await refused.text()]).toEqual([
        file,
        500,
        expect.stringContaining(`the storage has lost bytes of sha256:${await sha256Hex(bytes)}`),
      ])
    }
    expect(await readAt(Date.now() + 20 * day, 'timestamp')).toMatchObject({ version: 1 })
    for (const file of ['root.json', 'targets.json', 'timestamp.json']) {
      expect([file, await statusOf(publisher, file)]).toEqual([file, 200])
    }
  })

  it('in a document that lies in R2 is not served', async () => {
    const publisher = await aPublisher(client, gun)
    const padded = bytesOfText(textOf(await publisher.targets()).padEnd(1_000_000, ' '))
    const files = { root: await publisher.root(), targets: padded }
    await expectOk(publisher.publish(files))
    expect(await statusOf(publisher, 'targets.json')).toBe(200)
    const row = await env.DB.prepare("SELECT segment_key AS key FROM trust_metadata WHERE role = 'targets'").first<{
      key: string
    }>()
    await env.BUCKET.put(row?.key ?? '', files.targets.with(5, 0x20))
    expect(await statusOf(publisher, 'targets.json')).toBe(500)
  })

  it('in a delegation takes back what it said is signed, with the next publication above it', async () => {
    const delegation = { name: 'targets/dave', keys: [await aKey()] } as const
    const publisher = await aPublishedCollection(client, gun, { delegations: [delegation] })
    const signed = await aTargets({ signers: delegation.keys, version: 1, targets: { v1: digestFor(1) } })
    await expectOk(publisher.publish({ 'targets/dave': signed }))
    expect(await countRows('signature_facts')).toBe(1)
    await change('targets/dave')
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3, delegations: [delegation] }) }))
    expect(await countRows('signature_facts')).toBe(0)
  })

  it.each<[Role, Role]>([
    ['root', 'targets'],
    ['root', 'root'],
    ['snapshot', 'targets'],
    ['timestamp', 'targets'],
    ['targets', 'targets/dave'],
  ])('in %s lets no %s be published', async (role, uploaded) => {
    const delegation = { name: 'targets/dave', keys: [await aKey()] } as const
    const publisher = await aPublishedCollection(client, gun, { delegations: [delegation] })
    await change(role)
    const made = {
      root: () => publisher.root({ version: 2 }),
      targets: () => publisher.targets({ version: 3 }),
      'targets/dave': () => aTargets({ signers: delegation.keys, version: 1 }),
    }
    const refused = await publisher.publish({ [uploaded]: await made[uploaded as keyof typeof made]() })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { errors: [{ code: 'INVALID_UPDATE', message: 'Update sent by the client is invalid.' }] },
    ])
  })

  it('in the root makes a key that is asked for a new one, as no root names one', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const [named] = publisher.keys.timestamp
    expect((await serverKey(client, gun, 'timestamp')).id).toBe(named?.id)
    await change('root')
    expect((await serverKey(client, gun, 'timestamp')).id).not.toBe(named?.id)
  })

  it('in an old timestamp that is put back is not what is served', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const { bytes } = await readFile(publisher, 'timestamp.json')
    await expectOk(publisher.publish({}))
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 2 })
    expect((await readFile(publisher, '1.timestamp.json')).bytes).toEqual(bytes)
  })
})

it('what is published stays as it is when the secret is lost, and a publication says what is missing', async () => {
  const publisher = await aPublishedCollection(client, gun)
  const before = await readFile(publisher, 'timestamp.json')
  await env.DB.prepare("UPDATE trust_keys SET sealed_with = 'lost'").run()
  for (const file of ['root.json', 'targets.json', 'snapshot.json']) {
    expect((await publisher.get(file)).status).toBe(200)
  }
  expect(await readFile(publisher, 'timestamp.json')).toEqual(before)
  const refused = await publisher.publish({ targets: await publisher.targets({ version: 3 }) })
  expect(await refused.json()).toMatchObject({
    errors: [{ code: 'INVALID_UPDATE', detail: { Name: 'ErrBadHierarchy', Error: { Missing: 'snapshot' } } }],
  })
})
