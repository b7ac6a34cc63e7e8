/** The job that proves a backup: it follows each one, waits for another proof, and tells what it found. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readStanding } from '../../../src/backup/standing/standing.ts'
import { settings } from '../../../src/installed.ts'
import { aWorker, workOnJob, workOnJobs } from '../../../src/jobs/runner.ts'
import { changeSettings } from '../../../src/settings/settings.ts'
import { problemOf } from '../../support/client.ts'
import { pushImage } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { faultyBucket } from '../../support/faults.ts'
import { interceptedBucket } from '../../support/intercepted-bucket.ts'
import { aJob, jobsContext, logOf, root as name, theJob, worker } from '../../support/jobs.ts'
import { aLogin, aPerson, asking, clientOf, type Ask } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp, backUpContent } from '../support/making.ts'
import { drillTables, writtenProof } from '../support/proving.ts'

let root: Ask

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
})

const proofs = (): Promise<{ id: string; status: string }[]> =>
  rowsOf(`SELECT id, status FROM jobs WHERE action = 'prove' ORDER BY scheduled_at, id`)

const listed = async (): Promise<Record<string, unknown>[]> =>
  (await (await root('GET', '/api/v0/backups')).json<{ backups: Record<string, unknown>[] }>()).backups

it('follows a backup, and the list, the log and what alerts read tell that it is proven', async () => {
  const id = await backUp()
  expect(await listed()).toMatchObject([{ id, state: 'proving', provenAt: null }])
  const [proof = { id: '' }] = await proofs()
  await workOnJob(worker(), proof.id)
  expect([(await theJob(proof.id)).status, ...(await logOf(proof.id))].join('\n')).toMatch(/^done/)
  const { rtoSeconds, rpoSeconds } = await writtenProof(id)
  expect(await listed()).toMatchObject([
    { id, state: 'proven', provenAt: expect.stringMatching(/^\d{4}-/), rtoSeconds, rpoSeconds, finding: null },
  ])
  expect((await readStanding(env.BACKUPS)).newestProven).toMatchObject({ id, rtoSeconds, rpoSeconds })
  expect(await drillTables()).toEqual([])
  const shown = await (await root('GET', `/api/v0/backups/${id}/proof`)).json<{ proof: { state: string } }>()
  expect(shown.proof.state).toBe('proven')
  const { keys } = { keys: (await env.BACKUPS.list({ prefix: `backups/${id}/` })).objects.map(({ key }) => key) }
  expect(keys).toEqual([`backups/${id}/manifest.json`, `backups/${id}/proof.json`])
})

it.each([
  { call: 'list', when: 'before', times: 3 },
  { call: 'get', when: 'before', times: 3 },
  { call: 'get', when: 'reading', times: 3 },
] as const)('goes on after an outage of the bucket of images: $call, $when', async (fault) => {
  await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  const id = await backUp()
  const [proof = { id: '' }] = await proofs()
  const message = 'Service Unavailable (10043)'
  // R2 does not describe the object either, which would make it one that cannot be read.
  const silent = fault.call === 'get' ? faultyBucket({ call: 'head', message, times: 3 }).bucket : env.BUCKET
  const { bucket, failed } = faultyBucket({ ...fault, message }, silent)
  const context = jobsContext({ bucket })
  await workOnJob(aWorker(context, 20_000), proof.id)
  expect([failed(), await theJob(proof.id)]).toMatchObject([3, { status: 'running', leaseUntil: null }])
  await workOnJob(aWorker(context, 20_000), proof.id)
  expect(await theJob(proof.id)).toMatchObject({ status: 'done' })
  expect(await writtenProof(id)).toMatchObject({ state: 'proven' })
})

it('names an object of images that R2 describes but never gives', async () => {
  await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  const id = await backUp()
  const [proof = { id: '' }] = await proofs()
  const [failing] = await rowsOf<{ key: string; blob: string }>('SELECT key, blob_digest AS blob FROM segments')
  const bucket = interceptedBucket(async (call, [key], act) => {
    if (call === 'get' && key === failing?.key) throw new Error('We encountered an internal error. (10001)')
    return act()
  }, env.BUCKET)
  await workOnJob(aWorker(jobsContext({ bucket }), 20_000), proof.id)
  const log = (await logOf(proof.id)).join('\n')
  expect(log).toContain(`the object ${failing?.key} of the blob ${failing?.blob} cannot be read`)
  expect(await writtenProof(id)).toMatchObject({ state: 'failed' })
})

describe('a copy of a blob in the bucket of backups that breaks off each time', () => {
  /** A bucket of backups whose copies of blobs break off while it fails, and whose answer to a head fails, if it is an outage. */
  function breaking(isOutage: boolean) {
    let broken = 0
    let fails = true
    const backups = interceptedBucket(async (call, [key], act) => {
      if (!fails || !String(key).startsWith('blobs/')) return act()
      const message = 'Unspecified error (0)'
      if (call === 'head' && isOutage) throw new Error(message)
      if (call !== 'get') return act()
      broken++
      return faultyBucket({ call: 'get', message, times: 1, when: 'reading' }, env.BACKUPS).bucket.get(String(key))
    }, env.BACKUPS)
    return { backups, broken: () => broken, mend: () => (fails = false) }
  }

  async function aProof(): Promise<{ readonly backup: string; readonly id: string }> {
    await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
    const backup = await backUpContent()
    const [proof = { id: '' }] = await proofs()
    return { backup, id: proof.id }
  }

  it('is an outage if the bucket does not describe it either: the proof waits, and goes on', async () => {
    const { backup, id } = await aProof()
    const { backups, broken, mend } = breaking(true)
    const context = jobsContext({ backups })
    await workOnJob(aWorker(context, 20_000), id)
    expect([broken(), await theJob(id)]).toMatchObject([3, { status: 'running', leaseUntil: null }])
    mend()
    await workOnJob(aWorker(context, 20_000), id)
    expect(await theJob(id)).toMatchObject({ status: 'done' })
    expect(await writtenProof(backup)).toMatchObject({ state: 'proven' })
  })

  it('is named otherwise, and stays where it is: the proof ends', async () => {
    const { backup, id } = await aProof()
    const { objects } = await env.BACKUPS.list({ prefix: 'blobs/' })
    await workOnJob(aWorker(jobsContext({ backups: breaking(false).backups }), 60_000), id)
    expect((await logOf(id)).join('\n')).toContain('and fails each time to give it: prove the backup again later')
    expect(await writtenProof(backup)).toMatchObject({ state: 'failed' })
    expect((await env.BACKUPS.list({ prefix: 'blobs/' })).objects).toHaveLength(objects.length)
  })
})

