/** Strangers who send junk to single sign-on wait before the provider is asked; others do not. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { send } from '../../support/client.ts'
import { events } from '../../support/events.ts'
import { anAccount, aPerson } from '../../support/people.ts'
import { answerForIssuers, anIssuer, type Issuer } from '../support/issuer.ts'

const origin = 'http://localhost:5000'
const stranger = { 'cf-connecting-ip': '192.0.2.1' }
const other = { 'cf-connecting-ip': '192.0.2.2' }
let issuer: Issuer

beforeEach(async () => {
  answerForIssuers()
  issuer = await anIssuer()
  const root = await aPerson('root', { isAdmin: true })
  await root.ask('POST', '/api/v0/meta/settings', { publicOrigin: origin })
  const settings = { issuer: issuer.url, clientID: 'breakwater', clientSecret: 'secret', enabled: true }
  const set = await root.ask('PUT', '/enzi/v0/config/auth/oidc', settings)
  expect(set.status, await set.clone().text()).toBe(200)
})

afterEach(() => vi.restoreAllMocks())

type Headers = Readonly<Record<string, string>>

/** Begins a login, and comes back with a code that the provider never gave. */
async function invent(headers: Headers): Promise<number> {
  const begun = await send('GET', '/auth/oidc/login', { headers })
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
  const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
  const answer = `/auth/oidc/callback?code=invented&state=${state}`
  return (await send('GET', answer, { headers: { ...headers, cookie } })).status
}

const form = (path: string, fields: Record<string, string>, headers: Headers): Promise<Response> => {
  const body = new URLSearchParams(fields).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
  return send('POST', path, { body, headers: { ...headers, ...type } })
}
const exchanges = (): number => issuer.asked.filter((url) => url.endsWith('/token')).length

/** Lets fifty answers of the stranger have been refused, the last just now. */
const fifty = (): Promise<unknown> =>
  env.DB.prepare(
    `INSERT INTO login_failures (key, count, last_at) VALUES ('single sign-on from 192.0.2.1', 57, ?)
     ON CONFLICT DO UPDATE SET count = 57, last_at = excluded.last_at`,
  )
    .bind(Date.now())
    .run()

describe('a stranger whose answers are refused', () => {
  it('waits before the provider is asked again, and senders elsewhere do not', async () => {
    for (let at = 0; at < 50; at++) expect(await invent(stranger)).toBe(503)
    expect(await invent(stranger)).toBe(429)
    expect(exchanges()).toBe(50)
    expect(await invent(other)).toBe(503)
    expect(exchanges()).toBe(51)
    const told = await events("type = 'FAIL' AND object_type = 'login'")
    expect(told).toHaveLength(51)
    expect(told[0]?.content).toMatchObject({ address: '192.0.2.1', reason: 'sso-exchange-refused' })
  })

  it('waits with guesses of user codes and with logout tokens, before they are looked at', async () => {
    expect((await form('/auth/sso/device', { code: 'BBBB-BBBB' }, stranger)).status).toBe(404)
    const junk = { logout_token: await issuer.sign({ aud: 'another' }) }
    expect((await form('/auth/oidc/backchannel-logout', junk, stranger)).status).toBe(400)
    expect(await events("type = 'FAIL' AND object_type = 'login'")).toHaveLength(2)
    await fifty()
    const device = await form('/auth/sso/device', { code: 'BBBB-BBBB' }, stranger)
    expect([device.status, Number(device.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect((await form('/auth/oidc/backchannel-logout', junk, stranger)).status).toBe(429)
    expect((await form('/auth/oidc/backchannel-logout', junk, other)).status).toBe(400)
  })

  it('still logs in with a password', async () => {
    await anAccount('alice', 'password of alice')
    await fifty()
    const body = JSON.stringify({ username: 'alice', password: 'password of alice' })
    const headers = { ...stranger, 'content-type': 'application/json' }
    expect((await send('POST', '/auth/login', { body, headers })).status).toBe(200)
  })

  it('is not to blame for a provider that cannot be asked', async () => {
    issuer.tokens = () => Promise.reject(new TypeError('the network is away'))
    await invent(stranger)
    expect(await events("type = 'FAIL' AND object_type = 'login'")).toEqual([])
  })
})
