/** The secret of the registry is rotated while backups are not proven. */
import { env } from 'cloudflare:workers'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { beforeEach, expect, it, vi } from 'vitest'
import { manifestKey, proofKey, sealedKeyKey, wrappedKeyKey } from '../../../src/backup/keys.ts'
import { unwrapWithIdentity } from '../../../src/backup/sealing/age.ts'
import { lendDataKey } from '../../../src/backup/sealing/lending.ts'
import { readKeptDataKey } from '../../../src/backup/sealing/protection.ts'
import { countKeysOfPrevious, resealKeptKeys } from '../../../src/backup/sealing/rotation.ts'
import { sealed } from '../../../src/installed.ts'
import { workOnJobs } from '../../../src/jobs/runner.ts'
import { testContext } from '../../support/context.ts'
import { worker } from '../../support/jobs.ts'
import { aPerson } from '../../support/people.ts'
import { backUp } from '../support/making.ts'

const { current: old } = testContext().secrets
const rotated = { current: 'a new secret of the registry, which is long enough', previous: old }
const after = { ...rotated, previous: undefined }
let identity: string

beforeEach(async () => {
  const { ask } = await aPerson('root', { isAdmin: true })
  identity = await generateIdentity()
  const backupRecipients = [await identityToRecipient(identity)]
  expect((await ask('POST', '/api/v0/meta/settings', { backupRecipients })).status).toBe(202)
})

const context = (secrets: { current: string; previous: string | undefined }) => ({ backups: env.BACKUPS, secrets })
const keptBy = (secrets: { current: string; previous: string | undefined }, id: string) =>
  readKeptDataKey({ ...context(secrets), id })

async function dataKeyOf(id: string): Promise<string> {
  const wrapped = await (await env.BACKUPS.get(wrappedKeyKey(id)))?.arrayBuffer()
  return unwrapWithIdentity(new Uint8Array(wrapped ?? new ArrayBuffer()), identity)
}

it('the key of an unproven backup is counted, encrypted again, and opens without the previous secret', async () => {
  const ids = [await backUp(), await backUp()]
  expect(await countKeysOfPrevious(context({ current: old, previous: undefined }))).toBe(0)
  const counts = await Promise.all(sealed.map((count) => count({ ...testContext(), secrets: rotated })))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2)
  await resealKeptKeys(context(rotated))
  expect(await countKeysOfPrevious(context(rotated))).toBe(0)
  for (const id of ids) expect(await keptBy(after, id)).toBe(await dataKeyOf(id))
})

it('a backup that is proven meanwhile has no key afterwards', async () => {
  const id = await backUp()
  const kept = await (await env.BACKUPS.get(sealedKeyKey(id)))?.text()
  await workOnJobs(worker(60_000))
  expect(await env.BACKUPS.head(proofKey(id))).not.toBeNull()
  // As if the key had been read before the proof ended.
  await env.BACKUPS.put(sealedKeyKey(id), kept ?? '')
  await resealKeptKeys(context(rotated))
  expect(await env.BACKUPS.head(sealedKeyKey(id))).toBeNull()
})

it('a key that does not open, and that of a backup without a manifest, are not waited for', async () => {
  const [damaged, unfinished] = [await backUp(), await backUp()]
  const kept = await (await env.BACKUPS.get(sealedKeyKey(damaged)))?.text()
  await env.BACKUPS.put(sealedKeyKey(damaged), (kept ?? '').replace(/"sealed":"../, '"sealed":"'))
  await env.BACKUPS.delete(manifestKey(unfinished))
  expect(await countKeysOfPrevious(context(rotated))).toBe(0)
})

it('a key that was lent is left to the job for which it was lent', async () => {
  const id = await backUp()
  await workOnJobs(worker(60_000))
  await lendDataKey({ ...context({ current: old, previous: undefined }), id }, await dataKeyOf(id))
  expect(await countKeysOfPrevious(context(rotated))).toBe(0)
  await resealKeptKeys(context(rotated))
  expect(await keptBy(rotated, id)).toBe(await dataKeyOf(id))
  expect(await keptBy(after, id)).toBeUndefined()
})

it('nothing is listed while no rotation goes on', async () => {
  const list = vi.spyOn(env.BACKUPS, 'list')
  await resealKeptKeys(context({ current: old, previous: undefined }))
  expect(list).not.toHaveBeenCalled()
})
