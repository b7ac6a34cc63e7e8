/** Collections, while the registry is read-only: they wait, hold no lock, and go on when it ends. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { readWriteGate } from '../../src/db/write-gate.ts'
import { collectSlice } from '../../src/gc/collector.ts'
import { jobTypes } from '../../src/installed.ts'
import { JobWorker } from '../../src/jobs/job-worker.ts'
import { workOnJobs } from '../../src/jobs/runner.ts'
import { acquireGcLease } from '../../src/replicas/gc-lease.ts'
import { countRows } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { aJob, loseLease, takenUp, theJob, worker } from '../support/jobs.ts'
import { close, contentNow, lockNow, open, withUntagged } from '../support/read-only.ts'
import { dropCluster, ownCluster, withCluster } from '../support/replicas.ts'
import { beginRun, finishRun } from './support/collecting.ts'

const db = openDatabase(env.DB)

beforeEach(async () => {
  await ownCluster(1)
})

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

const withGarbage = () => withUntagged('alice/app')

describe('the read-only mode of an administrator', () => {
  it('stops collections, but not their dry runs', () => {
    for (const action of ['gc', 'onlinegc']) expect(jobTypes.get(action)?.deletes({})).toBe('garbage')
    expect(jobTypes.get('gc')?.deletes({ dryRun: true })).toBe('nothing')
  })

  it('that ends automatically lets a collection continue', async () => {
    await withGarbage()
    await close(Date.now() + 700)
    const job = await aJob({ action: 'onlinegc' })
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'waiting' })
    await scheduler.wait(800)
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
  })

  it('lets a dry run through', async () => {
    await withGarbage()
    await close()
    const { id } = await aJob({ action: 'gc', parameters: { dryRun: true } })
    await workOnJobs(worker())
    expect(await theJob(id)).toMatchObject({ status: 'done' })
  })

  it('stops a running collection after its slice, and the collection releases its lock', async () => {
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

  it('between the decision of a collection and its batch prevents the deletion', async () => {
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

  it('frees the lock of a collection whose worker has crashed', async () => {
    const job = await aJob({ action: 'gc' })
    await takenUp(job, worker())
    await acquireGcLease(testContext(), { holder: job.id, closing: 'garbage collection' })
    await close()
    await loseLease(job.id)
    await workOnJobs(worker())
    expect([await lockNow(), await theJob(job.id)]).toMatchObject([null, { status: 'waiting' }])
    expect(await readWriteGate(db)).toMatchObject({ closed: true, by: 'root' })
  })
})
