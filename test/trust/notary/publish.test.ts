/** Publications through the app, as Docker and the notary command make them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import { publish } from '../../../src/trust/notary/publish.ts'
import { toBase64 } from '../../../src/trust/tuf/base64.ts'
import { sha256Hex } from '../../../src/trust/tuf/keys.ts'
import { withSql } from '../../support/bounds.ts'
import { problemOf, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { aPerson, aRepository, aUser, rightTo } from '../../support/people.ts'
import {
  aDelegation,
  aPublishedCollection,
  aPublisher,
  digestFor,
  expectOk,
  gunOf,
  notaryClient,
  readFile,
  sendForm,
  serverKey,
  trustPath,
  upload,
} from '../support/clients.ts'
import { aRoot, aSnapshot, aTargets, bytesOf, textOf } from '../support/documents.ts'
import { aCertifiedKey, aKey } from '../support/keys.ts'

const repository = 'alice/app'
const gun = gunOf(repository)

let client: Send

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  client = await notaryClient('alice', gun)
})

const hashOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

describe('the first push of Docker', () => {
  it('finds nothing, gets two keys, and publishes root and targets', async () => {
    expect((await client('GET', `${trustPath(gun)}root.json`)).status).toBe(404)
    const publisher = await aPublisher(client, gun)
    const [root, targets] = [await publisher.root(), await publisher.targets({ targets: { v1: digestFor(1) } })]
    await expectOk(publisher.publish({ root, targets }))
    const timestamp = await readFile(publisher, 'timestamp.json')
    const snapshot = await readFile(publisher, 'snapshot.json')
    expect(timestamp).toMatchObject({ version: 1, hashes: { snapshot: await hashOf(snapshot.bytes) } })
    expect(snapshot).toMatchObject({
      version: 1,
      hashes: { root: await hashOf(root), targets: await hashOf(targets) },
    })
  })

  it('gets back the exact bytes, by role, by hash and by version', async () => {
    const publisher = await aPublisher(client, gun)
    // White space at the end belongs to the document.
    const root = bytesOf(`${textOf(await publisher.root())}\n `)
    const targets = await publisher.targets({ targets: { 'café<1>': digestFor(1) } })
    await expectOk(publisher.publish({ 'root.json': root, targets }))
    for (const [role, version, bytes] of [
      ['root', 1, root],
      ['targets', 2, targets],
    ] as const) {
      for (const file of [`${role}.json`, `${role}.${await sha256Hex(bytes)}.json`, `${version}.${role}.json`]) {
        expect([file, (await readFile(publisher, file)).bytes]).toEqual([file, bytes])
      }
    }
  })

  it('is the same key each time that one is asked for, until a root with it is published', async () => {
    const first = await serverKey(client, gun, 'timestamp')
    expect((await serverKey(client, gun, 'timestamp')).id).toBe(first.id)
    expect((await serverKey(client, gun, 'timestamp', 'POST')).id).toBe(first.id)
    const publisher = await aPublishedCollection(client, gun)
    expect((await serverKey(client, gun, 'timestamp')).id).toBe(first.id)
    const fresh = await serverKey(client, gun, 'timestamp', 'POST')
    expect(fresh.id).not.toBe(first.id)
    // Until a root names the new key, the old one signs.
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3 }) }))
    expect((await serverKey(client, gun, 'timestamp', 'POST')).id).toBe(fresh.id)
  })

  it('makes the repository when it begins with signing, where a push may', async () => {
    const later = gunOf('alice/later')
    const root = await aPerson('root', { isAdmin: true })
    await root.ask('POST', '/api/v0/meta/settings', { createRepositoryOnPush: true })
    await aPublishedCollection(await notaryClient('alice', later), later)
    expect(await countRows('repositories', "name = 'alice/later'")).toBe(1)
  })
})

describe('the notary command', () => {
  it('publishes a snapshot of its own, and hands it over to the registry', async () => {
    const snapshotKey = await aKey()
    const publisher = await aPublisher(client, gun, { snapshot: [snapshotKey] })
    const [root, targets] = [await publisher.root(), await publisher.targets({ version: 1 })]
    const snapshot = await aSnapshot({ signers: [snapshotKey], files: { root, targets } })
    await expectOk(publisher.publish({ root, targets, snapshot }))
    expect((await readFile(publisher, 'snapshot.json')).bytes).toEqual(snapshot)

    const held = await serverKey(client, gun, 'snapshot', 'POST')
    const rotated = await aRoot({ keys: { ...publisher.keys, snapshot: [held] }, version: 2 })
    await expectOk(publisher.publish({ root: rotated }))
    expect(await readFile(publisher, 'snapshot.json')).toMatchObject({ version: 2 })
    expect((await readFile(publisher, '1.root.json')).bytes).toEqual(root)
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 2 }) }))
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 3 })
  })

  it('rotates the root with two signatures, the targets key, and the timestamp key', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const [rootKey, targetsKey] = [await aCertifiedKey(gun), await aKey()]
    const timestamp = [await serverKey(client, gun, 'timestamp', 'POST')]
    const keys = { ...publisher.keys, root: [rootKey], targets: [targetsKey], timestamp }
    const former = publisher.keys.root
    const alone = await aRoot({ keys, former, version: 2 })
    expect((await publisher.publish({ root: alone })).status).toBe(400)
    const root = await aRoot({ keys, former, version: 2, signers: [rootKey, ...former] })
    const targets = await aTargets({ signers: [targetsKey], version: 3 })
    await expectOk(publisher.publish({ root, targets }))
    expect((await readFile(publisher, 'root.json')).bytes).toEqual(root)
    expect(textOf((await readFile(publisher, 'timestamp.json')).bytes)).toContain(timestamp[0]?.id ?? 'no key')
  })

  it('delegates, and publishes the delegation alone, under a name with a slash', async () => {
    const delegation = await aDelegation('targets/releases')
    const publisher = await aPublishedCollection(client, gun, { delegations: [delegation] })
    const released = await aTargets({ signers: delegation.keys, version: 1, targets: { v1: digestFor(1) } })
    await expectOk(publisher.publish({ 'targets/releases': released }))
    for (const file of [
      'targets/releases.json',
      `targets/releases.${await sha256Hex(released)}.json`,
      '1.targets/releases.json',
    ]) {
      expect((await readFile(publisher, file)).bytes).toEqual(released)
    }
    expect((await readFile(publisher, 'snapshot.json')).hashes).toHaveProperty(
      ['targets/releases'],
      await hashOf(released),
    )
  })

  it('serves by its role what the snapshot of a client names, though a newer version is stored', async () => {
    const snapshotKey = await aKey()
    const publisher = await aPublisher(client, gun, { snapshot: [snapshotKey] })
    const root = await publisher.root()
    const [first, second] = [await publisher.targets({ version: 1 }), await publisher.targets({ version: 2 })]
    const snapshotOf = (version: number, targets: Uint8Array<ArrayBuffer>) =>
      aSnapshot({ signers: [snapshotKey], version, files: { root, targets } })
    await expectOk(publisher.publish({ root, targets: first, snapshot: await snapshotOf(1, first) }))
    await expectOk(publisher.publish({ targets: second, snapshot: await snapshotOf(2, second) }))
    await expectOk(publisher.publish({ snapshot: await snapshotOf(3, first) }))
    expect((await readFile(publisher, 'targets.json')).bytes).toEqual(first)
  })
})

describe('a deletion', () => {
  it('takes all documents, and what is published again continues with the numbers and the keys', async () => {
    const publisher = await aPublishedCollection(client, gun)
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3 }) }))
    await expectOk(client('DELETE', trustPath(gun)))
    for (const file of ['root.json', 'timestamp.json', '1.root.json']) {
      expect([file, (await publisher.get(file)).status]).toEqual([file, 404])
    }
    await expectOk(
      publisher.publish({ root: await publisher.root(), targets: await publisher.targets({ version: 3 }) }),
    )
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 3 })
    expect(await readFile(publisher, 'snapshot.json')).toMatchObject({ version: 3 })
  })

  it('is answered alike where nothing is, and of one GUN leaves those that begin like it', async () => {
    await expectOk(client('DELETE', trustPath(gun)))
    await aRepository('alice/app2')
    const other = gunOf('alice/app2')
    const publisher = await aPublishedCollection(await notaryClient('alice', other), other)
    await expectOk(client('DELETE', trustPath(gun)))
    expect((await publisher.get('root.json')).status).toBe(200)
  })

  it('of the repository takes its trust data, which a later one of the name does not inherit', async () => {
    await aPublishedCollection(client, gun)
    await withSql("UPDATE repositories SET name = '~1', deleted_name = name")
    await aRepository(repository)
    const later = await notaryClient('alice', gun)
    expect((await later('GET', `${trustPath(gun)}root.json`)).status).toBe(404)
    expect((await client('GET', `${trustPath(gun)}root.json`)).status).toBe(404)
    await aPublishedCollection(later, gun)
    expect(await countRows('trust_collections')).toBe(2)
  })
})

describe('publications at the same time', () => {
  it('of eight signers all succeed', async () => {
    const delegations = await Promise.all(Array.from({ length: 8 }, (_, at) => aDelegation(`targets/signer${at}`)))
    const publisher = await aPublishedCollection(client, gun, { delegations })
    const files = await Promise.all(
      delegations.map(async ({ name, keys }) => ({ [name]: await aTargets({ signers: keys, version: 1 }) })),
    )
    const answers = await Promise.all(files.map((file) => publisher.publish(file)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 9 })
    const { hashes } = await readFile(publisher, 'snapshot.json')
    expect(Object.keys(hashes).sort()).toEqual(['root', 'targets', ...delegations.map(({ name }) => name)].sort())
  }, 60_000)

  it('of one role let one through, and tell the others of the newer version', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const files = await Promise.all(
      [1, 2, 3, 4].map((seed) => publisher.targets({ version: 3, targets: { v1: digestFor(seed) } })),
    )
    const answers = await Promise.all(files.map((targets) => publisher.publish({ targets })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400])
    for (const answer of answers.filter(({ status }) => status === 400)) {
      expect(await problemOf(answer)).toMatchObject({ code: 'VERSION', detail: {} })
    }
  })
})

describe('a publication whose answer is lost', () => {
  it('is found stored, also behind another one, and not made twice', async () => {
    const delegation = await aDelegation('targets/dave')
    const publisher = await aPublishedCollection(client, gun, { delegations: [delegation] })
    const bytes = await aTargets({ signers: delegation.keys, version: 1 })
    let isLost = false
    const binding = interceptedDatabase(async (statements, run) => {
      const answer = await run()
      if (isLost || !statements.some((statement) => statement.includes('INSERT INTO trust_metadata'))) return answer
      isLost = true
      await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3, delegations: [delegation] }) }))
      throw new Error('Network connection lost.')
    })
    const context = testContext({ db: openDatabase(binding) })
    const right = await rightTo(parseRepositoryName(repository))
    await publish(context, { right, gun }, [{ filename: 'targets/dave', bytes }])
    expect(isLost).toBe(true)
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 3 })
    expect(await countRows('trust_metadata', "role = 'targets/dave'")).toBe(1)
  })
})

describe('an upload', () => {
  it.each([
    ['no multipart', 'text/plain', 'x'],
    ['no boundary', 'multipart/form-data', 'x'],
    ['garbage', 'multipart/form-data; boundary=x', '--y\r\n'],
    [
      'a cut part',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="files"; filename="root"\r\n',
    ],
    ['nothing', 'multipart/form-data; boundary=x', ''],
  ])('of %s is malformed', async (_, type, body) => {
    const response = await client('POST', trustPath(gun), { headers: { 'content-type': type }, body })
    expect([response.status, await response.text()]).toEqual([
      400,
      '{"errors":[{"code":"MALFORMED_UPLOAD","message":"The body of your request is malformed."}]}\n',
    ])
  })

  it('without a filename, of another role and of no JSON is refused by name', async () => {
    expect(await problemOf(await upload(client, gun, { '': bytesOf('{}') }))).toMatchObject({ code: 'NO_FILENAME' })
    expect(await problemOf(await upload(client, gun, { 'targets/A': bytesOf('{}') }))).toEqual({
      code: 'INVALID_ROLE',
      message: 'The role you are attempting to operate on is invalid.',
      detail: 'targets/A',
    })
    expect(await problemOf(await upload(client, gun, { root: bytesOf('{') }))).toMatchObject({ code: 'MALFORMED_JSON' })
  })

  it('of nothing is an update of what is there, and of nothing known is refused', async () => {
    const refused = await upload(client, gun, {})
    expect([refused.status, await problemOf(refused)]).toEqual([
      400,
      {
        code: 'INVALID_UPDATE',
        message: 'Update sent by the client is invalid.',
        detail: {
          Name: 'ErrValidation',
          Error: { Msg: 'no pre-existing root and no root provided in update.' },
        },
      },
    ])
    const publisher = await aPublishedCollection(client, gun)
    await expectOk(publisher.publish({}))
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 2 })
  })

  it('that is too long is malformed, and nothing of it is kept', async () => {
    const piece = new Uint8Array(1024 * 1024).fill(32)
    const response = await sendForm(
      client,
      gun,
      Array.from({ length: 11 }, () => piece),
    )
    expect(await problemOf(response)).toMatchObject({ code: 'MALFORMED_UPLOAD' })
    expect(await countRows('trust_metadata')).toBe(0)
  })
})

describe('a long document', () => {
  const targets = Object.fromEntries(Array.from({ length: 11_000 }, (_, at) => [`v${at}`, digestFor(at)]))

  it('lies in R2, comes back byte by byte, and goes with its row', async () => {
    const publisher = await aPublisher(client, gun)
    const long = await publisher.targets({ targets })
    expect(long.length).toBeGreaterThan(900_000)
    await expectOk(publisher.publish({ root: await publisher.root(), targets: long }))
    expect(await countRows('segments', "kept_for = 'trust' AND size_bytes IS NOT NULL")).toBe(1)
    expect((await readFile(publisher, 'targets.json')).bytes).toEqual(long)
    expect((await readFile(publisher, `targets.${await sha256Hex(long)}.json`)).bytes).toEqual(long)
    await expectOk(client('DELETE', trustPath(gun)))
    expect(await countRows('segments', 'kept_for IS NULL')).toBe(1)
  }, 60_000)
})

describe('old versions', () => {
  it('beyond those that are kept go, but for roots and what is named', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const { results } = await env.DB.prepare('SELECT id FROM trust_collections').all<{ id: number }>()
    const [id] = results.map((row) => row.id)
    for (const role of ['timestamp', 'root']) {
      await withSql(
        `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
         INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
         SELECT ?, ?, i, i, '{}', 2, 1 FROM n WHERE ? = 'timestamp' OR i < 0`,
        id,
        role,
        role,
      )
    }
    await withSql('UPDATE trust_collections SET timestamp_version = 120')
    await withSql("DELETE FROM trust_metadata WHERE role = 'timestamp' AND version = 120")
    await withSql("UPDATE trust_metadata SET version = 120 WHERE role = 'timestamp' AND version = 1")
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3 }) }))
    expect(await countRows('trust_metadata', "role = 'timestamp'")).toBe(100)
    expect(await readFile(publisher, 'timestamp.json')).toMatchObject({ version: 121 })
    expect((await publisher.get('1.root.json')).status).toBe(200)
  })
})
