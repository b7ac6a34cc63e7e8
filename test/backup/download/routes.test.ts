/** Downloads of backups through the API: who may, and which objects they get. */
import { env } from 'cloudflare:workers'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { beforeEach, expect, it } from 'vitest'
import { issueTicket, isTicketFor, ticketMilliseconds } from '../../../src/backup/download/ticket.ts'
import { isDownloadable } from '../../../src/backup/download/objects.ts'
import { unwrapWithIdentity } from '../../../src/backup/sealing/age.ts'
import { makeDataKey } from '../../../src/backup/sealing/data-key.ts'
import { forgetDataKey, openBackup } from '../../../src/backup/sealing/open.ts'
import { keysFor } from '../../../src/auth/keys.ts'
import { longestBackupKey } from '../../../src/limits.ts'
import { fromHex } from '../../../src/util/hex.ts'
import { problemOf, send } from '../../support/client.ts'
import { testContext } from '../../support/context.ts'
import { aLogin, aPerson, asking, type Ask } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { readManifest } from '../support/reading.ts'

let root: Ask

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
})

const at = (id: string, rest: string): string => `/api/v0/backups/${id}/${rest}`

async function ticketFor(id: string): Promise<string> {
  const begun = await root('POST', at(id, 'downloads'))
  expect(begun.status).toBe(201)
  return (await begun.json<{ ticket: string }>()).ticket
}

const fetched = (id: string, key: string, ticket: string, offset = 0): Promise<Response> =>
  send('GET', at(id, `object?key=${encodeURIComponent(key)}&offset=${offset}`), {
    headers: { 'x-breakwater-download': ticket },
  })

it('a ticket reads all objects of its backup, as the bucket has them, and the download is an event', async () => {
  const id = await backUp()
  const ticket = await ticketFor(id)
  const listed = await send('GET', at(id, 'objects'), { headers: { 'x-breakwater-download': ticket } })
  const page = await listed.json<{ objects: { key: string; bytes: number }[]; next: string }>()
  expect(page.objects.map(({ key }) => key)).toEqual([`backups/${id}/manifest.json`])
  const rest = await send('GET', at(id, `objects?start=${page.next}`), { headers: { 'x-breakwater-download': ticket } })
  expect(await rest.json()).toEqual({ objects: [], next: null })
  const { parts } = await readManifest(id)
  for (const key of [...page.objects.map((object) => object.key), ...parts.map(({ object }) => object)]) {
    const stored = await (await env.BACKUPS.get(key))?.bytes()
    const whole = await fetched(id, key, ticket)
    expect([key, whole.status, whole.headers.get('content-length')]).toEqual([key, 200, String(stored?.length)])
    expect(await whole.bytes()).toEqual(stored)
    expect(await (await fetched(id, key, ticket, 7)).bytes()).toEqual(stored?.slice(7))
  }
  expect(await rowsOf(`SELECT actor, object_id FROM events WHERE object_type = 'backup' AND type = 'GET'`)).toEqual([
    { actor: 'root', object_id: id },
  ])
})

it('no ticket is given for an access token, nor for what is no backup', async () => {
  const id = await backUp()
  const refused = await asking(await aLogin('root'))('POST', at(id, 'downloads'))
  expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  await env.BACKUPS.put('backups/unfinished/begun', '')
  expect((await root('POST', at('unfinished', 'downloads'))).status).toBe(409)
  expect((await root('POST', at('none', 'downloads'))).status).toBe(404)
  expect((await root('POST', at(encodeURIComponent(`../${id}`), 'downloads'))).status).toBe(404)
  expect(await rowsOf(`SELECT 1 FROM events WHERE object_type = 'backup' AND type = 'GET'`)).toEqual([])
})

it('nothing is read without a ticket of this backup', async () => {
  const [id, other] = [await backUp(), await backUp()]
  const ticket = await ticketFor(id)
  const { parts } = await readManifest(id)
  const key = parts[0]?.object ?? ''
  for (const wrong of [
    '',
    'x',
    await ticketFor(other),
    ticket.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10)),
  ]) {
    const refused = await fetched(id, key, wrong)
    expect([wrong, refused.status, (await problemOf(refused)).code]).toEqual([wrong, 401, 'DOWNLOAD_REFUSED'])
  }
  expect((await root('GET', at(id, `object?key=${key}`))).status).toBe(401)
  expect((await root('GET', at(id, 'objects'))).status).toBe(401)
})

