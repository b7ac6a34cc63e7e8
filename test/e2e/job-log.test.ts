import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before as beforeAll, describe, test } from 'node:test'
import { createApi, type Api } from '../../scripts/admin/api.ts'
import { Login } from '../../scripts/admin/user-login.ts'
import { job } from '../../scripts/admin/commands/jobs.ts'
import { readLog } from '../../scripts/admin/jobs.ts'

/** A registry whose log has long lines: its answer holds three, however many are asked for. */
const linesOfAnswer = 3
const log = Array.from({ length: 8 }, (_, lineNum) => ({ lineNum, data: `line ${lineNum}` }))

describe('the log of a job', () => {
  let asked: string[] = []
  /** How many lines are written when the status is asked for, and the status then. */
  let written = log.length
  let course: { readonly lines: number; readonly status: string }[] = []
  const registry = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry')
    response.setHeader('content-type', 'application/json')
    if (!pathname.endsWith('/logs')) {
      const now = course.shift()
      written = now?.lines ?? written
      if (now?.status === 'gone') {
        response.statusCode = 404
        response.end(JSON.stringify({ errors: [{ code: 'NO_SUCH_JOB', message: 'there is no job "some-job"' }] }))
        return
      }
      response.end(JSON.stringify({ id: 'some-job', status: now?.status }))
      return
    }
    asked.push(`${pathname} ${searchParams.get('offset')}`)
    const offset = Number(searchParams.get('offset'))
    response.end(JSON.stringify(log.slice(0, written).slice(offset, offset + linesOfAnswer)))
  })
  let api: Api

  beforeAll(async () => {
    registry.listen(0, '127.0.0.1')
    await once(registry, 'listening')
    const address = registry.address()
    if (address === null || typeof address === 'string') throw new Error('the registry has no port')
    const host = `127.0.0.1:${address.port}`
    api = createApi(`http://${host}`, new Login('admin', host, 'secret'))
  })

  after(() => registry.close())

  test('is read to its end, although its pages have fewer lines than were asked for', async () => {
    asked = []
    assert.deepEqual(
      await readLog(api, 'some-job'),
      log.map(({ data }) => data),
    )
    assert.deepEqual(
      asked,
      [0, 3, 6, 8].map((offset) => `/api/v0/jobs/some-job/logs ${offset}`),
    )
  })

  test('is read from the line that is wanted', async () => {
    assert.deepEqual(await readLog(api, 'some-job', 7), ['line 7'])
  })

  /** Runs `job logs some-job --follow`, and notes what it prints. */
  async function follow(printed: string[]): Promise<unknown> {
    const logs = job.commands.find(({ name }) => name === 'logs')
    assert.ok(logs)
    const say = (line: string): void => void printed.push(line)
    const context = { api, login: new Login('admin', 'registry', 'secret'), destination: {}, say, declarations: [] }
    return logs.run({ id: 'some-job' }, { follow: true }, context)
  }

  test('is followed until the job is over, and each line is printed once', async () => {
    const printed: string[] = []
    course = [
      { lines: 0, status: 'waiting' },
      { lines: 5, status: 'running' },
      { lines: 8, status: 'done' },
    ]
    const lines = log.map(({ data }) => data)
    assert.deepEqual(await follow(printed), { data: lines, lines: [] })
    assert.deepEqual(printed, lines)
    assert.deepEqual(course, [])
  })

  test('is printed to its end before the command fails with the job', async () => {
    for (const status of ['errored', 'canceled', 'worker_dead']) {
      const printed: string[] = []
      course = [{ lines: 8, status }]
      await assert.rejects(follow(printed), { message: `the job some-job is ${status}: line 7` })
      assert.equal(printed.length, 8)
    }
  })

  test('of a job that never wrote a line is empty', async () => {
    course = [{ lines: 0, status: 'done' }]
    assert.deepEqual(await follow([]), { data: [], lines: ['The log is empty.'] })
  })

  test('is followed to a good end when a later job has taken the place of this one', async () => {
    const printed: string[] = []
    course = [
      { lines: 3, status: 'running' },
      { lines: 3, status: 'gone' },
    ]
    const seen = log.slice(0, 3).map(({ data }) => data)
    const told = 'The job some-job has ended and is gone: a later job took its place, or it was deleted.'
    assert.deepEqual(await follow(printed), { data: seen, lines: [told] })
    assert.deepEqual(printed, seen)
    course = [{ lines: 0, status: 'gone' }]
    await assert.rejects(follow([]), { code: 'NO_SUCH_JOB' })
  })
})
