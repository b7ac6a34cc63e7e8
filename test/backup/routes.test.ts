/** Backups through the API: who may make them, and what a list shows. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { backUp } from './support/making.ts'
import { problemOf } from '../support/client.ts'
import { aLogin, aPerson, asking, type Ask } from '../support/people.ts'
import { over } from '../support/jobs.ts'
import { rowsOf } from '../support/schema.ts'

let root: Ask

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
})

it('an administrator makes one with a password, and the list shows it', async () => {
  const made = await root('POST', '/api/v0/backups')
  expect(made.status).toBe(202)
  const { id } = await made.json<{ id: string }>()
  expect((await over(id)).status).toBe('done')
  const listed = await root('GET', '/api/v0/backups')
  const { backups } = await listed.json<{ backups: Record<string, unknown>[] }>()
  expect(backups).toHaveLength(1)
  expect(backups[0]).toMatchObject({
    id,
    state: 'proving',
    encrypted: false,
    provenAt: null,
    rtoSeconds: null,
    rpoSeconds: null,
  })
  expect(backups[0]?.['rows']).toBeGreaterThan(0)
  expect(backups[0]?.['newBytes']).toBe(backups[0]?.['storedBytes'])
  expect(await rowsOf(`SELECT actor, object_name FROM events WHERE object_type = 'job' AND type = 'CREATE'`)).toEqual([
    { actor: 'root', object_name: 'backup' },
    { actor: '', object_name: 'prove' },
  ])
})

it('an access token makes none, neither at once nor by a job or a schedule', async () => {
  const byToken = asking(await aLogin('root'))
  const refused = [
    await byToken('POST', '/api/v0/backups'),
    await byToken('POST', '/api/v0/jobs', { action: 'backup' }),
    await byToken('POST', '/api/v0/crons', { action: 'backup', schedule: '@daily' }),
  ]
  for (const response of refused) {
    expect([response.status, (await problemOf(response)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  }
  expect((await byToken('GET', '/api/v0/backups')).status).toBe(200)
  expect((await root('POST', '/api/v0/crons', { action: 'backup', schedule: '@daily' })).status).toBe(202)
})

it('one that was begun and has no manifest is shown as what it is', async () => {
  await env.BACKUPS.put('backups/dead/begun', '')
  const id = await backUp()
  const listed = await root('GET', '/api/v0/backups')
  const { backups } = await listed.json<{ backups: { id: string; state: string }[] }>()
  expect(backups.map((one) => [one.id, one.state])).toEqual([[id, 'proving']])
  await env.BACKUPS.put('backups/later/begun', '')
  const again = await (await root('GET', '/api/v0/backups')).json<{ backups: { id: string; state: string }[] }>()
  expect(again.backups.map((one) => [one.id, one.state])).toEqual([
    ['later', 'unfinished'],
    [id, 'proving'],
  ])
})
