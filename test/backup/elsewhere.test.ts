/** Backups in a bucket of another provider: made, proven, listed, pruned and read back through the S3 protocol. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it, vi } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { findBackups } from '../../src/backup/backups.ts'
import { blobKey, manifestKey, partsPrefix } from '../../src/backup/keys.ts'
import { backupAlerts } from '../../src/backup/standing/alerts.ts'
import { readStanding } from '../../src/backup/standing/standing.ts'
import { openContext } from '../../src/context.ts'
import { settings } from '../../src/installed.ts'
import { callsInTurn } from '../../src/jobs/decisions.ts'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { releaseGcLease } from '../../src/replicas/gc-lease.ts'
import { changeSettings } from '../../src/settings/settings.ts'
import type { BackupTargetTexts } from '../../src/variables.ts'
import type { BackupBucket } from '../../src/storage/backups.ts'
import { origin, problemOf } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { aJob, jobsContext, logOf, root as name, theJob } from '../support/jobs.ts'
import { anAccessToken, aPerson, clientOf } from '../support/people.ts'
import { emptyS3Bucket, s3ServerOfTests } from '../support/s3-bucket.ts'

const repository = 'acme/app'
let s3: BackupBucket

/** The variables of a registry whose backups go to the server of the tests. */
function texts(): Required<BackupTargetTexts> {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = s3ServerOfTests()
  return {
    BACKUP_S3_ENDPOINT: endpoint,
    BACKUP_S3_BUCKET: bucket,
    BACKUP_S3_REGION: region,
    BACKUP_S3_ACCESS_KEY_ID: accessKeyId,
    BACKUP_S3_SECRET_ACCESS_KEY: secretAccessKey,
  }
}

const contextWith = (changes: BackupTargetTexts = {}) =>
  openContext({ ...env, ...texts(), ...changes }, () => undefined)

beforeEach(async () => {
  s3 = await emptyS3Bucket()
  await aPerson('root', { isAdmin: true })
})

/** Runs a job with the bucket. @returns its status and its log */
async function run(
  action: string,
  parameters: Record<string, unknown>,
  changes: BackupTargetTexts = {},
): Promise<{ id: string; said: string }> {
  const { id } = await aJob({ action, parameters })
  await workOnJob(aWorker(jobsContext(contextWith(changes)), 60_000), id)
  return { id, said: [(await theJob(id)).status, ...(await logOf(id))].join('\n') }
}

it('a backup with content is made, proven and listed there, and nothing is in the bucket of R2', async () => {
  const image = await pushImage(await clientOf(repository), repository, 'latest')
  const { id, said } = await run('backup', { content: true })
  expect(said).toMatch(/^done/)
  expect((await run('prove', { backup: id })).said).toMatch(/^done/)
  expect(await findBackups(s3)).toMatchObject([{ id, summary: { content: 'whole' }, proof: { state: 'proven' } }])
  expect(await readStanding(s3)).toMatchObject({ count: 1, newestProven: { id } })
  expect((await s3.head(blobKey(image.config.digest)))?.size).toBe(image.config.size)
  expect((await env.BACKUPS.list()).objects).toEqual([])
})

it('the metadata of a backup is asked for once by an isolate', async () => {
  const { id } = await run('backup', {})
  const { backups } = contextWith()
  const asked = vi.spyOn(globalThis, 'fetch')
  const methods = async (): Promise<string[]> => {
    asked.mockClear()
    expect((await findBackups(backups)).map((one) => one.id)).toEqual([id])
    return asked.mock.calls.map(([request]) => (request instanceof Request ? request.method : ''))
  }
  expect(await methods()).toEqual(['GET', 'HEAD'])
  expect(await methods()).toEqual(['GET'])
  const { customMetadata = {} } = (await s3.head(manifestKey(id))) ?? {}
  await s3.put(manifestKey(id), 'other bytes', { customMetadata: { ...customMetadata } })
  expect(await methods()).toEqual(['GET', 'HEAD'])
})

it('a worker leaves a backup with much content to the next one before its calls are too many', async () => {
  const client = await clientOf(repository)
  for (const seed of [1, 2, 3]) await pushImage(client, repository, `tag${seed}`, seed)
  const { id } = await aJob({ action: 'backup', parameters: { content: true } })
  const requests = vi.spyOn(globalThis, 'fetch')
  const worker = aWorker(jobsContext(contextWith()), 60_000)
  await workOnJob(worker, id)
  expect((await theJob(id)).status).toBe('done')
  // Calls of the bucket of R2 are counted too, and each request to the other one is a call at least.
  expect(worker.spent.calls).toBeGreaterThan(requests.mock.calls.length)
  const tired = aWorker(jobsContext(contextWith()), 60_000)
  const { id: other } = await aJob({ action: 'backup', parameters: { content: true } })
  Object.assign(tired.spent, { calls: callsInTurn - 1 })
  await workOnJob(tired, other)
  expect(await theJob(other)).toMatchObject({ status: 'running', leaseUntil: null })
  // A backup has it from worker to worker; those of the next tests would wait for it.
  await releaseGcLease(testContext(), { holder: other })
})

it('parts of an earlier backup are not written again, and go with the last backup that has them', async () => {
  await changeSettings(
    testContext(),
    settings,
    { backupKeepLast: 1, backupKeepDays: 0, backupKeepWeeks: 0, backupProve: false },
    name,
  )
  await run('backup', {})
  const before = (await s3.list({ prefix: partsPrefix, limit: 1000 })).objects.length
  const { id, said } = await run('backup', {})
  expect(said).toMatch(/^done[^]*the others are those of earlier backups/)
  const [backup, ...others] = await findBackups(s3)
  expect([backup?.id, others]).toEqual([id, []])
  expect(backup?.summary?.newParts).toBeLessThan(before)
})

it.each([
  ['a wrong secret', { BACKUP_S3_SECRET_ACCESS_KEY: 'wrong' }, 503, /BACKUP_S3_SECRET_ACCESS_KEY again/],
  ['another bucket', { BACKUP_S3_BUCKET: 'none' }, 503, /there is no such bucket: make it at the provider/],
  ['a part of the variables', { BACKUP_S3_REGION: '' }, 500, /^BACKUP_S3_REGION must be set beside BACKUP_S3_ENDPOINT/],
])('%s is told by the job, the list and an alert, and images are served', async (_, changes, status, sentence) => {
  // What is logged for the operator would only hide other lines here.
  vi.spyOn(console, 'error').mockReturnValue()
  const { said } = await run('backup', {}, changes)
  expect(said).toMatch(/^errored/)
  expect(said.split('failed: ')[1]).toMatch(new RegExp(sentence.source.replace('^', '')))
  const token = await anAccessToken('root')
  const ask = async (path: string): Promise<Response> =>
    answerRequest(
      new Request(`${origin}${path}`, { headers: { authorization: `Basic ${btoa(`root:${token}`)}` } }),
      { ...env, ...texts(), ...changes },
      createExecutionContext(),
    )
  const refused = await ask('/api/v0/backups')
  expect(refused.status).toBe(status)
  expect((await problemOf(refused)).message).toMatch(sentence)
  expect(await backupAlerts(contextWith(changes))).toMatchObject([
    { id: 'backups_unreachable', message: expect.stringMatching(sentence) },
  ])
  expect((await ask('/v2/')).status).toBe(200)
  expect(said).not.toContain('wrong')
})
