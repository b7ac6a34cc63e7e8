/** The proof of an encrypted backup: whatever it comes to, the registry keeps no key that it does not need. */
import { env } from 'cloudflare:workers'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { manifestKey, sealedKeyKey, wrappedKeyKey } from '../../../src/backup/keys.ts'
import { unwrapWithIdentity } from '../../../src/backup/sealing/age.ts'
import { manifestText, metadataOf, sha256Of, type Manifest } from '../../../src/backup/manifest.ts'
import { workOnJob, workOnJobs } from '../../../src/jobs/runner.ts'
import { bytesOf } from '../../support/content.ts'
import { aJob, theJob, worker } from '../../support/jobs.ts'
import { aPerson, type Ask } from '../../support/people.ts'
import { backUp } from '../support/making.ts'
import { readManifest } from '../support/reading.ts'

let root: Ask
let identity: string

beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  root = (await aPerson('root', { isAdmin: true })).ask
  identity = await generateIdentity()
  const backupRecipients = [await identityToRecipient(identity)]
  expect((await root('POST', '/api/v0/meta/settings', { backupRecipients })).status).toBe(202)
})

const hasKey = async (id: string): Promise<boolean> => (await env.BACKUPS.head(sealedKeyKey(id))) !== null

async function lend(id: string): Promise<void> {
  const wrapped = await (await env.BACKUPS.get(wrappedKeyKey(id)))?.arrayBuffer()
  const dataKey = await unwrapWithIdentity(new Uint8Array(wrapped ?? new ArrayBuffer()), identity)
  expect((await root('PUT', `/api/v0/backups/${id}/key`, { dataKey })).status).toBe(204)
  expect(await hasKey(id)).toBe(true)
}

/** Makes a backup, and proves it. @returns its id */
async function provenBackup(): Promise<string> {
  const id = await backUp()
  await workOnJobs(worker(60_000))
  expect(await hasKey(id)).toBe(false)
  return id
}

/** Reads a backup with a job. @returns how that ended */
async function read(id: string, onlyHashes: boolean): Promise<string> {
  const { id: job } = await aJob({ action: 'prove', parameters: { backup: id, onlyHashes } })
  await workOnJob(worker(60_000), job)
  return (await theJob(job)).status
}

const stateOf = async (id: string): Promise<string | undefined> => {
  const { backups } = await (await root('GET', '/api/v0/backups')).json<{ backups: { id: string; state: string }[] }>()
  return backups.find((backup) => backup.id === id)?.state
}

async function losePart(id: string): Promise<void> {
  const { parts } = await readManifest(id)
  await env.BACKUPS.delete(parts[0]?.object ?? '')
}

/** Replaces the manifest by one with a right hash and a wrong seal. */
async function forge(id: string, change: Partial<Manifest>): Promise<void> {
  const manifest = { ...(await readManifest(id)), ...change }
  const text = await manifestText(manifest)
  await env.BACKUPS.put(manifestKey(id), text, { customMetadata: metadataOf(manifest, await sha256Of(bytesOf(text))) })
}

describe('a lent key is gone', () => {
  it('after a proof that failed, one that was right, and a check of hashes either way', async () => {
    const id = await provenBackup()
    await lend(id)
    expect([await read(id, true), await hasKey(id)]).toEqual(['done', false])
    await lend(id)
    expect([await read(id, false), await hasKey(id)]).toEqual(['done', false])
    await losePart(id)
    for (const onlyHashes of [true, false]) {
      await lend(id)
      expect([await read(id, onlyHashes), await hasKey(id)]).toEqual(['errored', false])
    }
  })

  it('after the job was canceled before it began, and only when no other job reads the backup', async () => {
    const id = await provenBackup()
    await lend(id)
    const jobs = [true, false].map(async (onlyHashes) =>
      aJob({ action: 'prove', parameters: { backup: id, onlyHashes } }),
    )
    for (const { id: job } of await Promise.all(jobs)) {
      expect(await hasKey(id)).toBe(true)
      expect((await root('POST', `/api/v0/jobs/${job}/cancel`)).status).toBeLessThan(300)
    }
    expect(await hasKey(id)).toBe(false)
  })
})

describe('the key of a backup that is not proven', () => {
  it('stays after a check of hashes, and goes with a proof that failed', async () => {
    const id = await backUp()
    expect([await read(id, true), await hasKey(id)]).toEqual(['done', true])
    await losePart(id)
    await workOnJobs(worker(60_000))
    expect([await stateOf(id), await hasKey(id)]).toEqual(['failed', false])
  })
})

describe('a manifest that is not that of the key', () => {
  const changes: [string, Partial<Manifest>][] = [
    ['another seal', { seal: '0'.repeat(64) }],
    ['another key', { encryption: { key: '0'.repeat(64), recipients: [] } }],
  ]
  it.each(changes)('with %s fails the proof, and an alert tells it', async (_what, change) => {
    const id = await backUp()
    await forge(id, change)
    await workOnJobs(worker(60_000))
    expect([await stateOf(id), await hasKey(id)]).toEqual(['failed', false])
    const alerts = await (await root('GET', '/api/v0/meta/alerts')).text()
    expect(alerts).toContain('backup_failed_proof')
  })
})
