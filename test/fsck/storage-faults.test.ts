/** fsck while R2 fails in a way that passes: the job waits and goes on, and a page can be asked for again. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { pushImage } from '../support/content.ts'
import { faultyBucket, type StorageCall } from '../support/faults.ts'
import { aJob, jobsContext, logOf, theJob } from '../support/jobs.ts'
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
