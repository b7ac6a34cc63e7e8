/** Jobs that delete, while the registry is read-only: they wait, say so, hold nothing, and go on when it ends. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { sweepAbandoned } from '../../src/registry/upload-sweep.ts'
import { jobTypes } from '../../src/installed.ts'
import { cancelJob } from '../../src/jobs/enqueue.ts'
import { workOnJobs } from '../../src/jobs/runner.ts'
import { aJob, jobsContext, root, theJob, worker } from '../support/jobs.ts'
import { aPerson, clientOf } from '../support/people.ts'
import { close, expectToWait, open, withUntagged } from '../support/read-only.ts'
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

describe('the read-only mode of an administrator', () => {
  // One that has to be told what it works on is tested with that.
  const isOrderedAlone = (name: string): boolean => jobTypes.get(name)?.parameters.safeParse({}).success === true
  const deleting = [...jobTypes.keys()]
    .filter(isOrderedAlone)
    .filter((name) => jobTypes.get(name)?.deletes({}) !== 'nothing')

  it('is for every action that deletes', () => {
    expect(deleting).toEqual(expect.arrayContaining(['onlinegc_joblogs', 'repository_deletion']))
  })

  for (const action of deleting) {
    it(`lets a job ${action} wait, which says so once, holds no lock, and goes on when it ends`, async () => {
      await withUntagged(repository)
      await expectToWait(action)
    })
  }

  it('is shown with the job', async () => {
    const admin = await aPerson('root', { isAdmin: true })
    await close()
    const job = await aJob({ action: 'onlinegc_joblogs' })
    await workOnJobs(worker())
    const shown = await admin.ask('GET', `/api/v0/jobs/${job.id}`)
    expect(await shown.json()).toMatchObject({
      status: 'waiting',
      waitingFor: 'the registry is read-only (moving house)',
    })
  })

  it('that ends by itself lets jobs go on', async () => {
    await close(Date.now() + 700)
    const job = await aJob({ action: 'onlinegc_joblogs' })
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'waiting' })
    await scheduler.wait(800)
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
  })

  it('lets a job through that deletes nothing', async () => {
    await close()
    const { id } = await aJob({ action: 'sleep', parameters: { seconds: 0 } })
    await workOnJobs(worker())
    expect(await theJob(id)).toMatchObject({ status: 'done' })
  })

  it('keeps no other job waiting when a job that waits has parameters that its action no longer takes', async () => {
    await close()
    const waiting = await aJob({ action: 'onlinegc_joblogs' })
    await workOnJobs(worker())
    const { id } = await aJob({ action: 'sleep', parameters: { seconds: 0 } })
    const context = jobsContext()
    const trimming = context.jobTypes.get('onlinegc_joblogs')
    if (trimming === undefined) throw new Error('there is no action onlinegc_joblogs')
    const refusing = {
      ...trimming,
      deletes: () => {
        throw new Error('it takes no such parameters')
      },
    }
    const withRefusing = new Map([...context.jobTypes, ['onlinegc_joblogs', refusing] as const])
    await workOnJobs({ ...worker(), jobTypes: withRefusing })
    expect(await theJob(id)).toMatchObject({ status: 'done' })
    expect(await theJob(waiting.id)).toMatchObject({ status: 'errored' })
  })

  it('lets a job that waits be canceled', async () => {
    await close()
    const job = await aJob({ action: 'onlinegc_joblogs' })
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
