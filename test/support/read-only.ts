/** Jobs that delete, in a registry that an administrator has made read-only. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { readWriteGate } from '../../src/db/write-gate.ts'
import { workOnJob, workOnJobs } from '../../src/jobs/runner.ts'
import { readClusterState } from '../../src/replicas/cluster.ts'
import { switchReadOnly } from '../../src/replicas/read-only.ts'
import { countRows, pushImage, segmentKeys } from './content.ts'
import { testContext } from './context.ts'
import { aJob, logOf, root, theJob, worker } from './jobs.ts'
import { clientOf } from './people.ts'

export const close = (until?: number) =>
  switchReadOnly(testContext(), { on: true, reason: 'moving house', until, by: root })
export const open = () => switchReadOnly(testContext(), { on: false, reason: '', until: undefined, by: root })
export const lockNow = async () => (await readClusterState(testContext())).gcLock

/** Pushes two tags that stay, and content under no tag that has been there for long. */
export async function withUntagged(repository: string): Promise<void> {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'kept')
  await pushImage(client, repository, 'gone', 50)
  await pushImage(client, repository, 'nightly-1', 100)
  expect((await client('DELETE', `/v2/${repository}/manifests/gone`)).status).toBe(202)
  await env.DB.batch([
    ...['manifest_reviews', 'link_reviews', 'blob_reviews'].map((table) =>
      env.DB.prepare(`UPDATE ${table} SET since = 1`),
    ),
    env.DB.prepare('UPDATE manifests SET pushed_at = 1, confirmed_at = 0'),
    env.DB.prepare('UPDATE repository_blobs SET linked_at = 1'),
  ])
}

export const contentNow = async () => [
  await countRows('tags'),
  await countRows('manifests'),
  await countRows('repository_blobs'),
  await countRows('blobs'),
  await segmentKeys(),
]

/** Expects that a job waits, says so once, holds no lock, and goes on when the read-only mode ends. */
export async function expectToWait(action: string): Promise<void> {
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
  expect(await readWriteGate(openDatabase(env.DB))).toMatchObject({ closed: true, by: 'root' })

  await open()
  await workOnJobs(worker())
  expect(await theJob(job.id)).toMatchObject({ status: 'done', waitingFor: null })
}
