/** Sessions in the cookie of a browser: where they count, and that no other page changes anything with them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { header, problemOf, send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { anAccount, aRepository } from '../../support/people.ts'

const secure = 'https://registry.test'
const password = 'password of alice'
const json = { 'content-type': 'application/json' }

beforeEach(async () => {
  await anAccount('alice', password)
  await aRepository('alice/app')
})

interface Browser {
  readonly cookie: string
  readonly csrf: string
}

async function logIn(path = `${secure}/auth/login`): Promise<Browser & { readonly answer: Response }> {
  const body = JSON.stringify({ username: 'alice', password, cookie: true })
  const answer = await send('POST', path, { headers: json, body })
  expect(answer.status).toBe(200)
  return { answer, cookie: header(answer, 'set-cookie').split(';')[0] ?? '', csrf: header(answer, 'x-csrf-token') }
}

const ask = (
  { cookie }: Pick<Browser, 'cookie'>,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Response> =>
  send(method, secure + path, {
    headers: { cookie, ...headers, ...(body === undefined ? {} : json) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const own = '/enzi/v0/accounts/alice'

describe('a login that asks for a cookie', () => {
  for (const path of ['/auth/login', '/enzi/v0/auth/login']) {
    it(`at ${path} gets one that no script, no other host and no other site has, and no token`, async () => {
      const { answer } = await logIn(secure + path)
      expect(header(answer, 'set-cookie')).toMatch(
        /^__Host-breakwater=bws_[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      )
      expect(header(answer, 'x-csrf-token')).toMatch(/^[0-9a-f]{64}$/)
      expect(await answer.json()).toEqual({})
    })
  }

  it('over http gets one without what needs https, which counts for nothing over https', async () => {
    const browser = await logIn('http://registry.test/auth/login')
    expect(header(browser.answer, 'set-cookie')).toMatch(
      /^breakwater=bws_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    const { cookie } = browser
    expect((await send('GET', own, { headers: { cookie } })).status).toBe(200)
    expect((await ask(browser, 'GET', own)).status).toBe(401)
  })

  it('is the exception: others get a token, and no cookie', async () => {
    const body = JSON.stringify({ username: 'alice', password })
    const answer = await send('POST', `${secure}/auth/login`, { headers: json, body })
    expect([answer.headers.get('set-cookie'), answer.headers.get('x-csrf-token')]).toEqual([null, null])
    expect(await answer.json()).toEqual({ auth_token: expect.stringMatching(/^bws_/) })
  })
})

describe('the cookie of a browser', () => {
  it('is a login to the administrative APIs, which tell the token for changes, and to nothing else', async () => {
    const browser = await logIn()
    for (const path of [own, '/api/v0/repositories/alice/app']) {
      const answer = await ask(browser, 'GET', path)
      expect([path, answer.status, header(answer, 'x-csrf-token')]).toEqual([path, 200, browser.csrf])
    }
    for (const path of ['/v2/', '/v2/_catalog', '/v2/alice/app/tags/list']) {
      expect([path, (await ask(browser, 'GET', path)).status]).toEqual([path, 401])
    }
    const scope = encodeURIComponent('repository:alice/app:pull')
    const { token } = await (await ask(browser, 'GET', `/auth/token?scope=${scope}`)).json<{ token: string }>()
    expect(JSON.parse(atob(token.split('.')[1] ?? ''))).toMatchObject({ access: [] })
  })

  it('changes something only together with the token of its own session', async () => {
    const [browser, other] = [await logIn(), await logIn()]
    const change = (headers: Record<string, string>) =>
      ask(browser, 'PATCH', '/api/v0/repositories/alice/app', headers, { shortDescription: 'changed' })
    for (const headers of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': 'a guess' }, { 'x-csrf-token': other.csrf }]) {
      const refused = await change(headers)
      expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'CSRF_TOKEN_WRONG'])
    }
    expect(await countRows('repositories', `short_description = 'changed'`)).toBe(0)
    const foreign = { 'x-csrf-token': browser.csrf, origin: 'https://evil.example' }
    expect((await change(foreign)).status).toBe(403)
    expect((await change({ 'x-csrf-token': browser.csrf, origin: secure })).status).toBe(200)
    expect(await countRows('repositories', `short_description = 'changed'`)).toBe(1)
  })

  it('proves as much as the session that it is', async () => {
    const browser = await logIn()
    const body = { tokenLabel: 'made in a browser' }
    const path = '/api/v0/api_tokens'
    expect((await ask(browser, 'POST', path, {}, body)).status).toBe(403)
    expect((await ask(browser, 'POST', path, { 'x-csrf-token': browser.csrf }, body)).status).toBe(200)
  })

  it('counts for nothing beside an Authorization header, which needs no further token', async () => {
    const { cookie } = await logIn()
    const authorization = `Basic ${btoa(`alice:${password}`)}`
    const change = { shortDescription: 'with the password' }
    const path = '/api/v0/repositories/alice/app'
    const answer = await ask({ cookie }, 'PATCH', path, { authorization }, change)
    expect([answer.status, answer.headers.get('x-csrf-token')]).toEqual([200, null])
    expect((await ask({ cookie }, 'GET', own, { authorization: 'Bearer wrong' })).status).toBe(401)
  })

  it('is nothing when its session has ended, so that what is public stays so', async () => {
    const browser = await logIn()
    await env.DB.prepare('DELETE FROM sessions').run()
    expect((await ask(browser, 'GET', own)).status).toBe(401)
    expect((await ask(browser, 'GET', '/api/v0/repositories')).status).toBe(200)
    expect((await ask({ cookie: '__Host-breakwater=anything' }, 'GET', own)).status).toBe(401)
  })

  for (const path of ['/auth/logout', '/enzi/v0/auth/logout']) {
    it(`goes with its session at ${path}, which no other page can ask for`, async () => {
      const browser = await logIn()
      expect((await ask(browser, 'POST', path)).status).toBe(403)
      expect(await countRows('sessions')).toBe(1)
      const answer = await ask(browser, 'POST', path, { 'x-csrf-token': browser.csrf })
      expect([answer.status, header(answer, 'set-cookie')]).toEqual([
        204,
        '__Host-breakwater=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
      ])
      expect(await countRows('sessions')).toBe(0)
    })
  }
})
