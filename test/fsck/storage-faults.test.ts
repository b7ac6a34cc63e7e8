/** fsck while R2 fails in a way that passes: the job waits and goes on, and a page can be asked for again. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { fsckPage } from '../../src/fsck/fsck.ts'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { countRows, pushImage } from '../support/content.ts'
import { faultyBucket, type StorageCall } from '../support/faults.ts'
import { aJob, jobsContext, logOf, theJob, worker } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { passingFaults } from '../support/passing-texts.ts'

beforeEach(async () => {
  await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  // fsck asks R2 once more for an object that no row knows.
  await env.BUCKET.put('stranger', 'x')
})

const cases = (['list', 'head', 'get'] satisfies StorageCall[]).flatMap((call) =>
  passingFaults.map((message) => ({ call, message })),
)

it.each(cases)('a job goes on after "$message" of $call, and finds the same', async ({ call, message }) => {
  const { id } = await aJob({ action: 'fsck', parameters: { content: true, repair: true } })
  const { bucket, failed } = faultyBucket({ call, message, times: 3 })
  const context = jobsContext({ bucket })
  await workOnJob(aWorker(context, 20_000), id)
  expect([failed(), await theJob(id)]).toMatchObject([3, { status: 'running', leaseUntil: null, deaths: 0 }])
  await workOnJob(aWorker(context, 20_000), id)
  expect(await theJob(id)).toMatchObject({ status: 'done' })
  const log = await logOf(id)
  expect(log.filter((line) => line.startsWith('waits for another worker: the storage'))).toHaveLength(1)
  expect(log.at(-1)).toBe('findings: 1; marked as lost: 0 blobs; restored: 0 blobs')
})

const markedBlobs = () => countRows('blobs', 'lost_at IS NOT NULL')

it.each(passingFaults)('a stream that breaks off with "%s" is read again, and is no finding', async (message) => {
  await env.DB.prepare('UPDATE segments SET created_at = 1').run()
  const { id } = await aJob({ action: 'fsck', parameters: { content: true, repair: true } })
  const once = faultyBucket({ call: 'get', message, times: 2, when: 'reading' })
  await workOnJob(aWorker(jobsContext({ bucket: once.bucket }), 20_000), id)
  expect([once.failed(), await theJob(id)]).toMatchObject([2, { status: 'done' }])
  expect((await logOf(id)).at(-1)).toBe('findings: 1; marked as lost: 0 blobs; restored: 0 blobs')
  expect(await markedBlobs()).toBe(0)
})

it('streams that break off for minutes mark nothing as lost: the job waits, and a page is refused as an outage', async () => {
  await env.DB.prepare('UPDATE segments SET created_at = 1').run()
  const { id } = await aJob({ action: 'fsck', parameters: { content: true, repair: true } })
  const { bucket } = faultyBucket({ call: 'get', message: 'Network connection lost.', times: 99, when: 'reading' })
  for (let turn = 0; turn < 4; turn++) {
    await workOnJob(aWorker(jobsContext({ bucket }), 20_000), id)
    expect(await theJob(id)).toMatchObject({ status: 'running', leaseUntil: null, deaths: 0 })
  }
  const page = fsckPage({ bucket, db: openDatabase(env.DB) }, '["blob-content"]', true)
  await expect(page).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
  await workOnJob(worker(), id)
  expect(await theJob(id)).toMatchObject({ status: 'done' })
  expect(await markedBlobs()).toBe(0)
})
