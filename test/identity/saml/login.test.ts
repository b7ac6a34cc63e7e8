/** Logins by SAML under DTR's paths, and the settings that they follow. */
import { base64 } from '@scure/base'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { send, type Sending } from '../../support/client.ts'
import { events } from '../../support/events.ts'
import { aPerson, type Person } from '../../support/people.ts'
import {
  aSamlKey,
  encoded,
  entityId,
  metadataWith,
  responseOf,
  signed,
  ssoUrl,
  type Said,
  type SamlKey,
} from '../support/saml-provider.ts'

const path = '/enzi/v0/config/auth/saml'
const origin = 'https://registry.example.com'
let key: SamlKey
let root: Person

beforeAll(async () => {
  key = await aSamlKey()
})

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

const store = (settings: object = {}): Promise<Response> =>
  root.ask('PUT', path, { enabled: true, idpMetadata: metadataWith(key), usernameAttribute: 'uid', ...settings })

const nameOrigin = (publicOrigin: string): Promise<Response> =>
  root.ask('POST', '/api/v0/meta/settings', { publicOrigin })

async function readyForLogins(settings: object = {}): Promise<void> {
  await nameOrigin(origin)
  const stored = await store(settings)
  expect(stored.status, await stored.clone().text()).toBe(200)
}

/** A login that a browser has begun. */
async function begin(query = '') {
  const begun = await send('GET', `/enzi/v0/saml/login${query}`)
  const url = new URL(begun.headers.get('location') ?? '')
  const deflated = Uint8Array.from(base64.decode(url.searchParams.get('SAMLRequest') ?? ''))
  const request = await new Response(
    new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw')),
  ).text()
  const [, requestId = ''] = /\bID="([^"]+)"/.exec(request) ?? []
  const setCookie = begun.headers.get('set-cookie') ?? ''
  const state = url.searchParams.get('RelayState') ?? ''
  return { url, request, requestId, state, setCookie, cookie: setCookie.replace(/;.*/, '') }
}

type Begun = Awaited<ReturnType<typeof begin>>

function answer({ requestId, state, cookie }: Begun, changes: Partial<Said> = {}, by = key): Promise<Response> {
  const said = { origin, requestId, now: Date.now(), attributes: { uid: ['carol'] }, ...changes }
  const fields = { SAMLResponse: encoded(signed(by, responseOf(said))), RelayState: state }
  return post(fields, { cookie, origin: 'https://idp.example.com', 'sec-fetch-site': 'cross-site' })
}

function post(fields: Record<string, string>, headers: Sending['headers'] = {}): Promise<Response> {
  const body = new URLSearchParams(fields).toString()
  const own = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
  return send('POST', '/enzi/v0/saml/acs', { body, headers: { ...own, ...headers } })
}

describe('the metadata of the registry', () => {
  it('have its public origin, whatever the Host header says, and need one', async () => {
    expect((await send('GET', '/enzi/v0/saml/metadata')).status).toBe(503)
    await nameOrigin(origin)
    const response = await send('GET', '/enzi/v0/saml/metadata', { headers: { host: 'evil.example.com' } })
    expect(response.headers.get('content-type')).toBe('application/samlmetadata+xml')
    const text = await response.text()
    expect(text).toContain(`entityID="${origin}/enzi/v0/saml/metadata"`)
    expect(text).toContain(`Location="${origin}/enzi/v0/saml/acs"`)
    expect(text).not.toContain('evil')
  })
})

