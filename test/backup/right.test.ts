/** Who handles backups has just proven the password, and leaves an event. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { problemOf, withPassword } from '../support/client.ts'
import { anAccount, asking, aSession, type Ask } from '../support/people.ts'
import { rowsOf } from '../support/schema.ts'
import { backUp } from './support/making.ts'

const password = 'a good password'
let backup: string

beforeEach(async () => {
  await anAccount('root', password, true)
  backup = await backUp()
})

const dataKey = '0'.repeat(64)

/** All that makes, reads, restores or deletes a backup. */
const deeds = (): readonly (readonly [method: string, path: string, body?: object])[] => [
  ['POST', '/api/v0/backups', {}],
  ['POST', '/api/v0/backups/prune', { dryRun: true }],
  ['POST', `/api/v0/backups/${backup}/proof`],
  ['POST', `/api/v0/backups/${backup}/verification`],
  ['POST', `/api/v0/backups/${backup}/downloads`],
  ['POST', `/api/v0/backups/${backup}/repositories`, { repository: 'acme/app' }],
  ['PUT', `/api/v0/backups/${backup}/key`, { dataKey }],
  ['POST', '/api/v0/restores', { backup, overwrite: true }],
  ...['backup', 'prove', 'backup_prune', 'restore_repository'].flatMap((action) => [
    ['POST', '/api/v0/jobs', { action, parameters: parametersOf(action) }] as const,
    ['POST', '/api/v0/crons', { action, parameters: parametersOf(action), schedule: '@daily' }] as const,
  ]),
]

const parametersOf = (action: string): object =>
  action === 'prove' ? { backup } : action === 'restore_repository' ? { backup, repository: 'acme/app' } : {}

/** As if the login had been so long ago. */
const ageSessions = (minutes: number) =>
  env.DB.prepare('UPDATE sessions SET created_at = created_at - ?')
    .bind(minutes * 60_000)
    .run()

const codeOf = async (answer: Promise<Response>): Promise<string> => {
  const response = await answer
  return response.ok ? 'ok' : (await problemOf(response)).code
}

async function refusedDeeds(ask: Ask): Promise<readonly string[]> {
  const refused = []
  for (const [method, path, body] of deeds()) {
    const code = await codeOf(ask(method, path, body))
    if (code === 'PASSWORD_NEEDED') refused.push(path)
  }
  return refused
}

describe('a session', () => {
  it('that was opened more than ten minutes ago does none of it', async () => {
    const ask = asking(await aSession('root'))
    await ageSessions(11)
    expect(await refusedDeeds(ask)).toEqual(deeds().map(([, path]) => path))
    expect((await ask('GET', '/api/v0/backups')).status).toBe(200)
    const refused = await problemOf(await ask('POST', '/api/v0/backups', {}))
    expect(refused.message).toContain('with a session that is older than ten minutes: send the password')
  })

  it('that was just opened does it', async () => {
    const ask = asking(await aSession('root'))
    await ageSessions(9)
    expect(await codeOf(ask('POST', `/api/v0/backups/${backup}/downloads`))).toBe('ok')
  })
})

it('the password does it, and an event says who made, downloaded, checked and pruned', async () => {
  const ask = asking(withPassword('root', password))
  for (const [method, path, body] of [
    ['POST', '/api/v0/backups', {}],
    ['POST', `/api/v0/backups/${backup}/downloads`],
    ['POST', `/api/v0/backups/${backup}/verification`],
    ['POST', '/api/v0/backups/prune', { dryRun: false }],
  ] as const) {
    // One such job runs at a time.
    await vi.waitFor(async () => expect([path, await codeOf(ask(method, path, body))]).toEqual([path, 'ok']), 30_000)
  }
  const events = await rowsOf<{ what: string }>(
    `SELECT DISTINCT type || ' ' || object_type || ' ' || CASE object_type WHEN 'job' THEN object_name ELSE '' END AS what
     FROM events WHERE actor = 'root'`,
  )
  expect(events.map(({ what }) => what.trim())).toEqual(
    expect.arrayContaining(['CREATE job backup', 'GET backup', 'CREATE job prove', 'CREATE job backup_prune']),
  )
})