it('a manifest with other bytes is found, and what alerts read tells of it', async () => {
  const id = await backUp()
  const key = `backups/${id}/manifest.json`
  const object = await env.BACKUPS.get(key)
  const text = (await object?.text()) ?? ''
  await env.BACKUPS.put(key, text.replace('"createdAt":1', '"createdAt":2'), {
    customMetadata: object?.customMetadata ?? {},
  })
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const [proof = { id: '' }] = await proofs()
  await workOnJob(worker(), proof.id)
  expect((await theJob(proof.id)).status).toBe('errored')
  expect((await logOf(proof.id)).at(-1)).toContain(`the manifest of the backup ${id} is damaged`)
  expect(await listed()).toMatchObject([
    { id, state: 'failed', finding: expect.stringContaining(`the manifest of the backup ${id} is damaged`) },
  ])
  expect((await readStanding(env.BACKUPS)).failed?.id).toBe(id)
})

it('two proofs are made one after the other, and one that is under way is joined', async () => {
  const first = await backUp()
  const second = await backUp()
  const [one, two] = await proofs()
  expect([one?.status, two?.status]).toEqual(['waiting', 'waiting'])
  const again = await root('POST', `/api/v0/backups/${second}/proof`)
  expect(again.status).toBe(202)
  expect([one?.id, two?.id]).toContain((await again.json<{ job: string }>()).job)
  await workOnJobs(worker(60_000))
  await vi.waitFor(async () => expect((await proofs()).map(({ status }) => status)).toEqual(['done', 'done']), 30_000)
  expect((await listed()).map(({ id, state }) => [id, state])).toEqual([
    [second, 'proven'],
    [first, 'proven'],
  ])
})

it('a registry without the database of the drill says so, and still checks hashes', async () => {
  const without = { ...jobsContext(), drill: undefined }
  const { id } = await aJob({ action: 'backup' })
  await workOnJob(aWorker(without, 20_000), id)
  expect((await logOf(id)).join('\n')).toContain('not proven: the registry has no database for it (the binding DRILL)')
  expect(await proofs()).toEqual([])
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const proof = await aJob({ action: 'prove', parameters: { backup: id } })
  await workOnJob(aWorker(without, 20_000), proof.id)
  expect((await theJob(proof.id)).status).toBe('errored')
  expect((await logOf(proof.id)).at(-1)).toContain('deploy it again, which makes the binding DRILL')
  const check = await aJob({ action: 'prove', parameters: { backup: id, onlyHashes: true } })
  await workOnJob(aWorker(without, 20_000), check.id)
  expect((await theJob(check.id)).status).toBe('done')
  expect(await listed()).toMatchObject([{ id, state: 'unproven' }])
})

it('a check of hashes finds a damaged part of a proven backup', async () => {
  const id = await backUp()
  await workOnJobs(worker(60_000))
  const { objects } = await env.BACKUPS.list({ prefix: 'parts/' })
  await env.BACKUPS.delete(objects[0]?.key ?? '')
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const check = await aJob({ action: 'prove', parameters: { backup: id, onlyHashes: true } })
  await workOnJob(worker(), check.id)
  expect((await theJob(check.id)).status).toBe('errored')
  expect(await listed()).toMatchObject([{ state: 'failed', finding: expect.stringContaining('it is missing') }])
})

it('a setting wants no proof, and only a password orders one', async () => {
  await changeSettings(testContext(), settings, { backupProve: false }, name)
  const id = await backUp()
  expect(await proofs()).toEqual([])
  expect(await listed()).toMatchObject([{ id, state: 'unproven' }])
  const byToken = asking(await aLogin('root'))
  for (const path of ['proof', 'verification']) {
    const refused = await byToken('POST', `/api/v0/backups/${id}/${path}`)
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  }
  const unknown = await root('POST', '/api/v0/backups/none/proof')
  expect([unknown.status, (await problemOf(unknown)).code]).toEqual([404, 'NO_SUCH_BACKUP'])
})