describe('a login', () => {
  it('asks the provider with a request that names the registry and where to answer', async () => {
    await readyForLogins()
    const { url, request, setCookie } = await begin()
    expect(url.href.startsWith(ssoUrl)).toBe(true)
    expect(request).toContain(`Destination="${ssoUrl}"`)
    expect(request).toContain(`AssertionConsumerServiceURL="${origin}/enzi/v0/saml/acs"`)
    expect(request).toContain('nameid-format:persistent')
    expect(setCookie).toMatch(/^__Host-breakwater-saml=.*; HttpOnly; Secure; SameSite=None$/)
  })

  it('ends with a session, also for the form of a page of another site', async () => {
    await readyForLogins()
    const response = await answer(await begin())
    const text = await response.text()
    expect(response.status, text).toBe(200)
    const { auth_token: token, username } = JSON.parse(text) as { auth_token: string; username: string }
    expect(username).toBe('carol')
    const own = await send('GET', '/enzi/v0/accounts/carol/identities', {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await own.json()).toMatchObject({ identities: [{ provider: `saml:${entityId}`, subject: 'id-of-carol' }] })
  })

  it('counts once', async () => {
    await readyForLogins()
    const begun = await begin()
    expect((await answer(begun)).status).toBe(200)
    const again = await answer(begun)
    expect(again.status).toBe(400)
    expect(await again.text()).toContain('it was used before')
  })

  it('is refused in another browser, for another request, and when the provider began it', async () => {
    await readyForLogins()
    const [mine, theirs] = [await begin(), await begin()]
    for (const begun of [
      { ...mine, cookie: '' },
      { ...mine, cookie: theirs.cookie },
      { ...mine, state: '' },
    ]) {
      const refused = await answer(begun)
      expect(refused.status).toBe(400)
      expect(await refused.text()).toContain('SSO_LOGIN_LOST')
    }
    const swapped = await answer({ ...mine, requestId: theirs.requestId })
    expect(await swapped.text()).toContain('it is no answer to the login that began in this browser')
  })

  it('by an unknown key is refused, counted and told of', async () => {
    await readyForLogins()
    const refused = await answer(await begin(), {}, await aSamlKey())
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('by a key that is not in the metadata')
    const [event] = await events("type = 'FAIL' AND object_type = 'login'")
    expect(event?.content).toMatchObject({ reason: 'saml-response-refused' })
  })

  it('of a provider that has become another one opens no session for a command', async () => {
    await readyForLogins()
    const challenge = 'a'.repeat(43)
    const response = await answer(await begin(`?port=5001&state=s&purpose=login&challenge=${challenge}`))
    const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
    await store({ idpMetadata: metadataWith(key).replace(entityId, 'https://other.example.com') })
    const body = JSON.stringify({ code, verifier: 'wrong' })
    const redeemed = await send('POST', '/enzi/v0/sso/token', { body, headers: { 'content-type': 'application/json' } })
    expect(redeemed.status).toBe(400)
  })

  it('is off until it is set up, and commands use OpenID Connect where both are on', async () => {
    await nameOrigin('http://localhost:5000')
    const off = await send('GET', '/enzi/v0/saml/login')
    expect([off.status, await off.text()]).toEqual([404, expect.stringContaining('SSO_OFF')])
    await store()
    const way = async () => JSON.stringify(await (await send('GET', '/enzi/v0/sso')).json())
    expect(await way()).toContain('http://localhost:5000/enzi/v0/saml/login')
    const provider = { issuer: 'https://login.example.com', clientID: 'b', clientSecret: 's', enabled: true }
    await root.ask('PUT', '/enzi/v0/config/auth/oidc', provider)
    expect(await way()).toContain('http://localhost:5000/auth/oidc/login')
  })
})

describe('the settings', () => {
  it.each<readonly [object, string]>([
    [{ rootCerts: '-----BEGIN CERTIFICATE-----' }, 'leave rootCerts empty'],
    [{ tlsSkipVerify: true }, 'set tlsSkipVerify to false'],
    [{ idpMetadataURL: 'http://idp.example.com/metadata', idpMetadata: '' }, 'begins with https://'],
    [{ idpMetadata: '' }, 'idpMetadataURL: it is needed'],
    [{ idpMetadataURL: 'https://idp.example.com/metadata' }, 'leave it empty'],
    [{ idpMetadata: '<a/>' }, 'there is no identity provider in the document'],
    [{ spHost: 'other.example.com' }, 'the host of publicOrigin'],
    [{ nameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }, 'another one at each login'],
    [{ requiredAttribute: 'department' }, 'requiredValue'],
    [{ unknown: true }, 'unknown'],
  ])('refuse %j with what to do', async (changes, words) => {
    await nameOrigin(origin)
    const refused = await store(changes)
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(words)])
  })

  it('take what DTR sent, and their event does not repeat the metadata', async () => {
    await nameOrigin(origin)
    const dtr = {
      enabled: true,
      idpMetadataURL: 'https://idp.example.com/metadata',
      spHost: 'registry.example.com',
      rootCerts: '',
      tlsSkipVerify: false,
    }
    const stored = await root.ask('PUT', path, dtr)
    expect(await stored.json()).toMatchObject({ ...dtr, groupsAttribute: 'member-of', adminAttribute: 'is-admin' })
    await store()
    expect(await (await root.ask('GET', path)).json()).toMatchObject({ idpMetadata: metadataWith(key) })
    expect(JSON.stringify(await events("object_id = 'saml'"))).not.toContain('EntityDescriptor')
  })
})
