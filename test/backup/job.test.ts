/** The job that makes backups, on a registry with images. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { findBackups } from '../../src/backup/backups.ts'
import { workOnJob } from '../../src/jobs/runner.ts'
import { tables } from '../../src/installed.ts'
import { acquireGcLease, releaseGcLease } from '../../src/replicas/gc-lease.ts'
import type { Send } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { aJob, logOf, loseLease, takenUp, theJob, worker } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { rowsOf } from '../support/schema.ts'
import { backUp } from './support/making.ts'
import { readBackup, readManifest, valuesOf } from './support/reading.ts'

const repository = 'acme/app'
let client: Send

beforeEach(async () => {
  client = await clientOf(repository)
  await pushImage(client, repository, 'latest')
})

const partKeys = async (): Promise<string[]> =>
  (await env.BACKUPS.list({ prefix: 'parts/' })).objects.map(({ key }) => key)

it('has every row of every table that is exported', async () => {
  const expected = new Map<string, unknown[]>()
  for (const table of tables) {
    if ('key' in table) expected.set(table.name, await rowsOf(`SELECT ${table.key.join()} FROM ${table.name}`))
  }
  const id = await backUp()
  const found = await readBackup(id)
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort())
  for (const [name, rows] of expected) {
    // The job writes into these itself.
    if (['events', 'jobs', 'job_logs'].includes(name)) continue
    expect([name, found.get(name)?.length]).toEqual([name, rows.length])
  }
  expect(valuesOf(found, 'tags', 'name')).toEqual([['latest']])
  expect(found.get('manifest_blobs')?.length).toBeGreaterThan(1)
  expect(found.get('tags')?.[0]).not.toHaveProperty('accompanies')
  const manifest = await readManifest(id)
  expect(manifest).toMatchObject({ id, encryption: null })
  expect(manifest.schema).toMatch(/^\d{4}_\w+\.sql$/)
  expect(manifest.marks.epoch).toBeGreaterThan(0)
  expect(manifest.marks.lockToken).toBeGreaterThan(0)
  expect(manifest.marks.sequences['repositories']).toBeGreaterThan(0)
  expect(manifest.parts.every(({ isNew }) => isNew)).toBe(true)
})

it('leaves nothing beside manifest and parts, tells an event, and gives the lock back', async () => {
  const id = await backUp()
  const { objects } = await env.BACKUPS.list({ prefix: 'backups/' })
  expect(objects.map(({ key }) => key)).toEqual([`backups/${id}/manifest.json`])
  expect(await rowsOf(`SELECT type, object_id FROM events WHERE object_type = 'backup'`)).toEqual([
    { type: 'CREATE', object_id: id },
  ])
  const lock = await acquireGcLease(testContext(), { holder: 'another', closing: undefined })
  expect(lock).toHaveProperty('token')
  await releaseGcLease(testContext(), { holder: 'another' })
  expect((await logOf(id)).join('\n')).toContain('the backup is not encrypted')
})

it('refers to the parts that an earlier backup has', async () => {
  const first = await readManifest(await backUp())
  const before = await partKeys()
  const second = await readManifest(await backUp())
  const unchanged = second.parts.filter(({ table }) => !['jobs', 'job_logs', 'events'].includes(table))
  expect(unchanged.filter(({ isNew }) => isNew).map(({ table }) => table)).toEqual([])
  expect(unchanged.map(({ object }) => object).filter((key) => !before.includes(key))).toEqual([])
  expect(second.parts.some(({ isNew }) => isNew)).toBe(true)
  expect(await readBackup(second.id)).toBeDefined()
  expect((await findBackups(env.BACKUPS)).map(({ id }) => id)).toEqual([second.id, first.id])
})

it('waits for a garbage collection, and then goes on', async () => {
  await acquireGcLease(testContext(), { holder: 'a collection', closing: undefined })
  const { id } = await aJob({ action: 'backup' })
  await workOnJob(worker(1500), id)
  expect((await theJob(id)).status).toBe('running')
  expect((await logOf(id)).join('\n')).toContain('waits for the garbage collection of the job a collection')
  await releaseGcLease(testContext(), { holder: 'a collection' })
  await workOnJob(worker(), id)
  expect((await theJob(id)).status).toBe('done')
  await readBackup(id)
})

/** Made by a worker whose time ends in the middle of the export. @returns the id of its job */
async function begunBackup(): Promise<string> {
  const { id } = await aJob({ action: 'backup' })
  let slices = 0
  const tired = worker(20_000, () => (slices++ < 30 ? Date.now() : Date.now() + 21_000))
  await workOnJob(tired, id)
  const { status, checkpoint } = await theJob(id)
  expect([status, checkpoint]).toEqual(['running', expect.stringContaining('"exporting":{')])
  return id
}

async function finish(id: string, by = worker()): Promise<string> {
  await workOnJob(by, id)
  const lines = (await logOf(id)).join('\n')
  expect([(await theJob(id)).status, lines]).toEqual(['done', expect.anything()])
  await readBackup(id)
  return lines
}

it('is continued by another worker, also long after', async () => {
  const id = await begunBackup()
  const later = worker(60_000, () => Date.now() + 120_000)
  expect(await finish(id, later)).not.toContain('begins again')
})

it('begins again after a garbage collection, however soon its lock was given away', async () => {
  const id = await begunBackup()
  await releaseGcLease(testContext(), { holder: id })
  const { id: collection } = await aJob({ action: 'onlinegc' })
  await workOnJob(worker(), collection)
  expect((await theJob(collection)).status).toBe('done')
  expect(await finish(id)).toContain('begins again: the lock was given away')
})

it.each([
  { lockedUntil: 'past', isRepeated: true },
  { lockedUntil: 'ahead', isRepeated: false },
])('of an earlier version, whose lock was held until a time $lockedUntil, begins again: $isRepeated', async (one) => {
  const id = await begunBackup()
  const until = Date.now() + (one.lockedUntil === 'past' ? -1 : 50_000)
  await env.DB.prepare(
    `UPDATE jobs SET checkpoint = json_set(json_remove(checkpoint, '$.fence'), '$.lockedUntil', ?) WHERE id = ?`,
  )
    .bind(until, id)
    .run()
  expect((await finish(id)).includes('begins again')).toBe(one.isRepeated)
})

it('what an unfinished backup left is deleted by the next one, and nothing else', async () => {
  const whole = await backUp()
  await env.BACKUPS.put('backups/dead/begun', '')
  await env.BACKUPS.put('backups/dead/lists/000000', '[]')
  await env.BACKUPS.put('parts/0000.gz', 'of the dead')
  expect((await findBackups(env.BACKUPS)).find(({ id }) => id === 'dead')?.summary).toBeUndefined()
  const next = await backUp()
  expect((await findBackups(env.BACKUPS)).map(({ id }) => id)).toEqual([next, whole])
  expect(await partKeys()).not.toContain('parts/0000.gz')
  await readBackup(whole)
  await readBackup(next)
})

it('a job that was taken up and given up is done by the next worker', async () => {
  const job = await aJob({ action: 'backup' })
  await takenUp(job, worker())
  await loseLease(job.id)
  await workOnJob(worker(), job.id)
  expect((await theJob(job.id)).status).toBe('done')
  await readBackup(job.id)
})
