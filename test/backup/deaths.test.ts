/** The job that makes backups dies at any call of D1 or R2, and the next worker makes the backup whole. */
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it, vi } from 'vitest'
import { findBackups } from '../../src/backup/backups.ts'
import { openContext } from '../../src/context.ts'
import { tables } from '../../src/installed.ts'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { pushImage } from '../support/content.ts'
import { mortal, type Mortal } from '../support/crashing.ts'
import { aJob, jobsContext, logOf, loseLease, theJob, worker } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { Random } from '../support/random.ts'
import { rowsOf } from '../support/schema.ts'
import { readBackup, readManifest } from './support/reading.ts'

const deaths = 55
const repository = 'acme/app'
/** Tables of which the job itself writes. */
const restless = new Set(['events', 'jobs', 'job_logs'])

beforeAll(async () => {
  const client = await clientOf(repository)
  for (let at = 0; at < 5; at++) await pushImage(client, repository, String(at), at)
})

const workerWith = (bindings: Mortal) => {
  const opened = openContext({ ...env, ...bindings }, (work) => void work.catch(() => undefined))
  return aWorker({ ...jobsContext(), db: opened.db, backups: opened.backups }, 20_000)
}

/** Works on a backup until it dies. @returns the id of the job */
async function dieAt(after: number, tookEffect: boolean): Promise<{ readonly id: string; readonly bindings: Mortal }> {
  const bindings = mortal({ after, tookEffect })
  const { id } = await aJob({ action: 'backup' })
  await workOnJob(workerWith(bindings), id).catch(() => undefined)
  return { id, bindings }
}

async function expectNothingElse(ids: readonly string[]): Promise<void> {
  const keysOf = async (prefix: string): Promise<string[]> =>
    (await env.BACKUPS.list({ prefix })).objects.map(({ key }) => key)
  expect(await keysOf('backups/')).toEqual(ids.map((id) => `backups/${id}/manifest.json`).sort())
  const named = new Set<string>()
  for (const id of ids) for (const { object } of (await readManifest(id)).parts) named.add(object)
  expect((await keysOf('parts/')).filter((key) => !named.has(key))).toEqual([])
}

/** Deletes a backup with the parts that another one does not have. */
async function forget(id: string, other: string): Promise<void> {
  const kept = new Set((await readManifest(other)).parts.map(({ object }) => object))
  const parts = (await readManifest(id)).parts.map(({ object }) => object).filter((key) => !kept.has(key))
  await env.BACKUPS.delete([`backups/${id}/manifest.json`, ...parts])
}

it('a backup of a worker that died at any of 55 seeded moments is whole, and nothing else is left', async () => {
  const whole = mortal(undefined)
  const first = await aJob({ action: 'backup' })
  await workOnJob(workerWith(whole), first.id)
  expect([(await theJob(first.id)).status, ...(await logOf(first.id))].join('\n')).toMatch(/^done/)
  const random = new Random(14)
  // A worker says what it died of.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  let died = 0
  for (let at = 0; at < deaths; at++) {
    // New content, so that each backup has parts to write.
    await env.DB.prepare('UPDATE accounts SET full_name = ?').bind(`after ${at} deaths`).run()
    const { id, bindings } = await dieAt(random.below(whole.calls()), random.isLucky(0.5))
    const isWritten = (await findBackups(env.BACKUPS)).some((one) => one.id === id && one.summary !== undefined)
    // What is listed as a backup is one, also now.
    if (isWritten) await readBackup(id)
    if (bindings.hasCrashed()) died++
    await loseLease(id)
    await workOnJob(worker(), id)
    expect([(await theJob(id)).status, ...(await logOf(id))].join('\n'), `death ${at}`).toMatch(/^done/)
    await expectEveryRow(id)
    await expectNothingElse([first.id, id])
    await forget(id, first.id)
  }
  expect(died).toBeGreaterThanOrEqual(50)
}, 300_000)

async function expectEveryRow(id: string): Promise<void> {
  const found = await readBackup(id)
  const names = tables.flatMap((table) => ('key' in table && !restless.has(table.name) ? [table.name] : []))
  const [counts] = await rowsOf<Record<string, number>>(
    `SELECT ${names.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`).join()}`,
  )
  expect(Object.fromEntries(names.map((name) => [name, found.get(name)?.length]))).toEqual(counts)
  expect(found.get('accounts')?.map((row) => row['full_name'])).toEqual(
    (await rowsOf<{ full_name: string }>('SELECT full_name FROM accounts ORDER BY id')).map((row) => row.full_name),
  )
}
