/** Schedules that are due, and the cron trigger as a whole. */
import { createExecutionContext, createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listCrons } from '../../src/db/jobs/crons.ts'
import { openDatabase } from '../../src/db/database.ts'
import { setCron } from '../../src/jobs/enqueue.ts'
import { fireDueCrons, runJobsCron } from '../../src/jobs/cron.ts'
import worker from '../../src/worker.ts'
import { countRows } from '../support/content.ts'
import { aJob, jobsContext, logOf, root, theJob } from '../support/jobs.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const db = openDatabase(env.DB)
const now = Date.parse('2026-01-31T09:30:00Z')
const hour = 3_600_000

async function aSchedule(action: string, schedule = '@hourly', changed: object = {}): Promise<void> {
  const usual = { action, schedule, parameters: {}, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
  await setCron(jobsContext(), { ...usual, ...changed }, { by: root, now })
}

const jobs = async () => {
  const { results } = await env.DB.prepare('SELECT id, action, status, scheduled_at AS at FROM jobs').all<{
    id: string
    action: string
    status: string
    at: number
  }>()
  return results
}

describe('a schedule', () => {
  it('makes its job when it is due, with what it says, and then waits for its next time', async () => {
    await aSchedule('sleep', '@hourly', {
      parameters: { seconds: 0 },
      deadline: '30m',
      retries: 2,
      capacityMap: { x: 1 },
    })
    await fireDueCrons(jobsContext(), now + hour / 2 - 1)
    expect(await jobs()).toEqual([])
    await fireDueCrons(jobsContext(), now + hour / 2)
    const [made] = await jobs()
    expect(await theJob(made?.id ?? '')).toMatchObject({
      action: 'sleep',
      status: 'waiting',
      scheduledAt: now + hour / 2,
      parameters: '{"seconds":0}',
      capacityMap: '{"x":1}',
      deadline: '30m',
      retriesLeft: 2,
      retriesTotal: 2,
    })
    await fireDueCrons(jobsContext(), now + hour / 2)
    expect(await jobs()).toHaveLength(1)
    expect(await listCrons(db)).toMatchObject([{ nextRun: now + hour * 1.5 }])
  })

  it('fires once, however many look at the same time', async () => {
    await aSchedule('sleep', '* * * * * *')
    await aSchedule('false')
    await Promise.all(Array.from({ length: 10 }, () => fireDueCrons(jobsContext(), now + hour)))
    expect((await jobs()).map(({ action }) => action).sort()).toEqual(['false', 'sleep'])
  })

  it('fires once for all times that were missed', async () => {
    await aSchedule('sleep', '0 * * * * *')
    await fireDueCrons(jobsContext(), now + 24 * hour)
    expect(await jobs()).toHaveLength(1)
    expect(await listCrons(db)).toMatchObject([{ nextRun: now + 24 * hour + 60_000 }])
  })

  it('is skipped, with a line that says why, while the last job of it is not over', async () => {
    await aSchedule('sleep')
    const running = await aJob({ action: 'sleep' }, now)
    await fireDueCrons(jobsContext(), now + hour)
    const skipped = (await jobs()).find(({ id }) => id !== running.id)
    expect(skipped).toMatchObject({ action: 'sleep', status: 'canceled' })
    expect(await logOf(skipped?.id ?? '')).toEqual([`skipped: the job ${running.id} has not finished`])
    expect(await theJob(skipped?.id ?? '')).toMatchObject({ endedAt: now + hour, lineCount: 1 })
    expect(await theJob(running.id)).toMatchObject({ status: 'waiting' })
  })

  it('whose text means nothing any more never fires again, and holds no other up', async () => {
    await aSchedule('sleep')
    await aSchedule('false')
    await env.DB.prepare("UPDATE crons SET schedule = 'soon' WHERE action = 'sleep'").run()
    await fireDueCrons(jobsContext(), now + hour)
    await fireDueCrons(jobsContext(), now + 2 * hour)
    expect((await jobs()).map(({ action }) => action).sort()).toEqual(['false', 'false', 'sleep'].slice(0, 3))
  })
})

it('a schedule that can make no job fails alone, each time, and is named in the log', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue()
  await aSchedule('sleep')
  await aSchedule('false')
  await env.DB.prepare("UPDATE crons SET parameters = 'x', next_run = next_run - 1 WHERE action = 'sleep'").run()
  await expect(fireDueCrons(jobsContext(), now + hour)).rejects.toThrow('1 of 2')
  expect((await jobs()).map(({ action }) => action)).toEqual(['false'])
  expect(said).toHaveBeenCalledWith(expect.stringContaining('the schedule of sleep'), expect.any(SyntaxError))
})

describe('the cron trigger', () => {
  it('does the jobs that are due, though one type cannot find out which of its own are', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue()
    const context = jobsContext()
    const sleep = context.jobTypes.get('sleep')
    if (sleep === undefined) throw new Error('there is no action sleep')
    const broken = { ...sleep, makeDueJobs: () => Promise.reject(new Error('it cannot look')) }
    const job = await aJob({ action: 'sleep', parameters: { seconds: 0 } })
    const old = await aJob({ action: 'sleep' })
    await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1 WHERE id = ?").bind(old.id).run()
    const jobTypes = new Map([['broken', broken], ...context.jobTypes])
    await expect(runJobsCron({ ...context, jobTypes }, Date.now())).rejects.toThrow('see the lines above')
    expect(await jobs()).toMatchObject([{ id: job.id, status: 'done' }])
    expect(said).toHaveBeenCalledWith(expect.stringContaining('due jobs of broken'), expect.any(Error))
  })

  it('makes the jobs that are due, does them, and trims those that are too old', async () => {
    await aSchedule('onlinegc_joblogs')
    const old = await aJob({ action: 'sleep' })
    await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1 WHERE id = ?").bind(old.id).run()
    await worker.scheduled(createScheduledController(), env, createExecutionContext())
    expect(await jobs()).toMatchObject([{ action: 'onlinegc_joblogs', status: 'done' }])
  })

  it('does a job once, though two triggers come at the same time', async () => {
    const job = await aJob({ action: 'sleep', parameters: { seconds: 0.2 } })
    await Promise.all([1, 2, 3].map(() => worker.scheduled(createScheduledController(), env, createExecutionContext())))
    expect(await theJob(job.id)).toMatchObject({ status: 'done', attempt: 1 })
    expect(await logOf(job.id)).toEqual(['slept 0.2 seconds'])
  })

  it('continues a job that another worker began and left', async () => {
    const job = await aJob({ action: 'sleep', parameters: { seconds: 0 } })
    await env.DB.prepare("UPDATE jobs SET status = 'running', attempt = 1, started_at = 1, lease_until = NULL").run()
    await worker.scheduled(createScheduledController(), env, createExecutionContext())
    expect(await theJob(job.id)).toMatchObject({ status: 'done', attempt: 2 })
    expect(await countRows('job_logs')).toBe(1)
  })
})
