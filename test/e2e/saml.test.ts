import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { Browser, type Page } from './support/browser.ts'
import { newDocker } from './support/docker.ts'
import { newFolder } from './support/folders.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { start } from './support/run.ts'
import { startSamlProvider, type SamlProvider } from './support/saml-provider.ts'
import { sharedEngine } from './support/shared.ts'
import { admin, alice } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'scripts/admin/breakwater.mjs')
const path = '/enzi/v0/config/auth/saml'
const account = z.object({ name: z.string(), fullName: z.string(), isAdmin: z.boolean(), isImported: z.boolean() })
const members = z.object({ members: z.array(z.object({ member: z.object({ name: z.string() }) })) })

describe('Single sign-on by SAML', () => {
  let registry: Registry
  let origin: string
  let provider: SamlProvider

  const settings = (): Record<string, unknown> => ({
    enabled: true,
    idpMetadataURL: provider.metadataUrl,
    spHost: new URL(origin).host,
    usernameAttribute: 'uid',
  })

  before(async () => {
    registry = await newRegistry()
    origin = `http://${registry.host}`
    provider = await startSamlProvider(origin)
    carolIs({ 'member-of': ['engineers', 'others'] })
    await api(registry, admin, 'POST', '/api/v0/meta/settings', { publicOrigin: origin })
    await api(registry, admin, 'PUT', path, settings())
    await api(registry, admin, 'POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
    await api(registry, admin, 'POST', '/enzi/v0/accounts/acme/teams', { name: 'developers' })
    const link = '/enzi/v0/accounts/acme/teams/developers/groupLinkConfig'
    await api(registry, admin, 'PUT', link, { enableLink: true, groupName: 'engineers' })
  })

  const carolIs = (attributes: Record<string, string[]>): void => {
    provider.users.set('id-of-carol', { attributes: { uid: ['carol'], fullname: ['Carol of Acme'], ...attributes } })
  }

  /** Goes on at the provider, and lets its form lead back to the registry. */
  async function goOn(browser: Browser, page: Page, nameId: string): Promise<Page> {
    const answered = await browser.submit(page, { login: nameId })
    return answered.text.includes('SAMLResponse') ? browser.submit(answered, {}) : answered
  }

  async function signOn(nameId: string, browser = new Browser()): Promise<Page> {
    return goOn(browser, await browser.open(`${origin}/enzi/v0/saml/login`), nameId)
  }

  async function logIn(nameId: string): Promise<{ readonly token: string; readonly username: string }> {
    const page = await signOn(nameId)
    assert.equal(page.status, 200, page.text)
    const [, username = ''] = /Logged in as ([^<]+)</.exec(page.text) ?? []
    const [, token = ''] = /<code>(bws_[^<]+)<\/code>/.exec(page.text) ?? []
    return { token, username }
  }

  const ask = (token: string, where: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${origin}${where}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })

  const developers = async (): Promise<string[]> =>
    members
      .parse(await api(registry, admin, 'GET', '/enzi/v0/accounts/acme/teams/developers/members'))
      .members.map(({ member }) => member.name)

  test('the settings are tested before users depend on them', async () => {
    const good = z.object({ ok: z.boolean(), entityID: z.string(), acsURL: z.string() })
    const tested = good.parse(await api(registry, admin, 'POST', `${path}/test`, settings()))
    assert.deepEqual(tested, { ok: true, entityID: provider.entityId, acsURL: `${origin}/enzi/v0/saml/acs` })
    const wrong = { ...settings(), idpMetadataURL: `${origin}/enzi/v0/saml/metadata` }
    const failed = JSON.stringify(await api(registry, admin, 'POST', `${path}/test`, wrong))
    assert.match(failed, /"ok":false/)
    assert.match(failed, /there is no identity provider in the document/)
  })

  test('the first login makes an account with the names and the teams of the attributes, which Docker logs in as', async () => {
    const { token, username } = await logIn('id-of-carol')
    assert.equal(username, 'carol')
    const own = account.parse(await (await ask(token, '/enzi/v0/accounts/carol')).json())
    assert.deepEqual(own, { name: 'carol', fullName: 'Carol of Acme', isAdmin: false, isImported: true })
    assert.deepEqual(await developers(), ['carol'])
    const body = JSON.stringify({ tokenLabel: 'docker' })
    const made = await ask(token, '/api/v0/api_tokens?username=carol', { method: 'POST', body })
    const { token: password } = z.object({ token: z.string() }).parse(await made.json())
    const docker = await newDocker(await sharedEngine())
    const { exitCode, output } = await docker.logIn(registry, { name: 'carol', password })
    assert.equal(exitCode, 0, output)
  })

  test('a later login follows the attributes, and keeps the account when the name changes', async () => {
    carolIs({ uid: ['renamed'], 'member-of': ['others'], 'is-admin': ['yes'] })
    const { token, username } = await logIn('id-of-carol')
    assert.equal(username, 'carol')
    assert.equal((await ask(token, '/api/v0/meta/settings')).status, 200)
    assert.deepEqual(await developers(), [])
    carolIs({ 'member-of': ['engineers'], 'is-admin': ['false'] })
    const again = await logIn('id-of-carol')
    assert.equal((await ask(again.token, '/api/v0/meta/settings')).status, 403)
    assert.deepEqual(await developers(), ['carol'])
  })

  test('a name that is taken, and an ID that another user could have later, get no account', async () => {
    provider.users.set('id-of-alice', { attributes: { uid: ['alice'] } })
    const taken = await signOn('id-of-alice')
    assert.equal(taken.status, 403)
    assert.match(taken.text, /another user or an organization has it/)
    for (const [format, words] of [
      ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient', /another NameID at each login/],
      ['urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', /another user could have it later/],
    ] as const) {
      provider.users.set('id-of-dora', { format, attributes: { uid: ['dora'] } })
      const refused = await signOn('id-of-dora')
      assert.equal(refused.status, 403, refused.text)
      assert.match(refused.text, words)
    }
  })

  test('an answer counts once, and only in the browser that asked', async () => {
    const browser = new Browser()
    const answered = await browser.submit(await browser.open(`${origin}/enzi/v0/saml/login`), { login: 'id-of-carol' })
    const stolen = await new Browser().submit(answered, {})
    assert.equal(stolen.status, 400)
    assert.match(stolen.text, /did not begin in this browser/)
    assert.equal((await browser.submit(answered, {})).status, 200)
    assert.equal((await browser.submit(answered, {})).status, 400)
  })

  test('an answer counts once, also with the cookie of its login', async () => {
    const begun = await fetch(`${origin}/enzi/v0/saml/login`, { redirect: 'manual' })
    const [cookie = ''] = begun.headers.getSetCookie()
    assert.match(cookie, /SameSite=None/)
    assert.match(cookie, /HttpOnly/)
    const browser = new Browser()
    const page = await browser.open(begun.headers.get('location') ?? '')
    const answered = await browser.submit(page, { login: 'id-of-carol' })
    const body = new URLSearchParams()
    for (const [, name = '', value = ''] of answered.text.matchAll(/name="([^"]+)" value="([^"]+)"/g)) {
      body.set(name, value)
    }
    const post = () =>
      fetch(`${origin}/enzi/v0/saml/acs`, {
        method: 'POST',
        headers: { cookie: cookie.replace(/;.*/, ''), accept: 'application/json', origin: 'null' },
        body,
      })
    const first = await post()
    assert.equal(first.status, 200)
    assert.match(await first.text(), /"auth_token":"bws_/)
    const second = await post()
    assert.equal(second.status, 400)
    assert.match(await second.text(), /it was used before/)
  })

  test('administrators test, set and show the settings with the command, the metadata from a file too', async () => {
    const folder = await newFolder('saml-settings')
    const [file, metadata] = [join(folder, 'saml.json'), join(folder, 'idp.xml')]
    await writeFile(file, JSON.stringify({ ...settings(), idpMetadataURL: '' }))
    await writeFile(metadata, await (await fetch(provider.metadataUrl)).text())
    const as = { XDG_CONFIG_HOME: folder, BREAKWATER_USER: admin.name, BREAKWATER_PASSWORD: admin.password }
    const env = { ...as, BREAKWATER_URL: origin }
    const saml = async (...args: readonly string[]) =>
      (await start(process.execPath, [script, 'identity', 'saml', ...args], { cwd: root, env })).outcome
    const missing = await saml('test', file)
    assert.notEqual(missing.exitCode, 0)
    assert.match(missing.output, /idpMetadataURL: it is needed/)
    const tested = await saml('test', file, '--metadata', metadata)
    assert.equal(tested.exitCode, 0, tested.output)
    assert.ok(tested.output.includes(`${origin}/enzi/v0/saml/acs`), tested.output)
    const set = await saml('set', file, '--metadata', metadata)
    assert.match(set.output, /Users log in by SAML/)
    assert.equal((await logIn('id-of-carol')).username, 'carol')
    const shown = await saml('show')
    assert.match(shown.output, /usernameAttribute\W+uid/)
    await api(registry, admin, 'PUT', path, settings())
  })

  test('no page of another site may send anything but this form', async () => {
    const headers = { origin: provider.entityId.replace('/metadata', ''), 'content-type': 'application/json' }
    const response = await fetch(`${origin}/enzi/v0/sso/device`, { method: 'POST', headers, body: '{}' })
    assert.equal(response.status, 403)
  })

  test('the command logs in with a browser, and links an account that has a password', async () => {
    const env = {
      XDG_CONFIG_HOME: await newFolder('saml-profiles'),
      BREAKWATER_URL: origin,
      BREAKWATER_USER: alice.name,
      BREAKWATER_PASSWORD: alice.password,
    }
    const linking = await start(process.execPath, [script, 'identity', 'link'], { cwd: root, env })
    await until('the address', 60, () => /http:\S+\/saml\/login\S+/.test(linking.output()))
    const [url = ''] = /http:\S+\/saml\/login\S+/.exec(linking.output()) ?? []
    const browser = new Browser()
    await goOn(browser, await browser.open(url), 'id-of-alice')
    const { exitCode, output } = await linking.outcome
    assert.equal(exitCode, 0, output)
    assert.match(output, /alice logs in as alice of saml:http/)
    assert.equal((await logIn('id-of-alice')).username, 'alice')
  })

  test('logins end when they are turned off', async () => {
    await api(registry, admin, 'PUT', path, { ...settings(), enabled: false })
    const off = await attemptApi(registry, admin, 'GET', '/enzi/v0/sso')
    assert.equal(off.status, 404)
    const page = await new Browser().open(`${origin}/enzi/v0/saml/login`)
    assert.equal(page.status, 404)
    assert.match(page.text, /there are no logins by SAML here/i)
  })
})
