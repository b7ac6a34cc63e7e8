/** Jobs that delete, while the registry is read-only: they wait, say so, hold nothing, and go on when it ends. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import type { JobRecord } from '../../src/db/jobs/jobs.ts'
import { readWriteGate } from '../../src/db/write-gate.ts'
import { collectSlice } from '../../src/gc/collector.ts'
import { sweepAbandoned } from '../../src/registry/upload-sweep.ts'
import { jobTypes } from '../../src/installed.ts'
import { cancelJob } from '../../src/jobs/enqueue.ts'
import { workOnJob, workOnJobs } from '../../src/jobs/runner.ts'
import { JobWorker } from '../../src/jobs/job-worker.ts'
import { readRegister } from '../../src/replicas/cluster.ts'
import { holdGcLock } from '../../src/replicas/gc-lease.ts'
import { switchReadOnly } from '../../src/replicas/read-only.ts'
import { beginRun, finishRun } from '../support/collecting.ts'
import { countRows, pushImage, segmentKeys } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { aJob, jobsContext, logOf, loseLease, root, takenUp, theJob, worker } from '../support/jobs.ts'
import { aPerson, clientOf } from '../support/people.ts'
import { dropCluster, ownCluster, withCluster } from '../support/replicas.ts'

const db = openDatabase(env.DB)
const repository = 'alice/app'

beforeEach(async () => {
  await ownCluster(1)
})

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

const close = (until?: number) => switchReadOnly(testContext(), { on: true, reason: 'moving house', until, by: root })
const open = () => switchReadOnly(testContext(), { on: false, reason: '', until: undefined, by: root })
const lockNow = async () => (await readRegister(testContext())).gcLock

/** Content that a collection, and a job that prunes, would delete. */
async function withGarbage(): Promise<void> {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'kept')
  await pushImage(client, repository, 'gone', 50)
  await pushImage(client, repository, 'nightly-1', 100)
  expect((await client('DELETE', `/v2/${repository}/manifests/gone`)).status).toBe(202)
  const rules = JSON.stringify([{ field: 'tag', operator: 'sw', values: ['nightly-'] }])
  await env.DB.batch([
    ...['manifest_reviews', 'link_reviews', 'blob_reviews'].map((table) =>
      env.DB.prepare(`UPDATE ${table} SET since = 1`),
    ),
    env.DB.prepare('UPDATE manifests SET pushed_at = 1, confirmed_at = 0'),
    env.DB.prepare('UPDATE repository_blobs SET linked_at = 1'),
    env.DB.prepare(
      `INSERT INTO pruning_policies (id, repository_id, enabled, rules, version, tags_since, created_at)
       SELECT 'p', id, 1, ?, 1, 0, 1 FROM repositories`,
    ).bind(rules),
  ])
}

const contentNow = async () => [
  await countRows('tags'),
  await countRows('manifests'),
  await countRows('repository_blobs'),
  await countRows('blobs'),
  await segmentKeys(),
]

