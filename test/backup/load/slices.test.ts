/** A slice that died is done again, and no slice asks more of D1 and R2 than an invocation may. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { usualLimits } from '../../../src/backup/boundaries.ts'
import { beginExport, exportSlice } from '../../../src/backup/exporter.ts'
import { beginLoad, finishLoad, loadSlice } from '../../../src/backup/load/loader.ts'
import { usualLoadLimits, type LoadProgress, type Loading } from '../../../src/backup/load/loading.ts'
import { dropTables } from '../../../src/backup/load/schema-store.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { tables } from '../../../src/installed.ts'
import { pushImage } from '../../support/content.ts'
import { countedBindings } from '../../support/counting.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { clientOf } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { strictBinding } from '../../support/strict-database.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { drillDatabase, loadingOf } from './support/loading.ts'
import { exportedRows, objectsOf } from './support/databases.ts'

async function aRegistry(images = 3): Promise<void> {
  const client = await clientOf('acme/one')
  for (let seed = 0; seed < images; seed++) await pushImage(client, 'acme/one', `v${seed}`, seed)
}

/** The database of the drill, whose next calls may fail: the answer is lost, or the call itself. */
function failingDatabase() {
  const next = { calls: Infinity, takesEffect: false }
  const binding = interceptedDatabase(async (_, call) => {
    if (next.calls-- > 0) return call()
    if (next.takesEffect) await call()
    throw new Error('the worker died')
  }, env.DRILL)
  return { db: openDatabase(binding), next }
}

it.each([1, 2, 3])('a load whose worker dies once in each slice is whole: seed %i', async (seed) => {
  await aRegistry()
  await exportAll(contextOf('whole', tables))
  drillDatabase()
  const random = new Random(seed)
  const { db, next } = failingDatabase()
  const loading = await loadingOf('whole', { db })
  let progress = beginLoad(loading)
  let deaths = 0
  const dying = async <Result>(slice: () => Promise<Result>): Promise<Result> => {
    Object.assign(next, { calls: random.below(2), takesEffect: random.isLucky(0.5) })
    const done = await slice().catch(() => undefined)
    Object.assign(next, { calls: Infinity })
    if (done !== undefined) return done
    deaths++
    return slice()
  }
  while (progress.phase !== 'loaded') {
    const before: LoadProgress = structuredClone(progress)
    progress = await dying(() => loadSlice(loading, structuredClone(before)))
  }
  expect(progress.dropped).toEqual({})
  expect(deaths).toBeGreaterThan(10)
  // The end is done once: if its answer is lost, the caller finds what it wrote with it.
  Object.assign(next, { calls: 1, takesEffect: false })
  await expect(finishLoad(loading, progress, {})).rejects.toThrow('the worker died')
  await expect(env.DRILL.prepare('SELECT 1 FROM accounts').all()).rejects.toThrow('no such table')
  Object.assign(next, { calls: Infinity })
  await finishLoad(loading, progress, {})
  expect(await exportedRows(env.DRILL)).toEqual(await exportedRows(env.DB))
  expect(await objectsOf(env.DRILL)).toEqual(await objectsOf(env.DB))
})

it('a worker that was overtaken changes nothing', async () => {
  await aRegistry(1)
  await exportAll(contextOf('whole', tables))
  const db = drillDatabase()
  await env.DRILL.prepare('CREATE TABLE lease (holder text)').run()
  const { refuse } = await import('../../../src/db/refusals.ts')
  const { sql } = await import('drizzle-orm')
  const late = await loadingOf('whole', { db, guard: { lease: refuse('another request was faster', sql`1`) } })
  const loading = await loadingOf('whole', { db })
  let progress = beginLoad(loading)
  while (progress.phase !== 'prepare') progress = await loadSlice(loading, progress)
  await expect(loadSlice(late, progress)).rejects.toThrow('another request was faster')
  expect(await objectsOf(env.DRILL)).toEqual([expect.stringContaining('table lease')])
  progress = await loadSlice(loading, progress)
  await expect(loadSlice(late, progress)).rejects.toThrow('another request was faster')
  while (progress.phase !== 'loaded') progress = await loadSlice(loading, progress)
  await expect(finishLoad(late, progress, {})).rejects.toThrow('another request was faster')
  await finishLoad(loading, progress, {})
})

