import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before as beforeAll, describe, test } from 'node:test'
import { createApi, type Api } from '../../scripts/admin/api.ts'
import { Login } from '../../scripts/admin/user-login.ts'
import { readLog } from '../../scripts/admin/jobs.ts'

/** A registry whose log has long lines: its answer holds three, however many are asked for. */
const linesOfAnswer = 3
const log = Array.from({ length: 8 }, (_, lineNum) => ({ lineNum, data: `line ${lineNum}` }))

describe('the log of a job', () => {
  let asked: string[] = []
  const registry = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry')
    asked.push(`${pathname} ${searchParams.get('offset')}`)
    const offset = Number(searchParams.get('offset'))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(log.slice(offset, offset + linesOfAnswer)))
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
})