describe('the read-only mode of an administrator', () => {
  const deleting = [...jobTypes.keys()].filter((name) => jobTypes.get(name)?.deletes({}) !== 'nothing')

  it('is for every action that deletes', () => {
    expect(deleting).toEqual(expect.arrayContaining(['gc', 'onlinegc', 'onlinegc_joblogs', 'tag_pruning']))
    expect(jobTypes.get('gc')?.deletes({ dryRun: true })).toBe('nothing')
  })

  for (const action of deleting) {
    it(`lets a job ${action} wait, which says so once, holds no lock, and goes on when it ends`, async () => {
      await withGarbage()
      const before = await contentNow()
      await close()
      const job = await aJob({ action, deadline: '1h' })
      // A worker that took the job up again and again would do so to its end.
      for (let tick = 0; tick < 3; tick++) await workOnJobs(worker(2000))
      await workOnJob(worker(), job.id)
      const waitingFor = 'the registry is read-only (moving house)'
      // Its hour begins when it does.
      expect(await theJob(job.id)).toMatchObject({ status: 'waiting', waitingFor, startedAt: null, leaseUntil: null })
      expect(await logOf(job.id)).toEqual([`waits: ${waitingFor}`])
      expect([await lockNow(), await contentNow()]).toEqual([null, before])
      expect(await readWriteGate(db)).toMatchObject({ closed: true, by: 'root' })

      await open()
      await workOnJobs(worker())
      expect(await theJob(job.id)).toMatchObject({ status: 'done', waitingFor: null })
    })
  }

  it('is shown with the job', async () => {
    const admin = await aPerson('root', { isAdmin: true })
    await close()
    const job = await aJob({ action: 'onlinegc' })
    await workOnJobs(worker())
    const shown = await admin.ask('GET', `/api/v0/jobs/${job.id}`)
    expect(await shown.json()).toMatchObject({
      status: 'waiting',
      waitingFor: 'the registry is read-only (moving house)',
    })
  })

  it('that ends by itself lets jobs go on', async () => {
    await withGarbage()
    await close(Date.now() + 700)
    const job = await aJob({ action: 'onlinegc' })
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'waiting' })
    await scheduler.wait(800)
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
  })

  it('lets a dry run through, and a job that deletes nothing', async () => {
    await withGarbage()
    await close()
    const jobs = [
      await aJob({ action: 'gc', parameters: { dryRun: true } }),
      await aJob({ action: 'sleep', parameters: { seconds: 0 } }),
    ]
    await workOnJobs(worker())
    for (const { id } of jobs) expect(await theJob(id)).toMatchObject({ status: 'done' })
  })

  it('in the middle of a collection stops it after the slice, and the collection gives its lock back', async () => {
    await withGarbage()
    const job = await aJob({ action: 'gc' })
    const action = jobTypes.get('gc')
    if (action === undefined) throw new Error('there is no such action')
    let content: unknown
    const interrupted = {
      ...action,
      async begin(context: Parameters<typeof action.begin>[0]) {
        const turn = await action.begin(context)
        const { slice } = turn
        if (slice === undefined) return turn
        return {
          ...turn,
          async slice(checkpoint: unknown) {
            const done = await slice(checkpoint)
            await close()
            content = await contentNow()
            return done
          },
        }
      },
    }
    const by = worker()
    await new JobWorker(by, await takenUp(job, by), interrupted).work()
    expect(await theJob(job.id)).toMatchObject({ status: 'waiting', startedAt: expect.any(Number) })
    expect([await lockNow(), await contentNow()]).toEqual([null, content])
    await open()
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
    expect([await countRows('manifests'), await countRows('blobs')]).toEqual([2, 6])
  })

  it('between the look of a collection and its batch lets nothing go', async () => {
    await withGarbage()
    const before = await contentNow()
    const run = await beginRun()
    const switching = new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name !== 'batch') return member.bind(target)
        return async (statements: D1PreparedStatement[]) => {
          await close()
          return target.batch(statements)
        }
      },
    })
    const slice = await collectSlice({
      ...run,
      db: openDatabase(switching),
    })
    expect(slice).toMatchObject({ isDone: false, lines: [] })
    expect(await contentNow()).toEqual(before)
    await open()
    await finishRun(run)
    expect(await contentNow()).not.toEqual(before)
  })

  it('frees the lock of a collection whose worker has died', async () => {
    const job = await aJob({ action: 'gc' })
    await takenUp(job, worker())
    await holdGcLock(testContext(), { holder: job.id, closing: 'garbage collection' })
    await close()
    await loseLease(job.id)
    await workOnJobs(worker())
    expect([await lockNow(), await theJob(job.id)]).toMatchObject([null, { status: 'waiting' }])
    expect(await readWriteGate(db)).toMatchObject({ closed: true, by: 'root' })
  })

  it('lets a job that waits be canceled', async () => {
    await close()
    const job = await aJob({ action: 'tag_pruning' })
    await workOnJobs(worker())
    await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled', waitingFor: null })
  })

  it('stops the sweep of the cron trigger too', async () => {
    const client = await clientOf(repository)
    const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
    await client('PATCH', started.headers.get('location') ?? '', { body: 'content' })
    const later = Date.now() + 48 * 3_600_000
    await close()
    expect(await sweepAbandoned({ db, bucket: env.BUCKET, now: later })).toMatchObject({ sessions: 0, segments: 0 })
    await open()
    expect(await sweepAbandoned({ db, bucket: env.BUCKET, now: later })).toMatchObject({ sessions: 1, segments: 1 })
  })
})

describe('the read-only mode of a collection', () => {
  it('lets pruning wait, and say so', async () => {
    await withGarbage()
    await holdGcLock(testContext(), { holder: 'another', closing: 'garbage collection' })
    const job: JobRecord = await aJob({ action: 'tag_pruning' })
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'waiting' })
    expect((await logOf(job.id))[0]).toMatch(/^waits: the registry is read-only until .* \(garbage collection\)$/)
    await open()
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
    expect(await countRows('tags')).toBe(1)
  })
})