it('a ticket ends, and outlives a rotation of the secret', async () => {
  const secrets = testContext().secrets
  const keys = await keysFor(secrets, 'download')
  const ticket = await issueTicket(keys, 'one', 1000)
  expect(await isTicketFor(keys, 'one', ticket, 1000 + ticketMilliseconds - 1)).toBe(true)
  expect(await isTicketFor(keys, 'one', ticket, 1000 + ticketMilliseconds)).toBe(false)
  expect(await isTicketFor(keys, 'two', ticket, 1000)).toBe(false)
  const rotated = { current: 'a new secret of the registry, which is long enough', previous: secrets.current }
  expect(await isTicketFor(await keysFor(rotated, 'download'), 'one', ticket, 1000)).toBe(true)
  const lost = { ...rotated, previous: undefined }
  expect(await isTicketFor(await keysFor(lost, 'download'), 'one', ticket, 1000)).toBe(false)
})

it('has the wrapped key of an encrypted backup, and never the one that the registry keeps', async () => {
  const recipient = await identityToRecipient(await generateIdentity())
  await root('POST', '/api/v0/meta/settings', { backupRecipients: [recipient] })
  const id = await backUp()
  const ticket = await ticketFor(id)
  expect((await fetched(id, `backups/${id}/key.age`, ticket)).status).toBe(200)
  for (const key of [`backups/${id}/key.sealed`, `backups/${id}/begun`, 'standing.json', '']) {
    const missing = await fetched(id, key, ticket)
    expect([key, missing.status, (await problemOf(missing)).code]).toEqual([key, 404, 'NO_SUCH_OBJECT'])
  }
  const long = 'k'.repeat(longestBackupKey)
  expect((await fetched(id, long, ticket)).status).toBe(404)
  expect((await fetched(id, `${long}k`, ticket)).status).toBe(400)
})

it('knows the objects of a backup by their names', () => {
  const hex = 'a'.repeat(64)
  const own = [
    'backups/one/manifest.json',
    'backups/one/proof.json',
    'parts/one/x.gz.aes',
    'oci/one/acme/app/index.json',
  ]
  const shared = [
    `parts/${hex}.gz`,
    `blobs/sha256/${hex}`,
    `blobs/sha512/${hex}${hex}`,
    `inventories/${hex}`,
    'kept/a/b',
  ]
  expect([...own, ...shared].filter((key) => !isDownloadable('one', key))).toEqual([])
  const others = ['backups/two/manifest.json', 'parts/two/x.gz.aes', 'oci/two/acme/app/index.json', 'revocations/1', '']
  expect(others.filter((key) => isDownloadable('one', key))).toEqual([])
  const elsewhere = [
    'kept/../backups/one/key.sealed',
    'kept/./../../other-bucket/object',
    'kept/..',
    'oci/one/../../backups/one/key.sealed',
    'parts/one/../one/x',
    'oci/one//index.json',
  ]
  expect(elsewhere.filter((key) => isDownloadable('one', key))).toEqual([])
})

it('an operator lends the key of an encrypted backup, which never leaves their machine wrapped by less', async () => {
  const identity = await generateIdentity()
  await root('POST', '/api/v0/meta/settings', { backupRecipients: [await identityToRecipient(identity)] })
  const id = await backUp()
  const backup = { backups: env.BACKUPS, secrets: testContext().secrets, id }
  await forgetDataKey(backup)
  const { wrapped } = await (await root('GET', at(id, 'key'))).json<{ wrapped: string }>()
  const dataKey = await unwrapWithIdentity(fromHex(wrapped), identity)
  const wrong = await root('PUT', at(id, 'key'), { dataKey: makeDataKey() })
  expect([wrong.status, (await problemOf(wrong)).code]).toEqual([409, 'BACKUP_SEALED'])
  await expect(openBackup(backup)).rejects.toThrow('has no key for it')
  const byToken = await asking(await aLogin('root'))('PUT', at(id, 'key'), { dataKey })
  expect((await problemOf(byToken)).code).toBe('PASSWORD_NEEDED')
  expect((await root('PUT', at(id, 'key'), { dataKey })).status).toBe(204)
  expect((await openBackup(backup))?.manifest.id).toBe(id)
  expect((await root('GET', at('none', 'key'))).status).toBe(404)
})

it('a backup that is not encrypted has no key, and takes one without keeping it', async () => {
  const id = await backUp()
  expect(await (await root('GET', at(id, 'key'))).json()).toEqual({ wrapped: null })
  expect((await root('PUT', at(id, 'key'), { dataKey: makeDataKey() })).status).toBe(204)
  expect(await env.BACKUPS.head(`backups/${id}/key.sealed`)).toBeNull()
})
