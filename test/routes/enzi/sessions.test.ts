import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeOpaqueToken } from '../../../src/auth/opaque-token.ts'
import { header, problemOf, send, withPassword } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { anAccount, anOrganization, asking } from '../../support/people.ts'

const password = 'password of alice'
let id: string

beforeEach(async () => {
  id = (await anAccount('alice', password)).id
})

const logIn = (body: unknown, path = '/auth/login') => asking(send)('POST', path, body)
const tokenOf = async (response: Response) => (await response.json<{ auth_token: string }>()).auth_token
const statusWith = async (authorization: string, method = 'GET', path = '/enzi/v0/accounts/alice') =>
  (await send(method, path, { headers: { authorization } })).status

describe('a session', () => {
  for (const path of ['/auth/login', '/enzi/v0/auth/login']) {
    it(`is given for a password at ${path}, and is as good as that for the API`, async () => {
      const response = await logIn({ username: 'alice', password }, path)
      expect(response.status).toBe(200)
      expect(header(response, 'cache-control')).toBe('no-store')
      const token = await tokenOf(response)
      expect(await statusWith(`Bearer ${token}`)).toBe(200)
      expect(await statusWith(`SessionToken ${token}`)).toBe(200)
      expect(await statusWith(`Bearer ${token}x`)).toBe(401)
    })
  }

  it('is given whatever the Authorization header says', async () => {
    for (const [path, authorization] of [
      ['/auth/login', 'Bearer ended'],
      ['/enzi/v0/auth/login', withoutMeaning],
    ] as const) {
      const headers = { authorization, 'content-type': 'application/json' }
      const response = await send('POST', path, { headers, body: JSON.stringify({ username: 'alice', password }) })
      expect(response.status).toBe(200)
    }
  })

  it('ends with an hour', async () => {
    const token = await tokenOf(await logIn({ username: 'alice', password }))
    const expiry = await env.DB.prepare('SELECT expires_at FROM sessions').first<number>('expires_at')
    expect(((expiry ?? 0) - Date.now()) / 60_000).toBeCloseTo(60, 0)
    await env.DB.prepare('UPDATE sessions SET expires_at = ?').bind(Date.now()).run()
    expect(await statusWith(`Bearer ${token}`)).toBe(401)
  })

  it('ends with a logout, which may be repeated', async () => {
    const [first, second] = [
      await tokenOf(await logIn({ username: 'alice', password })),
      await tokenOf(await logIn({ username: 'alice', password })),
    ]
    expect(await statusWith(`Bearer ${first}`, 'POST', '/auth/logout')).toBe(204)
    expect(await statusWith(`SessionToken ${first}`, 'POST', '/enzi/v0/auth/logout')).toBe(204)
    expect(await statusWith(`Bearer ${first}`)).toBe(401)
    expect(await statusWith(`Bearer ${second}`)).toBe(200)
    expect((await send('POST', '/auth/logout')).status).toBe(401)
    expect(await statusWith(`Basic ${btoa(`alice:${password}`)}`, 'POST', '/auth/logout')).toBe(401)
  })

  it('is kept as a hash alone', async () => {
    const token = await tokenOf(await logIn({ username: 'alice', password }))
    const { results } = await env.DB.prepare('SELECT * FROM sessions').all()
    expect(JSON.stringify(results)).not.toContain(token.slice(4))
  })
})

const withoutMeaning = `Basic ${btoa('alice:wrong')}`

describe('a login', () => {
  it('is refused to those who may not, all in the same way', async () => {
    await anOrganization('acme')
    const asleep = await anAccount('asleep', password)
    await env.DB.prepare('UPDATE accounts SET is_active = 0 WHERE id = ?').bind(asleep.id).run()
    const bodies = new Set<string>()
    for (const username of ['alice', 'acme', 'nobody', 'NOT A NAME', '']) {
      const response = await logIn({ username, password: 'wrong' })
      expect(response.status).toBe(401)
      bodies.add(await response.text())
    }
    const inactive = await logIn({ username: 'asleep', password })
    expect(inactive.status).toBe(401)
    bodies.add(await inactive.text())
    expect(bodies.size).toBe(1)
    expect(await countRows('sessions')).toBe(0)
  })

  it('is refused to an access token, whose end the session would outlive', async () => {
    const { secret, hash } = await makeOpaqueToken('access')
    await env.DB.prepare(
      `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
       VALUES (?, ?, '', 'alice', '', 1)`,
    )
      .bind(hash, id)
      .run()
    expect((await withPassword('alice', secret)('GET', '/enzi/v0/accounts/alice')).status).toBe(200)
    expect((await logIn({ username: 'alice', password: secret })).status).toBe(401)
  })

  it('is slowed down after a few wrong passwords', async () => {
    for (let at = 0; at < 5; at++) {
      expect((await logIn({ username: 'alice', password: `guess ${at}` })).status).toBe(401)
    }
    const refused = await logIn({ username: 'alice', password })
    expect(refused.status).toBe(429)
    expect((await problemOf(refused)).code).toBe('TOO_MANY_LOGINS')
    expect(Number(header(refused, 'retry-after'))).toBeGreaterThan(0)
    expect(await countRows('sessions')).toBe(0)
  })

  it('is refused for what is no JSON, or not what is asked for', async () => {
    for (const body of [{}, [], { username: 'alice' }, { username: 'alice', password: 'x'.repeat(1025) }]) {
      expect((await logIn(body)).status).toBe(400)
    }
    const form = await send('POST', '/auth/login', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'username=alice',
    })
    expect(form.status).toBe(415)
    const headers = { 'content-type': 'application/json' }
    expect((await send('POST', '/auth/login', { headers, body: '{' })).status).toBe(400)
  })

  it('leaves the token endpoint beside it as it was', async () => {
    expect((await withPassword('alice', password)('GET', '/auth/token')).status).toBe(200)
    const form = await send('POST', '/auth/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'password', username: 'alice', password }).toString(),
    })
    expect(form.status).toBe(200)
  })
})
