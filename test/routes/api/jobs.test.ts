import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { jobTypes } from '../../../src/installed.ts'
import { header, problemOf } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { aJob, logOf, over, takenUp, theJob, worker } from '../../support/jobs.ts'
import { aPerson, type Person } from '../../support/people.ts'

interface JobJson {
  readonly id: string
  readonly status: string
  readonly action: string
  readonly workerID: string
}

let admin: Person

beforeEach(async () => {
  admin = await aPerson('root', { isAdmin: true })
})

async function ordered(body: object): Promise<JobJson> {
  const response = await admin.ask('POST', '/api/v0/jobs', body)
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`)
  return response.json<JobJson>()
}

async function listed(query = ''): Promise<string[]> {
  const response = await admin.ask('GET', `/api/v0/jobs${query}`)
  expect(response.status).toBe(200)
  return (await response.json<{ jobs: JobJson[] }>()).jobs.map(({ id }) => id)
}

async function codeOf(method: string, path: string, body?: unknown): Promise<[number, string]> {
  const response = await admin.ask(method, path, body)
  return [response.status, (await problemOf(response)).code]
}

describe('a job that is started by hand', () => {
  it('begins at once, with DTR’s fields, and its log can be read by lines', async () => {
    const made = await ordered({ action: 'sleep', parameters: { seconds: 0.2 } })
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      retryFromID: made.id,
      workerID: '',
      status: 'waiting',
      action: 'sleep',
      scheduledAt: expect.stringMatching(/Z$/),
      lastUpdated: expect.stringMatching(/Z$/),
      retriesLeft: 0,
      retriesTotal: 0,
      capacityMap: {},
      parameters: { seconds: 0.2 },
      deadline: '',
      stopTimeout: '',
    })
    await over(made.id)
    const shown = await (await admin.ask('GET', `/api/v0/jobs/${made.id}`)).json<JobJson>()
    expect(shown).toMatchObject({ status: 'done', workerID: expect.stringMatching(/^[0-9a-f]{12}$/) })
    const logs = await admin.ask('GET', `/api/v0/jobs/${made.id}/logs?stream=true`)
    expect(await logs.json()).toEqual([{ data: expect.stringMatching(/^\d{4}-.*Z slept 0.2 seconds$/), lineNum: 0 }])
  })

  it('may say as little as its action, or all that DTR’s may, also that there is nothing', async () => {
    const nothing = {
      parameters: null,
      capacityMap: null,
      deadline: '',
      stopTimeout: '',
      retries: 0,
      scheduledAt: null,
    }
    await over((await ordered({ action: 'false', ...nothing })).id)
    const made = await ordered({
      action: 'sleep',
      retries: 2,
      capacityMap: { scan: 1 },
      deadline: '30m',
      stopTimeout: '10s',
      scheduledAt: '2100-01-01T00:00:00+01:00',
    })
    expect(made).toMatchObject({
      status: 'waiting',
      scheduledAt: '2099-12-31T23:00:00.000Z',
      retriesLeft: 2,
      capacityMap: { scan: 1 },
      parameters: { seconds: 10 },
      deadline: '30m',
    })
    // What DTR writes for no time.
    const past = await ordered({ action: 'false', scheduledAt: '0001-01-01T00:00:00Z' })
    expect((await over(past.id)).status).toBe('errored')
  })

  it('is refused with the field that is wrong', async () => {
    const wrong = [
      {},
      { action: 'scan_check' },
      { action: 'sleep', parameters: { seconds: 'ten' } },
      { action: 'sleep', parameters: { force: true } },
      { action: 'sleep', parameters: { seconds: 1e9 } },
      { action: 'sleep', deadline: 'tomorrow' },
      { action: 'sleep', retries: 11 },
      { action: 'sleep', scheduledAt: 'tomorrow' },
      { action: 'sleep', parameters: { x: 'y'.repeat(5000) } },
    ]
    for (const body of wrong) {
      expect([body, await codeOf('POST', '/api/v0/jobs', body)]).toEqual([body, [400, 'INVALID_JSON']])
    }
    const { message } = await problemOf(await admin.ask('POST', '/api/v0/jobs', { action: 'scan_check' }))
    expect(message).toContain(`it must be one of ${[...jobTypes.keys()].join(', ')}`)
    expect(message).toContain('onlinegc_joblogs, repository_deletion, sleep, false')
    expect(await countRows('jobs')).toBe(0)
  })

  it('is refused while another one of an exclusive action runs', async () => {
    await takenUp(await aJob({ action: 'onlinegc_joblogs' }), worker())
    expect(await codeOf('POST', '/api/v0/jobs', { action: 'onlinegc_joblogs' })).toEqual([409, 'JOB_RUNNING'])
    await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1").run()
    expect(await over((await ordered({ action: 'onlinegc_joblogs' })).id)).toMatchObject({ status: 'done' })
  })
})

describe('a job', () => {
  it('is stopped while it runs, and that is answered at once', async () => {
    const made = await ordered({ action: 'sleep', parameters: { seconds: 3600 } })
    while ((await theJob(made.id)).status === 'waiting') await scheduler.wait(20)
    expect((await admin.ask('POST', `/api/v0/jobs/${made.id}/cancel`)).status).toBe(204)
    expect(await over(made.id)).toMatchObject({ status: 'canceled' })
    expect(await logOf(made.id)).toEqual(['canceled by root', 'canceled'])
    expect((await admin.ask('POST', `/api/v0/jobs/${made.id}/cancel`)).status).toBe(204)
  })

  it('without a worker is canceled without waiting for the cron trigger', async () => {
    const job = await aJob({ action: 'sleep' })
    await env.DB.prepare("UPDATE jobs SET status = 'running', attempt = 1, started_at = 1").run()
    expect((await admin.ask('POST', `/api/v0/jobs/${job.id}/cancel`)).status).toBe(204)
    expect(await over(job.id)).toMatchObject({ status: 'canceled' })
  })

  it('is deleted when it is over', async () => {
    const job = await aJob({ action: 'sleep' })
    expect(await codeOf('DELETE', `/api/v0/jobs/${job.id}`)).toEqual([409, 'JOB_RUNNING'])
    await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1").run()
    expect((await admin.ask('DELETE', `/api/v0/jobs/${job.id}`)).status).toBe(204)
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['GET', '/logs'],
    ] as const) {
      expect(await codeOf(method, `/api/v0/jobs/${job.id}${path}`)).toEqual([404, 'NO_SUCH_JOB'])
    }
  })

  it('has a log that is read from any line on', async () => {
    const job = await aJob({ action: 'sleep' })
    await env.DB.batch(
      [0, 1, 2, 3, 4].map((line) =>
        env.DB.prepare('INSERT INTO job_logs VALUES (?, ?, ?)').bind(job.id, line, `line ${line}`),
      ),
    )
    const read = async (query: string) =>
      (await (await admin.ask('GET', `/api/v0/jobs/${job.id}/logs${query}`)).json<{ lineNum: number }[]>()).map(
        ({ lineNum }) => lineNum,
      )
    expect(await read('')).toEqual([0, 1, 2, 3, 4])
    expect(await read('?offset=1&limit=2')).toEqual([1, 2])
    expect(await read('?offset=5')).toEqual([])
    expect((await admin.ask('GET', `/api/v0/jobs/${job.id}/logs?offset=-1`)).status).toBe(400)
  })
})

it('the list of jobs is the newest first, of an action, of a worker, of those that are over or not', async () => {
  const now = Date.now()
  const first = await aJob({ action: 'sleep' }, now - 3000)
  const second = await aJob({ action: 'false' }, now - 2000)
  const third = await aJob({ action: 'sleep' }, now - 1000)
  const by = worker()
  await takenUp(first, by)
  await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1 WHERE id = ?").bind(second.id).run()
  expect(await listed()).toEqual([third.id, second.id, first.id])
  expect(await listed('?action=any&worker=any&running=any&start=0&limit=10')).toHaveLength(3)
  expect(await listed('?action=sleep')).toEqual([third.id, first.id])
  expect(await listed(`?worker=${by.workerId}`)).toEqual([first.id])
  expect(await listed('?running=true')).toEqual([third.id, first.id])
  expect(await listed('?running=true&action=false')).toEqual([])
  expect(await listed('?running=false')).toEqual([second.id])
  expect(await listed('?start=1&limit=1')).toEqual([second.id])
  expect(await listed('?action=nothing')).toEqual([])
  for (const query of ['?running=maybe', '?start=-1', '?start=10001', '?limit=0']) {
    expect((await admin.ask('GET', `/api/v0/jobs${query}`)).status).toBe(400)
  }
})

describe('the list of jobs, page by page', () => {
  async function page(query: string): Promise<{ ids: string[]; next: string }> {
    const response = await admin.ask('GET', `/api/v0/jobs?${query}`)
    expect(response.status).toBe(200)
    const { jobs } = await response.json<{ jobs: JobJson[] }>()
    return { ids: jobs.map(({ id }) => id), next: header(response, 'x-next-page-start') }
  }

  it('repeats none and leaves none out, whatever is made meanwhile, and of the same millisecond', async () => {
    const later = Date.now() + 3_600_000
    const ids = new Set<string>()
    for (let count = 0; count < 5; count++) ids.add((await aJob({ action: 'sleep' }, later)).id)
    const first = await page('limit=2')
    await aJob({ action: 'sleep' }, later + 1000)
    const second = await page(`limit=2&pageStart=${first.next}`)
    await aJob({ action: 'sleep' }, later + 2000)
    const third = await page(`limit=2&pageStart=${second.next}`)
    expect([...first.ids, ...second.ids, ...third.ids].sort()).toEqual([...ids].sort())
    expect(third.next).toBe('')
  })

  it('goes by its filters, also past more jobs than one page looks at', async () => {
    const insert = env.DB.prepare(
      `WITH RECURSIVE series (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM series WHERE at < 10100)
       INSERT INTO jobs (id, worker_id, status, action, scheduled_at, last_updated, ended_at, retries_left, retries_total,
         capacity_map, parameters, deadline, stop_timeout, attempt, deaths, line_count)
       SELECT 'job-' || at, CASE at WHEN 0 THEN 'mine' ELSE 'other' END, 'done', 'sleep', at, at, at, 0, 0,
         '{}', '{}', '', '', 1, 0, 0 FROM series`,
    )
    await insert.run()
    const first = await page('worker=mine')
    expect(first.ids).toEqual([])
    expect(await page(`worker=mine&pageStart=${first.next}`)).toEqual({ ids: ['job-0'], next: '' })
    expect((await page(`running=false&limit=3&pageStart=2_job-2`)).ids).toEqual(['job-2', 'job-1', 'job-0'])
  })

  it('is refused when the page is none that was told of', async () => {
    for (const pageStart of ['x', '1_', '_a', '12', '1_a%20b']) {
      expect(await codeOf('GET', `/api/v0/jobs?pageStart=${pageStart}`)).toEqual([400, 'INVALID_PARAMETERS'])
    }
  })
})