it('a restore in place of one that was broken off knows the numbers and tokens of before', async () => {
  await aRegistry(1)
  await exportAll(contextOf('whole', tables))
  const db = drillDatabase()
  const loading = await loadingOf('whole', { db })
  const begun = async (): Promise<LoadProgress> => {
    let progress = beginLoad(loading)
    while (progress.phase !== 'load') progress = await loadSlice(loading, progress)
    return progress
  }
  let progress = await begun()
  while (progress.phase !== 'loaded') progress = await loadSlice(loading, progress)
  await finishLoad(loading, progress, {})
  await env.DRILL.batch(
    [
      `UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'repositories'`,
      `INSERT OR REPLACE INTO write_gate (id, token, closed, reason, by) VALUES (1, 77, 0, '', '')`,
      `INSERT OR REPLACE INTO gc_fence (id, token) VALUES (1, 66)`,
    ].map((text) => env.DRILL.prepare(text)),
  )
  await begun()
  const { overwritten } = await begun()
  expect(overwritten).toMatchObject({ gateToken: 77, fenceToken: 66 })
  expect(overwritten?.sequences['repositories']).toBe(5000)
})

it('slices of an export and of a load keep the limits of D1, and what the tables of their costs say', async () => {
  await aRegistry(12)
  const { db, bucket: backups, counted } = countedBindings(strictBinding(), env.BACKUPS)
  const context = { ...contextOf('whole', tables, usualLimits), db, backups }
  const progress = await beginExport(context)
  const slices: { readonly roundTrips: number; readonly classA: number; readonly classB: number }[] = []
  let slice: Awaited<ReturnType<typeof exportSlice>> = { progress }
  while (slice.manifest === undefined) {
    Object.assign(counted, { roundTrips: 0, classA: 0, classB: 0 })
    slice = await exportSlice(context, slice.progress)
    slices.push({ ...counted })
  }
  const last = slices.pop()
  // Up to four tables with little: three round trips, one head and one put each.
  for (const one of slices) {
    expect(one.roundTrips).toBeLessThanOrEqual(4 * 3)
    expect([one.classA <= 4, one.classB <= 4]).toEqual([true, true])
  }
  // The manifest, after up to three tables with little: one round trip for each aggregate and four more, and one put.
  expect(last?.roundTrips).toBeLessThanOrEqual(3 * 3 + context.order.length + 4)
  expect(last?.classA).toBeLessThanOrEqual(3 + 1)

  drillDatabase()
  const drill = countedBindings(strictBinding(env.DRILL), env.BACKUPS)
  const limits = { ...usualLoadLimits }
  const loading = await loadingOf('whole', { db: drill.db, backups: drill.bucket, limits, mended: tables })
  const most = await mostOfSlices(loading, drill.counted)
  expect(Object.keys(most)).toEqual(['verify', 'survey', 'prepare', 'load', 'count'])
  expect(most['verify']?.statements).toBe(0)
  expect(most['verify']?.reads).toBeLessThanOrEqual(limits.partsOfSlice)
  expect(most['survey']?.statements).toBeLessThanOrEqual(6)
  expect(most['count']?.statements).toBeLessThanOrEqual(loading.manifest.tables.length)
  expect(most['load']?.statements).toBeLessThanOrEqual(2 * limits.statementsOfSlice)
  expect(most['load']?.reads).toBeLessThanOrEqual(limits.partsOfSlice)
  // Tables, indexes and names, in one batch, once.
  expect(most['prepare']?.statements).toBeLessThan(400)
  await dropTables(drill.db)
})

/** The most statements and reads of R2 of a slice, by phase. */
async function mostOfSlices(
  loading: Loading,
  counted: { statements: number; classB: number },
): Promise<Readonly<Record<string, { readonly statements: number; readonly reads: number }>>> {
  const most: Record<string, { statements: number; reads: number }> = {}
  let progress = beginLoad(loading)
  while (progress.phase !== 'loaded') {
    const { phase } = progress
    Object.assign(counted, { statements: 0, classB: 0 })
    progress = await loadSlice(loading, progress)
    const before = most[phase] ?? { statements: 0, reads: 0 }
    most[phase] = {
      statements: Math.max(before.statements, counted.statements),
      reads: Math.max(before.reads, counted.classB),
    }
  }
  return most
}
