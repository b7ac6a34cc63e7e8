/** Pruning, while the registry is read-only: it waits, says so, and goes on when it ends. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { JobRecord } from '../../src/db/jobs/jobs.ts'
import { workOnJobs } from '../../src/jobs/runner.ts'
import { acquireGcLease } from '../../src/replicas/gc-lease.ts'
import { countRows } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { aJob, logOf, theJob, worker } from '../support/jobs.ts'
import { expectToWait, open, withUntagged } from '../support/read-only.ts'
import { dropCluster, ownCluster, withCluster } from '../support/replicas.ts'

beforeEach(async () => {
  await ownCluster(1)
})

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

/** A repository of two tags, one of which a policy condemns. */
async function withCondemned(): Promise<void> {
  await withUntagged('alice/app')
  const rules = JSON.stringify([{ field: 'tag', operator: 'sw', values: ['nightly-'] }])
  await env.DB.prepare(
    `INSERT INTO pruning_policies (id, repository_id, enabled, rules, version, tags_since, created_at)
     SELECT 'p', id, 1, ?, 1, 0, 1 FROM repositories`,
  )
    .bind(rules)
    .run()
}

it('the read-only mode of an administrator lets pruning wait, and then prunes', async () => {
  await withCondemned()
  await expectToWait('tag_pruning')
  expect(await countRows('tags')).toBe(1)
})

describe('the read-only mode of a collection', () => {
  it('lets pruning wait, and say so', async () => {
    await withCondemned()
    await acquireGcLease(testContext(), { holder: 'another', closing: 'garbage collection' })
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
