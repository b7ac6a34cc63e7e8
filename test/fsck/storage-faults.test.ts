/** fsck while R2 fails in a way that passes: the job waits and goes on, and a page can be asked for again. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { fsckPage } from '../../src/fsck/fsck.ts'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { countRows, pushImage } from '../support/content.ts'
import { faultyBucket, type StorageCall } from '../support/faults.ts'
import { interceptedBucket } from '../support/intercepted-bucket.ts'
import { aJob, jobsContext, logOf, theJob, worker } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { passingFaults } from '../support/passing-texts.ts'
import { rowsOf } from '../support/schema.ts'

beforeEach(async () => {
  await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  // fsck asks R2 once more for an object that no row knows.
  await env.BUCKET.put('stranger', 'x')
})

const cases = (['list', 'head'] satisfies StorageCall[]).flatMap((call) =>
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

const faults = (['before', 'reading'] as const).flatMap((when) => passingFaults.map((message) => ({ when, message })))

it.each(faults)('an object that fails with "$message" ($when) is read again, and is no finding', async (fault) => {
  await env.DB.prepare('UPDATE segments SET created_at = 1').run()
  const { id } = await aJob({ action: 'fsck', parameters: { content: true, repair: true } })
  const some = faultyBucket({ call: 'get', times: 5, ...fault })
  await workOnJob(aWorker(jobsContext({ bucket: some.bucket }), 20_000), id)
  expect([some.failed(), await theJob(id)]).toMatchObject([5, { status: 'done' }])
  expect((await logOf(id)).at(-1)).toBe('findings: 1; marked as lost: 0 blobs; restored: 0 blobs')
  expect(await markedBlobs()).toBe(0)
})

const objectFaults = [
  { when: 'before', message: 'We encountered an internal error. Please try again. (10001)' },
  { when: 'reading', message: 'Network connection lost.' },
] as const

it.each(objectFaults)(
  'an object that fails each time ($when) is named and not lost, and the job goes on',
  async (fault) => {
    await env.DB.prepare('UPDATE segments SET created_at = 1').run()
    const [failing, , lost] = await rowsOf<{ key: string; blob: string }>(
      'SELECT key, blob_digest AS blob FROM segments ORDER BY blob_digest',
    )
    const bucket = interceptedBucket(async (call, [key], act) => {
      if (call === 'get' && key === lost?.key) return null
      if (call !== 'get' || key !== failing?.key) return act()
      return faultyBucket({ call: 'get', times: 1, ...fault }).bucket.get(String(key))
    }, env.BUCKET)
    const { id } = await aJob({ action: 'fsck', parameters: { content: true, repair: true } })
    await workOnJob(aWorker(jobsContext({ bucket }), 20_000), id)
    expect(await theJob(id)).toMatchObject({ status: 'done' })
    const log = (await logOf(id)).join('\n')
    expect(log).toContain(
      `object-unreadable: object ${failing?.key} : R2 has this part of blob ${failing?.blob} but failed each time to give it`,
    )
    expect(log).toMatch(/findings: 3; marked as lost: 1 blobs; restored: 0 blobs$/)
    expect(await rowsOf('SELECT digest FROM blobs WHERE lost_at IS NOT NULL')).toEqual([{ digest: lost?.blob }])
  },
)

it('an outage of minutes marks nothing as lost: the job waits, and a page is refused as an outage', async () => {
  await env.DB.prepare('UPDATE segments SET created_at = 1').run()
  await env.BUCKET.delete('stranger')
  const { id } = await aJob({ action: 'fsck', parameters: { content: true, repair: true } })
  const message = 'Network connection lost.'
  const silent = faultyBucket({ call: 'head', message, times: 99 })
  const { bucket, failed } = faultyBucket({ call: 'get', message, times: 99, when: 'reading' }, silent.bucket)
  for (let turn = 1; turn <= 4; turn++) {
    await workOnJob(aWorker(jobsContext({ bucket }), 20_000), id)
    expect(await theJob(id)).toMatchObject({ status: 'running', leaseUntil: null, deaths: 0 })
    expect([failed(), silent.failed()]).toEqual([3 * turn, 3 * turn])
  }
  const page = fsckPage({ bucket, db: openDatabase(env.DB) }, '["blob-content"]', true)
  await expect(page).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
  await workOnJob(worker(), id)
  expect(await theJob(id)).toMatchObject({ status: 'done' })
  expect((await logOf(id)).at(-1)).toBe('no findings; marked as lost: 0 blobs; restored: 0 blobs')
  expect(await markedBlobs()).toBe(0)
})
