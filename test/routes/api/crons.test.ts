import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { problemOf } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aPerson, type Person } from '../../support/people.ts'

let admin: Person

beforeEach(async () => {
  admin = await aPerson('root', { isAdmin: true })
})

const put = (body: object): Promise<Response> => admin.ask('POST', '/api/v0/crons', body)

it('a schedule is made with DTR’s fields, changed in place, listed and deleted', async () => {
  const response = await put({ action: 'sleep', schedule: '0 0 1 * * 6', deadline: '30m' })
  expect(response.status).toBe(202)
  const made = await response.json<{ id: string; nextRun: string }>()
  expect(made).toEqual({
    id: expect.any(String),
    action: 'sleep',
    schedule: '0 0 1 * * 6',
    retries: 0,
    capacityMap: {},
    parameters: { seconds: 10 },
    deadline: '30m',
    stopTimeout: '',
    nextRun: expect.stringMatching(/T01:00:00.000Z$/),
  })
  expect(new Date(made.nextRun).getUTCDay()).toBe(6)
  expect(await (await admin.ask('GET', '/api/v0/crons/sleep')).json()).toEqual(made)

  const changed = await (
    await put({ action: 'sleep', schedule: '@hourly', parameters: null, capacityMap: null })
  ).json()
  expect(changed).toMatchObject({ id: made.id, schedule: '@hourly', deadline: '' })
  await put({ action: 'false', schedule: '57 54 3 * * *', retries: 2 })
  const { crons } = await (await admin.ask('GET', '/api/v0/crons')).json<{ crons: { action: string }[] }>()
  expect(crons.map(({ action }) => action)).toEqual(['false', 'sleep'])

  expect((await admin.ask('DELETE', '/api/v0/crons/sleep')).status).toBe(204)
  for (const method of ['GET', 'DELETE']) {
    const gone = await admin.ask(method, '/api/v0/crons/sleep')
    expect([gone.status, (await problemOf(gone)).code]).toEqual([404, 'NO_SUCH_CRON'])
  }
  expect(
    (await events("object_type = 'cron'")).map(({ type, objectName, content }) => [type, objectName, content]),
  ).toEqual([
    ['UPDATE', 'sleep', { schedule: '0 0 1 * * 6', deadline: '30m' }],
    ['UPDATE', 'sleep', { schedule: '@hourly' }],
    ['UPDATE', 'false', { schedule: '57 54 3 * * *' }],
    ['DELETE', 'sleep', null],
  ])
})

it('a schedule that never fires, or of what is no action, is refused', async () => {
  const wrong: Record<string, object> = {
    schedule: { action: 'sleep', schedule: '0 0 0 30 2 *' },
    five: { action: 'sleep', schedule: '* * * *' },
    second: { action: 'sleep', schedule: '@reboot' },
    action: { action: 'scan', schedule: '@daily' },
    parameters: { action: 'sleep', schedule: '@daily', parameters: { force: true } },
  }
  for (const [word, body] of Object.entries(wrong)) {
    const response = await put(body)
    const { code, message } = await problemOf(response)
    expect([response.status, code]).toEqual([400, 'INVALID_JSON'])
    expect(message).toContain(word)
  }
  expect(await countRows('crons')).toBe(0)
  expect(await env.DB.prepare('SELECT 1 FROM events').first()).toBeNull()
})
