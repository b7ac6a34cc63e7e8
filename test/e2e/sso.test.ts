import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { Browser, type Page } from './support/browser.ts'
import { newFolder } from './support/folders.ts'
import { startOidcProvider, type OidcProvider } from './support/oidc-provider.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { start, type Running } from './support/run.ts'
import { admin, alice } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'scripts/admin/breakwater.mjs')
const session = z.object({ auth_token: z.string(), username: z.string() })
const account = z.object({ name: z.string(), fullName: z.string(), isAdmin: z.boolean(), isImported: z.boolean() })
const members = z.object({ members: z.array(z.object({ member: z.object({ name: z.string() }) })) })

describe('Single sign-on', () => {
  let registry: Registry
  let origin: string
  let provider: OidcProvider

  const settings = (): Record<string, unknown> => ({
    enabled: true,
    issuer: provider.issuer,
    clientID: provider.clientID,
    clientSecret: provider.clientSecret,
    scopes: ['openid', 'profile', 'groups'],
    groupsClaim: 'groups',
    adminClaim: 'roles',
    adminValue: 'registry-admin',
  })

  before(async () => {
    registry = await newRegistry()
    origin = `http://${registry.host}`
    provider = await startOidcProvider(origin)
    provider.users.set('sub-carol', { name: 'carol', fullName: 'Carol of Acme', groups: ['engineers'] })
    await api(registry, admin, 'POST', '/api/v0/meta/settings', { publicOrigin: origin })
    await api(registry, admin, 'PUT', '/enzi/v0/config/auth/oidc', settings())
    await api(registry, admin, 'POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
    for (const name of ['developers', 'operators']) {
      await api(registry, admin, 'POST', '/enzi/v0/accounts/acme/teams', { name })
    }
    const link = '/enzi/v0/accounts/acme/teams/developers/groupLinkConfig'
    await api(registry, admin, 'PUT', link, { enableLink: true, groupName: 'engineers' })
  })

  /** Logs in as a client that asks for JSON at the end. */
  async function logIn(subject: string, browser = new Browser()): Promise<z.infer<typeof session>> {
    const page = await browser.signOn(`${origin}/auth/oidc/login`, subject)
    assert.equal(page.status, 200, page.text)
    const [, username = ''] = /Logged in as ([^<]+)</.exec(page.text) ?? []
    const [, token = ''] = /<code>(bws_[^<]+)<\/code>/.exec(page.text) ?? []
    return { auth_token: token, username }
  }

  const ask = (token: string, path: string): Promise<Response> =>
    fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } })

  const teamOf = async (team: string): Promise<string[]> =>
    members
      .parse(await api(registry, admin, 'GET', `/enzi/v0/accounts/acme/teams/${team}/members`))
      .members.map(({ member }) => member.name)

  test('the settings are tested step by step', async () => {
    const tried = await api(registry, admin, 'POST', '/enzi/v0/config/auth/oidc/test', settings())
    assert.deepEqual(z.object({ ok: z.boolean() }).parse(tried).ok, true, JSON.stringify(tried))
    const wrong = { ...settings(), clientSecret: 'a guess' }
    const failed = await api(registry, admin, 'POST', '/enzi/v0/config/auth/oidc/test', wrong)
    assert.match(JSON.stringify(failed), /"step":"client","ok":false/)
  })

  test('the client secret is never shown', async () => {
    const shown = JSON.stringify(await api(registry, admin, 'GET', '/enzi/v0/config/auth/oidc'))
    const events = JSON.stringify(await api(registry, admin, 'GET', '/api/v0/events'))
    for (const text of [shown, events]) assert.ok(!text.includes('a secret of the registry'), text)
  })

  test('the first login makes an account, with the name and the teams of the claims', async () => {
    const { auth_token: token, username } = await logIn('sub-carol')
    assert.equal(username, 'carol')
    const own = account.parse(await (await ask(token, '/enzi/v0/accounts/carol')).json())
    assert.deepEqual(own, { name: 'carol', fullName: 'Carol of Acme', isAdmin: false, isImported: true })
    assert.deepEqual(await teamOf('developers'), ['carol'])
  })

  test('the browser keeps the session in a cookie, with which pages of the registry alone change something', async () => {
    const browser = new Browser()
    await logIn('sub-carol', browser)
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const seen = await browser.ask(`${origin}/enzi/v0/accounts/carol`, { headers })
    assert.equal(seen.status, 200, await seen.text())
    const csrf = seen.headers.get('x-csrf-token') ?? ''
    const make = (more: Record<string, string>): Promise<Response> =>
      browser.ask(`${origin}/api/v0/api_tokens`, {
        method: 'POST',
        headers: { ...headers, ...more },
        body: JSON.stringify({ tokenLabel: 'of a page' }),
      })
    assert.equal((await make({})).status, 403)
    assert.equal((await make({ 'x-csrf-token': csrf, origin: 'https://evil.example' })).status, 403)
    assert.equal((await make({ 'x-csrf-token': csrf, origin })).status, 200)
    assert.equal((await browser.ask(`${origin}/v2/`)).status, 401)
    const out = await browser.ask(`${origin}/auth/logout`, {
      method: 'POST',
      headers: { ...headers, 'x-csrf-token': csrf },
    })
    assert.equal(out.status, 204)
    assert.equal((await browser.ask(`${origin}/enzi/v0/accounts/carol`, { headers })).status, 401)
  })

  test('a later login follows the groups and the administrator’s claim, and keeps the account', async () => {
    provider.users.set('sub-carol', {
      name: 'renamed',
      fullName: 'Carol',
      groups: ['others'],
      roles: ['registry-admin'],
    })
    const { auth_token: token, username } = await logIn('sub-carol')
    assert.equal(username, 'carol')
    assert.equal((await ask(token, '/api/v0/meta/settings')).status, 200)
    assert.deepEqual(await teamOf('developers'), [])
    provider.users.set('sub-carol', { name: 'carol', fullName: 'Carol', groups: ['engineers'] })
    const again = await logIn('sub-carol')
    assert.equal((await ask(again.auth_token, '/api/v0/meta/settings')).status, 403)
    assert.deepEqual(await teamOf('developers'), ['carol'])
  })

  test('a name that is taken gets no account', async () => {
    provider.users.set('sub-alice', { name: 'alice' })
    const page = await new Browser().signOn(`${origin}/auth/oidc/login`, 'sub-alice')
    assert.equal(page.status, 403)
    assert.match(page.text, /another user or an organization has it/)
  })

  test('the answer of the provider counts in the browser alone that began', async () => {
    const mallory = new Browser()
    let page: Page = await mallory.open(`${origin}/auth/oidc/login`)
    page = await mallory.submit(page, { login: 'sub-mallory', password: 'any' })
    // The consent leads back to the registry: its address is taken to another browser.
    const stolen = await callbackOf(mallory, page)
    const victim = await new Browser().open(stolen)
    assert.equal(victim.status, 400)
    assert.match(victim.text, /did not begin in this browser/)
    const state = new URL(stolen)
    state.searchParams.set('state', 'another')
    assert.equal((await mallory.open(state.href)).status, 400)
  })

  /** Consents, and stops before the registry is asked. */
  async function callbackOf(browser: Browser, page: Page): Promise<string> {
    const [, action = ''] = /<form[^>]*\baction="([^"]*)"/.exec(page.text) ?? []
    const body = new URLSearchParams({ prompt: 'consent' })
    let url = new URL(action, page.url).href
    let response = await browser.ask(url, { method: 'POST', body })
    while (!url.startsWith(`${origin}/auth/oidc/callback`)) {
      url = new URL(response.headers.get('location') ?? '', url).href
      if (!url.startsWith(`${origin}/auth/oidc/callback`)) response = await browser.ask(url)
    }
    return url
  }

  test('a code is used once', async () => {
    const browser = new Browser()
    const page = await browser.submit(await browser.open(`${origin}/auth/oidc/login`), {
      login: 'sub-dora',
      password: 'any',
    })
    const url = await callbackOf(browser, page)
    assert.equal((await browser.open(url)).status, 200)
    assert.equal((await browser.open(url)).status, 400)
  })

  test('a refusal of the provider is a page that says what to do', async () => {
    const browser = new Browser()
    await browser.ask(`${origin}/auth/oidc/login`)
    const begun = await browser.ask(`${origin}/auth/oidc/login`)
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const query = new URLSearchParams({
      state,
      iss: provider.issuer,
      error: 'access_denied',
      error_description: '<b>no</b>',
    })
    const page = await browser.open(`${origin}/auth/oidc/callback?${query}`)
    assert.equal(page.status, 403)
    assert.match(page.text, /access_denied/)
    assert.ok(!page.text.includes('<b>no'), page.text)
  })

  test('a logout at the provider ends the sessions that began there, and no other', async () => {
    const [browser, other] = [new Browser(), new Browser()]
    const first = await logIn('sub-carol', browser)
    const second = await logIn('sub-carol', other)
    const page = await browser.open(`${provider.issuer}/session/end`)
    await browser.submit(page, { logout: 'yes' })
    await until(
      'the session to end',
      20,
      async () => (await ask(first.auth_token, '/enzi/v0/accounts/carol')).status === 401,
    )
    assert.equal((await ask(second.auth_token, '/enzi/v0/accounts/carol')).status, 200)
  })

  const environment = { XDG_CONFIG_HOME: '', BREAKWATER_URL: '', BREAKWATER_USER: '', BREAKWATER_PASSWORD: '' }

  async function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
    return start(process.execPath, [script, ...args], {
      cwd: root,
      env: { ...environment, BREAKWATER_URL: origin, ...env },
    })
  }

  /** Waits for what a command says. */
  async function said(running: Running, pattern: RegExp): Promise<string> {
    await until(`the command to say ${pattern}`, 60, () => pattern.test(running.output()))
    return pattern.exec(running.output())?.[1] ?? ''
  }

  test('the command logs in with a browser on its machine', async () => {
    const profiles = { XDG_CONFIG_HOME: await newFolder('sso-profiles') }
    const running = await command(['login', '--sso'], profiles)
    const url = await said(running, /(http:\S+\/auth\/oidc\/login\S+)/)
    const page = await new Browser().signOn(url, 'sub-carol')
    assert.match(page.text, /Go back to the command/)
    const { exitCode, output } = await running.outcome
    assert.equal(exitCode, 0, output)
    assert.match(output, /as carol/)
    const listed = await (await command(['token', 'list'], profiles)).outcome
    assert.match(listed.output, /breakwater on/)
  })

  test('the command logs in with a browser on another machine, after an approval', async () => {
    const running = await command(['login', '--sso', '--device'], { XDG_CONFIG_HOME: await newFolder('sso-device') })
    const code = await said(running, /code ([A-Z]{4}-[A-Z]{4})/)
    const browser = new Browser()
    const form = await browser.open(`${origin}/auth/sso/device`)
    const wrong = await browser.submit(form, { code: 'BBBB-BBBB' })
    assert.equal(wrong.status, 404)
    const asked = await browser.goOn(await browser.submit(form, { code: code.toLowerCase() }), 'sub-carol')
    assert.match(asked.text, /Log in a command as carol\?/)
    const approved = await browser.submit(asked, { answer: 'approve' })
    assert.match(approved.text, /Approved/)
    const { exitCode, output } = await running.outcome
    assert.equal(exitCode, 0, output)
    assert.match(output, /as carol/)
  })

  test('a local user links their account, logs in as before and with the provider, and unlinks it', async () => {
    const env = {
      BREAKWATER_USER: alice.name,
      BREAKWATER_PASSWORD: alice.password,
      XDG_CONFIG_HOME: await newFolder('link'),
    }
    const running = await command(['identity', 'link'], env)
    const url = await said(running, /(http:\S+\/auth\/oidc\/login\S+)/)
    await new Browser().signOn(url, 'sub-alice')
    const { exitCode, output } = await running.outcome
    assert.equal(exitCode, 0, output)
    assert.equal((await logIn('sub-alice')).username, 'alice')
    assert.equal((await attemptApi(registry, alice, 'GET', '/enzi/v0/accounts/alice')).status, 200)
    const unlinked = await (await command(['identity', 'unlink', provider.issuer, 'sub-alice'], env)).outcome
    assert.equal(unlinked.exitCode, 0, unlinked.output)
    const page = await new Browser().signOn(`${origin}/auth/oidc/login`, 'sub-alice')
    assert.equal(page.status, 403)
  })

  test('an account that is not active is refused', async () => {
    await logIn('sub-eve')
    await api(registry, admin, 'PATCH', '/enzi/v0/accounts/sub-eve', { isActive: false })
    const page = await new Browser().signOn(`${origin}/auth/oidc/login`, 'sub-eve')
    assert.equal(page.status, 403)
    assert.match(page.text, /not active/)
  })
})
