/** Sessions as their users and administrators see them, and what the policy of sessions makes of them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { header, problemOf, send, withToken, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aLogin, anAccount, aUser, sendJson } from '../../support/people.ts'

const password = 'password of alice'
const minute = 60_000
let root: Send

beforeEach(async () => {
  await anAccount('alice', password)
  root = await aUser('root', { isAdmin: true })
})

async function logIn(): Promise<Send> {
  const response = await send('POST', '/auth/login', {
    headers: { 'content-type': 'application/json', 'user-agent': 'curl/8', 'cf-connecting-ip': '192.0.2.7' },
    body: JSON.stringify({ username: 'alice', password }),
  })
  expect(response.status).toBe(200)
  return withToken((await response.json<{ auth_token: string }>()).auth_token)
}

interface Session {
  readonly id: string
  readonly createdAt: string
  readonly lastUsedAt: string
  readonly expiresAt: string
  readonly agent: string
}

const path = '/enzi/v0/accounts/alice/sessions'
const sessionsOf = async (client: Send): Promise<Session[]> =>
  (await (await client('GET', path)).json<{ sessions: Session[] }>()).sessions
const statusOf = async (client: Send, method = 'GET', at = '/enzi/v0/accounts/alice'): Promise<number> =>
  (await client(method, at)).status
const policy = (wanted: object): Promise<Response> => sendJson(root, 'PUT', '/enzi/v0/config/sessions', wanted)
const ofAlice = `account_id = (SELECT id FROM accounts WHERE name = 'alice')`
const expiry = () => env.DB.prepare(`SELECT expires_at FROM sessions WHERE ${ofAlice}`).first<number>('expires_at')

describe('the sessions of a user', () => {
  it('are listed with when, where and by which client they were opened', async () => {
    const client = await logIn()
    await logIn()
    const response = await client('GET', path)
    const page = await response.json<{ sessions: Session[]; resourceCount: number; nextPageStart: string }>()
    expect([page.resourceCount, page.nextPageStart, page.sessions.length]).toEqual([2, '', 2])
    expect(page.sessions[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      createdAt: expect.stringMatching(/^20/),
      lastUsedAt: expect.stringMatching(/^20/),
      expiresAt: expect.stringMatching(/^20/),
      address: expect.any(String),
      agent: 'curl/8',
    })
    expect(await sessionsOf(root)).toEqual(page.sessions)
    const first = await client('GET', `${path}?limit=1`)
    expect((await first.json<{ sessions: Session[] }>()).sessions).toEqual(page.sessions.slice(0, 1))
    expect(header(first, 'x-next-page-start')).toBe(page.sessions[1]?.id)
  })

  it('are the business of no other user', async () => {
    await logIn()
    const bob = await aUser('bob')
    expect(await statusOf(bob, 'GET', path)).toBe(404)
    expect(await statusOf(bob, 'DELETE', path)).toBe(404)
    expect(await countRows('sessions', ofAlice)).toBe(1)
  })

  it('are ended one by one or all at once, by the user and by administrators, with an event', async () => {
    const [one, two, three] = [await logIn(), await logIn(), await logIn()]
    const [session] = await sessionsOf(one)
    expect(await statusOf(root, 'DELETE', `${path}/${session?.id ?? ''}`)).toBe(204)
    expect(await countRows('sessions', ofAlice)).toBe(2)
    const gone = await root('DELETE', `${path}/${session?.id ?? ''}`)
    expect([gone.status, (await problemOf(gone)).code]).toEqual([404, 'NO_SUCH_SESSION'])
    const alive = (await Promise.all([one, two, three].map((client) => statusOf(client)))).indexOf(200)
    expect(await statusOf([one, two, three][alive] ?? one, 'DELETE', path)).toBe(204)
    expect(await countRows('sessions', ofAlice)).toBe(0)
    expect(
      (await events(`object_type = 'login' AND type = 'DELETE'`)).map(({ actor, objectName, content }) => [
        actor,
        objectName,
        content,
      ]),
    ).toEqual([
      ['root', 'alice', { ended: 'a session' }],
      ['alice', 'alice', { ended: 'all sessions' }],
    ])
    expect(await events(`object_type = 'account' AND type = 'UPDATE'`)).toEqual([])
  })
})

describe('the policy of sessions', () => {
  it('has the defaults of UCP, and is changed by administrators within its bounds', async () => {
    const get = async () => (await root('GET', '/enzi/v0/config/sessions')).json()
    expect(await get()).toEqual({ lifetimeMinutes: 60, renewalThresholdMinutes: 20, perUserLimit: 10 })
    const wanted = { lifetimeMinutes: 10, renewalThresholdMinutes: 5, perUserLimit: 0 }
    expect((await policy(wanted)).status).toBe(200)
    expect(await get()).toEqual(wanted)
    for (const wrong of [
      { ...wanted, lifetimeMinutes: 9 },
      { ...wanted, renewalThresholdMinutes: 6 },
      { ...wanted, perUserLimit: -1 },
      { lifetimeMinutes: 10 },
    ]) {
      expect([wrong, (await policy(wrong)).status]).toEqual([wrong, 400])
    }
    const alice = await logIn()
    expect(await statusOf(alice, 'GET', '/enzi/v0/config/sessions')).toBe(403)
  })

  it('is changed with no access token, by either of its paths, and what decides nothing is', async () => {
    const client = await aLogin('root')
    const wanted = { lifetimeMinutes: 480, renewalThresholdMinutes: 0, perUserLimit: 0 }
    const refused = await sendJson(client, 'PUT', '/enzi/v0/config/sessions', wanted)
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'PASSWORD_NEEDED'])
    for (const change of [
      { sessionLifetimeMinutes: 480 },
      { sessionRenewalThresholdMinutes: 60 },
      { sessionPerUserLimit: 0 },
      { accessTokenDefaultDays: 300 },
      { accessTokenMaxDays: 3000 },
      { jobHistoryToKeep: 7, accessTokenMaxDays: 3000 },
    ]) {
      const bySettings = await sendJson(client, 'POST', '/api/v0/meta/settings', change)
      const { code, message } = await problemOf(bySettings)
      expect([bySettings.status, code]).toEqual([403, 'PASSWORD_NEEDED'])
      expect(message).toContain(`root may not change ${Object.keys(change).at(-1) ?? ''}`)
    }
    expect((await sendJson(client, 'POST', '/api/v0/meta/settings', { jobHistoryToKeep: 7 })).status).toBe(202)
    expect((await sendJson(root, 'POST', '/api/v0/meta/settings', { accessTokenMaxDays: 30 })).status).toBe(202)
  })

  it('says how long a new session lasts', async () => {
    await policy({ lifetimeMinutes: 480, renewalThresholdMinutes: 0, perUserLimit: 10 })
    await logIn()
    expect((((await expiry()) ?? 0) - Date.now()) / minute).toBeCloseTo(480, 0)
  })

  it('renews a session that is used in its last minutes, and no other', async () => {
    const client = await logIn()
    const usedLongAgo = (minutesLeft: number) =>
      env.DB.prepare(`UPDATE sessions SET last_used_at = 0, expires_at = ? WHERE ${ofAlice}`)
        .bind(Date.now() + minutesLeft * minute)
        .run()
    await usedLongAgo(21)
    await statusOf(client)
    await expect.poll(() => countRows('sessions', `${ofAlice} AND last_used_at > 0`)).toBe(1)
    expect(((await expiry()) ?? 0) - Date.now()).toBeLessThan(22 * minute)
    await usedLongAgo(19)
    await statusOf(client)
    await expect.poll(async () => ((await expiry()) ?? 0) - Date.now()).toBeGreaterThan(59 * minute)
    await policy({ lifetimeMinutes: 60, renewalThresholdMinutes: 0, perUserLimit: 10 })
    await usedLongAgo(1)
    await statusOf(client)
    await expect.poll(() => countRows('sessions', `${ofAlice} AND last_used_at > 0`)).toBe(1)
    expect(((await expiry()) ?? 0) - Date.now()).toBeLessThan(2 * minute)
  })

  it('costs a session that was used within the last minute no write', async () => {
    const client = await logIn()
    const used = Date.now() - 30_000
    await env.DB.prepare(`UPDATE sessions SET last_used_at = ? WHERE ${ofAlice}`).bind(used).run()
    for (let at = 0; at < 3; at++) expect(await statusOf(client)).toBe(200)
    expect(await countRows('sessions', `${ofAlice} AND last_used_at = ${used}`)).toBe(1)
  })

  it('ends the least recently used session beyond its limit', async () => {
    await policy({ lifetimeMinutes: 60, renewalThresholdMinutes: 20, perUserLimit: 2 })
    const first = await logIn()
    const second = await logIn()
    await env.DB.prepare(`UPDATE sessions SET last_used_at = last_used_at - 120000 WHERE ${ofAlice}`).run()
    expect(await statusOf(first)).toBe(200)
    await expect.poll(() => countRows('sessions', `${ofAlice} AND last_used_at > ${Date.now() - minute}`)).toBe(1)
    const third = await logIn()
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([200, 401, 200])
  })
})
