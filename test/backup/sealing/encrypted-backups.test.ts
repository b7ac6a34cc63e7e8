/** Encrypted backups, as the job makes them: who can open them, and what they tell without a key. */
import { env } from 'cloudflare:workers'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { beforeEach, expect, it } from 'vitest'
import { sealedKeyKey, manifestKey, wrappedKeyKey } from '../../../src/backup/keys.ts'
import { unwrapWithIdentity } from '../../../src/backup/sealing/age.ts'
import { makeDataKey } from '../../../src/backup/sealing/data-key.ts'
import { forgetDataKey, openBackup, type OpenedBackup } from '../../../src/backup/sealing/open.ts'
import { manifestText, type Manifest } from '../../../src/backup/manifest.ts'
import { mostBackupRecipients } from '../../../src/limits.ts'
import { workOnJob } from '../../../src/jobs/runner.ts'
import { testContext } from '../../support/context.ts'
import { aJob, logOf, theJob, worker } from '../../support/jobs.ts'
import { aPerson, type Ask } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { readBackup, readManifest, valuesOf } from '../support/reading.ts'

const secrets = testContext().secrets
let root: Ask
let identity: string
let recipient: string

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
  identity = await generateIdentity()
  recipient = await identityToRecipient(identity)
  await encryptFor(recipient)
})

async function encryptFor(...backupRecipients: string[]): Promise<void> {
  expect((await root('POST', '/api/v0/meta/settings', { backupRecipients })).status).toBe(202)
}

