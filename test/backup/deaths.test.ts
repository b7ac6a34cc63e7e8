/** The job that makes backups dies at any call of D1 or R2, and the next worker makes the backup whole. */
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { findBackups, isWhole } from '../../src/backup/backups.ts'
import { openContext } from '../../src/context.ts'
import { tables } from '../../src/installed.ts'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { pushImage } from '../support/content.ts'
import { mortal, type Mortal } from '../support/crashing.ts'
import { aJob, jobsContext, logOf, loseLease, theJob } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { Random } from '../support/random.ts'
import { rowsOf } from '../support/schema.ts'
import { backUp } from './support/making.ts'
import { readBackup, readManifest } from './support/reading.ts'

const fewestDeaths = 50
/** Of a worker, in calls: some get no slice done, and some several. */
const longestLife = 120
const repository = 'acme/app'
/** Tables of which the job itself writes. */
const restless = new Set(['events', 'jobs', 'job_logs'])

const workerWith = (bindings: Mortal) => {
  const opened = openContext({ ...env, ...bindings }, (work) => void work.catch(() => undefined))
  return aWorker({ ...jobsContext(), db: opened.db, backups: opened.backups }, 20_000)
}

/** Makes a backup with workers of which each dies after some calls. @returns the id, and how many died */
async function backUpDying(random: Random): Promise<{ readonly id: string; readonly died: number }> {
  const { id } = await aJob({ action: 'backup' })
  let died = 0
  while ((await theJob(id)).endedAt === null) {
    const bindings = mortal({ after: random.below(longestLife), tookEffect: random.isLucky(0.5) })
    await workOnJob(workerWith(bindings), id).catch(() => undefined)
    if (bindings.hasCrashed()) died++
    // What is listed as a backup is one, also now.
    if ((await findBackups(env.BACKUPS)).some((one) => one.id === id && isWhole(one))) await readBackup(id)
    await loseLease(id)
    // Else the third worker in a row that gets nothing done would end the job.
    await env.DB.prepare('UPDATE jobs SET deaths = 0 WHERE id = ?').bind(id).run()
  }
  expect([(await theJob(id)).status, ...(await logOf(id))].join('\n')).toMatch(/^done/)
  return { id, died }
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

it('a backup whose workers died at seeded moments, at least 50 in all, is whole, and nothing else is left', async () => {
  const client = await clientOf(repository)
  for (let at = 0; at < 5; at++) await pushImage(client, repository, String(at), at)
  const first = await backUp()
  const random = new Random(14)
  // A worker says what it died of.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  let deaths = 0
  while (deaths < fewestDeaths) {
    // New rows, so that each backup has parts to write.
    await env.DB.prepare('UPDATE accounts SET full_name = ?').bind(`after ${deaths} deaths`).run()
    const { id, died } = await backUpDying(random)
    deaths += died
    await expectEveryRow(id)
    await expectNothingElse([first, id])
    await forget(id, first)
  }
}, 300_000)

async function expectEveryRow(id: string): Promise<void> {
  const found = await readBackup(id)
  const names = tables.flatMap((table) => ('key' in table && !restless.has(table.name) ? [table.name] : []))
  const [counts] = await rowsOf<Record<string, number>>(
    `SELECT ${names.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`).join()}`,
  )
  expect(Object.fromEntries(names.map((name) => [name, found.get(name)?.length]))).toEqual(counts)
  expect(found.get('manifests')?.length).toBe(5)
  expect(found.get('accounts')?.map((row) => row['full_name'])).toEqual(
    (await rowsOf<{ full_name: string }>('SELECT full_name FROM accounts ORDER BY id')).map((row) => row.full_name),
  )
}
