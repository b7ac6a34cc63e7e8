/** Collections as they are ordered: by hand, by schedules, and one at a time. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { readWriteGate } from '../../src/db/write-gate.ts'
import { RegistryError } from '../../src/errors.ts'
import { fireDueCrons } from '../../src/jobs/cron.ts'
import { enqueueJob, setCron } from '../../src/jobs/enqueue.ts'
import { problemOf } from '../support/client.ts'
import { countRows } from '../support/content.ts'
import { aJob, jobsContext, logOf, over, root, takenUp, theJob, worker } from '../support/jobs.ts'
import { aPerson, type Person } from '../support/people.ts'

const usual = { action: 'gc', parameters: {}, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }

describe('a job that is started by hand', () => {
  let admin: Person

  beforeEach(async () => {
    admin = await aPerson('root', { isAdmin: true })
  })

  const order = (body: object): Promise<Response> => admin.ask('POST', '/api/v0/jobs', body)

  it('is refused with the field that is wrong', async () => {
    for (const parameters of [{ dryRun: 'yes' }, { force: true }]) {
      const refused = await order({ action: 'gc', parameters })
      expect([refused.status, (await problemOf(refused)).code]).toEqual([400, 'INVALID_JSON'])
    }
    expect(await countRows('jobs')).toBe(0)
  })

  it('collects garbage, one at a time', async () => {
    const running = await aJob({ action: 'onlinegc' })
    await takenUp(running, worker())
    const refused = await order({ action: 'gc' })
    expect([refused.status, (await problemOf(refused)).code]).toEqual([409, 'JOB_RUNNING'])
    await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1").run()
    const accepted = await order({ action: 'gc' })
    expect(accepted.status).toBe(202)
    const made = await accepted.json<{ id: string }>()
    expect(await over(made.id)).toMatchObject({ status: 'done' })
    expect((await logOf(made.id))[0]).toContain('the registry is read-only while this runs')
    expect(await readWriteGate(openDatabase(env.DB))).toMatchObject({ closed: false })
  })
})

it('a schedule of collections has their parameters, with the defaults', async () => {
  const admin = await aPerson('root', { isAdmin: true })
  const made = await admin.ask('POST', '/api/v0/crons', { action: 'gc', schedule: '0 0 1 * * 6', deadline: '30m' })
  expect([made.status, await made.json()]).toMatchObject([202, { action: 'gc', parameters: { dryRun: false } }])
})

it('a schedule of collections is skipped, with a line that says why, while one of the other kind is not over', async () => {
  const now = Date.parse('2026-01-31T09:30:00Z')
  await setCron(jobsContext(), { ...usual, schedule: '@hourly' }, { by: root, now })
  const running = await aJob({ action: 'onlinegc' }, now)
  await fireDueCrons(jobsContext(), now + 3_600_000)
  const skipped = await env.DB.prepare("SELECT id FROM jobs WHERE action = 'gc'").first<string>('id')
  expect(await theJob(skipped ?? '')).toMatchObject({ status: 'canceled', endedAt: now + 3_600_000, lineCount: 1 })
  expect(await logOf(skipped ?? '')).toEqual([`skipped: the job ${running.id} has not finished`])
  expect(await theJob(running.id)).toMatchObject({ status: 'waiting' })
})

it('a garbage collection is not ordered while another one is due or runs, but a dry run is, or one for later', async () => {
  const kindOf = (order: Promise<unknown>) =>
    order.then(
      () => 'ordered',
      (error: unknown) => (error instanceof RegistryError ? error.failure : error),
    )
  const first = await aJob({ action: 'gc' })
  expect(await kindOf(aJob({ action: 'onlinegc' }))).toEqual({ kind: 'job-running', id: first.id, action: 'onlinegc' })
  expect(await kindOf(aJob({ action: 'gc' }))).toMatchObject({ kind: 'job-running' })
  expect(await countRows('events')).toBe(1)
  expect(await kindOf(aJob({ action: 'gc', parameters: { dryRun: true } }))).toBe('ordered')
  const now = Date.now()
  expect(await kindOf(enqueueJob(jobsContext(), usual, now + 60_000, { by: root, now }))).toBe('ordered')
  await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1 WHERE id = ?").bind(first.id).run()
  expect(await kindOf(aJob({ action: 'onlinegc' }))).toBe('ordered')
})