const bytesOf = async (key: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array((await (await env.BACKUPS.get(key))?.arrayBuffer()) ?? new ArrayBuffer())

async function opened(id: string, dataKey?: string, by = secrets): Promise<OpenedBackup> {
  const backup = await openBackup({ backups: env.BACKUPS, secrets: by, id }, dataKey)
  if (backup === undefined) throw new Error(`there is no backup ${id}`)
  return backup
}

const refusal = (id: string, dataKey?: string, by = secrets): Promise<unknown> =>
  opened(id, dataKey, by).then(
    () => 'opened',
    (error: unknown) => (error instanceof Error ? error.message : error),
  )

const dataKeyOf = async (id: string, by = identity): Promise<string> =>
  unwrapWithIdentity(await bytesOf(wrappedKeyKey(id)), by)

it('has the same rows as one that is not encrypted, for the registry and for each recipient', async () => {
  const other = await generateIdentity()
  await encryptFor(recipient, await identityToRecipient(other))
  const id = await backUp()
  const byRegistry = await readBackup(id, (await opened(id)).sealing)
  await forgetDataKey({ backups: env.BACKUPS, id })
  for (const one of [identity, other, `# created: today\n# public key: ${recipient}\n${identity}\n`]) {
    expect(await readBackup(id, (await opened(id, await dataKeyOf(id, one))).sealing)).toEqual(byRegistry)
  }
  expect(valuesOf(byRegistry, 'accounts', 'name').flat()).toContain('root')
  expect((await logOf(id)).join('\n')).toContain(`the backup is encrypted for ${recipient}, age1`)
  const { backups } = await (await root('GET', '/api/v0/backups')).json<{ backups: { encrypted: boolean }[] }>()
  expect(backups.map(({ encrypted }) => encrypted)).toEqual([true])
  expect(await rowsOf(`SELECT content FROM events WHERE object_type = 'backup'`)).toEqual([
    { content: expect.stringContaining('"isEncrypted":true') },
  ])
})

it('a key that an administrator lends is an event of that account, and a wrong key is none', async () => {
  const id = await backUp()
  await forgetDataKey({ backups: env.BACKUPS, id })
  const lend = (dataKey: string) => root('PUT', `/api/v0/backups/${id}/key`, { dataKey })
  expect([(await lend('0'.repeat(64))).status, (await lend(await dataKeyOf(id))).status]).toEqual([409, 204])
  expect(await rowsOf(`SELECT actor, object_id FROM events WHERE content ->> 'keyIsLent' = 1`)).toEqual([
    { actor: 'root', object_id: id },
  ])
})

it('after the proof the registry cannot open it, neither with the current secret nor with the previous one', async () => {
  const id = await backUp()
  expect(await refusal(id)).toBe('opened')
  await forgetDataKey({ backups: env.BACKUPS, id })
  const { objects } = await env.BACKUPS.list({ prefix: `backups/${id}/` })
  expect(objects.map(({ key }) => key)).toEqual([wrappedKeyKey(id), manifestKey(id)])
  expect(await refusal(id)).toMatch(/is encrypted, and this registry has no key for it: give an identity/)
})

it('before the proof a rotated secret opens it while it is the previous one, and no longer', async () => {
  const id = await backUp()
  const fresh = 'a new secret of the registry, which is long enough'
  expect(await refusal(id, undefined, { current: fresh, previous: secrets.current })).toBe('opened')
  expect(await refusal(id, undefined, { current: fresh, previous: undefined })).toMatch(/has no key for it/)
})

it('opens for no other identity, and with no other key', async () => {
  const id = await backUp()
  const failed = dataKeyOf(id, await generateIdentity())
  await expect(failed).rejects.toThrow('the identity does not open the backup: it is none of its recipients')
  await expect(dataKeyOf(id, 'age1notanidentity')).rejects.toThrow('the file has no identity of age')
  expect(await refusal(id, makeDataKey())).toMatch(/the data key is that of another backup/)
})

it('tells no key and no row without an identity', async () => {
  const id = await backUp()
  const dataKey = await dataKeyOf(id)
  const lines = [...((await readBackup(id, (await opened(id)).sealing)).get('accounts') ?? [])].map((row) => row['id'])
  const { objects } = await env.BACKUPS.list({ include: ['customMetadata'] })
  const stored = [JSON.stringify(objects), ...(await Promise.all(objects.map(async ({ key }) => textOf(key))))].join(
    '\n',
  )
  const told = [...(await logOf(id)), JSON.stringify(await rowsOf('SELECT * FROM jobs')), stored].join('\n')
  for (const secret of [dataKey, identity, secrets.current, 'root', ...lines.map(String)]) {
    expect([secret, told.includes(`"${secret}"`)]).toEqual([secret, false])
  }
  expect(told).not.toContain(dataKey)
  expect(objects.filter(({ key }) => key.startsWith('parts/') && !key.startsWith(`parts/${id}/`))).toEqual([])
  // A hash would let anyone find short lines by trying.
  const manifest = await readManifest(id)
  const hidden = manifest.parts.flatMap(({ first, last }) => first.concat(last))
  expect(hidden).toHaveLength(manifest.parts.length)
  expect(hidden.filter((text) => !/^[0-9a-f]{60,}$/.test(text))).toEqual([])
  const shown = (await opened(id)).manifest.parts.find(({ table }) => table === 'settings')
  expect([shown?.first, shown?.last]).toEqual([['backupRecipients'], ['backupRecipients']])
})

const textOf = async (key: string): Promise<string> => (await env.BACKUPS.get(key))?.text() ?? ''

it('shares no part with another backup', async () => {
  const first = await readManifest(await backUp())
  const second = await readManifest(await backUp())
  const ofFirst = new Set(first.parts.flatMap(({ object, sha256 }) => [object, sha256]))
  expect(second.parts.filter(({ object, sha256 }) => ofFirst.has(object) || ofFirst.has(sha256))).toEqual([])
  expect(second.parts.every(({ isNew }) => isNew)).toBe(true)
  expect(second.encryption?.key).not.toBe(first.encryption?.key)
})

it('a part opens as itself alone: not with a flipped bit, not in the place of another, not in another backup', async () => {
  const id = await backUp()
  const { manifest, sealing } = await opened(id)
  const [one, other] = manifest.parts
  if (one === undefined || other === undefined) throw new Error('the backup has too few parts')
  const stored = await bytesOf(one.object)
  await sealing.open(one.object, stored)
  for (const at of [0, 12, Math.floor(stored.length / 2), stored.length - 1]) {
    const flipped = stored.map((byte, place) => (place === at ? byte ^ 1 : byte))
    await expect(sealing.open(one.object, flipped)).rejects.toThrow(`${one.object} does not open`)
  }
  await expect(sealing.open(one.object, stored.subarray(0, 20))).rejects.toThrow('does not open')
  await expect(sealing.open(one.object, new Uint8Array())).rejects.toThrow('does not open')
  await expect(sealing.open(other.object, stored)).rejects.toThrow('does not open')
  const elsewhere = await opened(await backUp())
  await expect(elsewhere.sealing.open(one.object, stored)).rejects.toThrow('does not open')
})

it('a manifest that was changed is refused', async () => {
  const id = await backUp()
  const text = await textOf(manifestKey(id))
  const manifest = await readManifest(id)
  const other = await readManifest(await backUp())
  const { parts } = manifest
  const changes: Partial<Manifest>[] = [
    { parts: parts.slice(1) },
    { parts: parts.toReversed() },
    { parts: other.parts },
    { marks: { ...manifest.marks, epoch: 0 } },
    { seal: other.seal },
    { seal: '' },
  ]
  for (const change of changes) {
    // With the hash that anyone can make.
    await env.BACKUPS.put(manifestKey(id), await manifestText({ ...manifest, ...change }))
    expect(await refusal(id)).toMatch(/its manifest was changed/)
  }
  await env.BACKUPS.put(manifestKey(id), JSON.stringify({ ...manifest, marks: {} }))
  expect(await refusal(id)).toMatch(/the manifest of the backup .* is damaged/)
  await env.BACKUPS.put(manifestKey(id), text)
  expect(await refusal(id)).toBe('opened')
})

it('a key that was damaged opens nothing', async () => {
  const id = await backUp()
  const text = await textOf(sealedKeyKey(id))
  const kept: Record<string, string> = JSON.parse(text)
  for (const damaged of [
    '',
    '{}',
    'null',
    JSON.stringify({ ...kept, sealed: kept['sealed']?.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
  ]) {
    await env.BACKUPS.put(sealedKeyKey(id), damaged)
    expect([damaged, await refusal(id)]).toEqual([damaged, expect.stringContaining('has no key for it')])
  }
  const other = await backUp()
  await env.BACKUPS.put(sealedKeyKey(other), text)
  expect(await refusal(other)).toMatch(/has no key for it/)
  const wrapped = await bytesOf(wrappedKeyKey(id))
  await env.BACKUPS.put(
    wrappedKeyKey(id),
    wrapped.map((byte, at) => (at === wrapped.length - 1 ? byte ^ 1 : byte)),
  )
  await expect(dataKeyOf(id)).rejects.toThrow('key.age was changed')
})

/** Works until the time of a worker ends in the middle. */
async function halfABackup(): Promise<string> {
  const { id } = await aJob({ action: 'backup' })
  let slices = 0
  await workOnJob(
    worker(20_000, () => (slices++ < 30 ? Date.now() : Date.now() + 21_000)),
    id,
  )
  expect((await theJob(id)).status).toBe('running')
  return id
}

it('a worker that goes on uses the same key, although the recipients were changed meanwhile', async () => {
  const id = await halfABackup()
  const dataKey = await dataKeyOf(id)
  await encryptFor()
  await workOnJob(worker(), id)
  expect((await logOf(id)).join('\n')).not.toContain('begins again')
  expect((await theJob(id)).status).toBe('done')
  expect(await dataKeyOf(id)).toBe(dataKey)
  await readBackup(id, (await opened(id)).sealing)
})

it('a worker that cannot open the key begins again, and leaves no part of the first try', async () => {
  const id = await halfABackup()
  await env.BACKUPS.delete(sealedKeyKey(id))
  await workOnJob(worker(), id)
  expect((await logOf(id)).join('\n')).toContain('begins again: the registry cannot open the data key')
  const { manifest, sealing } = await opened(id)
  await readBackup(id, sealing)
  const { objects } = await env.BACKUPS.list({ prefix: 'parts/' })
  expect(objects.map(({ key }) => key)).toEqual(manifest.parts.map(({ object }) => object).sort())
})

it('keys that a late worker stored are replaced before the manifest is written', async () => {
  const id = await backUp()
  const late = [await textOf(sealedKeyKey(id)), await bytesOf(wrappedKeyKey(id))] as const
  const next = await halfABackup()
  const dataKey = await dataKeyOf(next)
  await env.BACKUPS.put(wrappedKeyKey(next), late[1])
  await env.BACKUPS.put(sealedKeyKey(next), late[0])
  await workOnJob(worker(), next)
  expect((await logOf(next)).join('\n')).toContain('begins again')
  expect(await dataKeyOf(next)).not.toBe(dataKey)
  await readBackup(next, (await opened(next, await dataKeyOf(next))).sealing)
})

it('recipients are public keys of age, and a slip of the pen is refused', async () => {
  const slip = recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'))
  for (const wrong of [slip, recipient.toUpperCase(), 'age1', `${recipient}q`, identity, 'ssh-ed25519 AAAA']) {
    const refused = await root('POST', '/api/v0/meta/settings', { backupRecipients: [wrong] })
    expect([wrong, refused.status]).toEqual([wrong, 400])
    expect(await refused.text()).toContain(`it must be a public key of age`)
  }
  await encryptFor(...Array.from({ length: mostBackupRecipients }, () => recipient))
  const tooMany = Array.from({ length: mostBackupRecipients + 1 }, () => recipient)
  expect((await root('POST', '/api/v0/meta/settings', { backupRecipients: tooMany })).status).toBe(400)
})
