import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { before, describe, test } from 'node:test'
import type { MutableResponse, MutableToken } from 'oauth2-mock-server'
import { api } from './support/api.ts'
import { Browser, type Page } from './support/browser.ts'
import { startHostileProvider, type HostileProvider } from './support/hostile-provider.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { admin } from './support/users.ts'

const idTokenOf = ({ body }: MutableResponse): string => (body === '' ? '' : String(body['id_token']))

/** Takes the signature of a token away, and says so in its head. */
function unsigned(token: string): string {
  const [, payload = ''] = token.split('.')
  return `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')}.${payload}.`
}

describe('Single sign-on at a hostile provider', () => {
  let registry: Registry
  let origin: string
  let provider: HostileProvider

  before(async () => {
    registry = await newRegistry()
    origin = `http://${registry.host}`
    await api(registry, admin, 'POST', '/api/v0/meta/settings', { publicOrigin: origin })
    provider = await startHostileProvider()
    await use(provider)
  })

  async function use({ issuer }: HostileProvider): Promise<void> {
    const settings = { enabled: true, issuer, clientID: 'breakwater', clientSecret: 'secret', usernameClaim: 'sub' }
    await api(registry, admin, 'PUT', '/enzi/v0/config/auth/oidc', { ...settings, fullNameClaim: '' })
  }

  const logIn = (): Promise<Page> => new Browser().open(`${origin}/auth/oidc/login`)

  test('a login at a provider that behaves works', async () => {
    const { status, text } = await logIn()
    assert.equal(status, 200, text)
    assert.match(text, /Logged in as johndoe/)
  })

  const seconds = Math.floor(Date.now() / 1000)
  const forgeries: Record<string, (token: MutableToken) => void> = {
    'that has expired': ({ payload }) => Object.assign(payload, { iat: seconds - 400, exp: seconds - 300 }),
    'for another registry': ({ payload }) => Object.assign(payload, { aud: 'another' }),
    'of another issuer': ({ payload }) => Object.assign(payload, { iss: 'https://evil.example.com' }),
    'of another login': ({ payload }) => Object.assign(payload, { nonce: 'another' }),
    'made for another client': ({ payload }) => Object.assign(payload, { azp: 'another' }),
    'of a key that is not published': ({ header }) => Object.assign(header, { kid: 'another' }),
    'of the future': ({ payload }) =>
      Object.assign(payload, { iat: seconds + 9000, nbf: seconds + 9000, exp: seconds + 9999 }),
  }
  for (const [what, forge] of Object.entries(forgeries)) {
    test(`a token ${what} is refused`, async () => {
      provider.forge(forge)
      const { status, text } = await logIn()
      provider.behave()
      assert.ok(status === 400 || status === 503, `${status} ${text}`)
      assert.match(text, /cannot be trusted|not one of OpenID Connect/)
    })
  }

  const changes: Record<string, (token: string) => string> = {
    'without a signature': unsigned,
    'whose signature is another': (token) => `${token.slice(0, -8)}AAAAAAAA`,
    'that is none': () => 'not a token',
    'that is missing': () => '',
  }
  for (const [what, change] of Object.entries(changes)) {
    test(`a token ${what} is refused`, async () => {
      provider.answer((response) => Object.assign(response.body, { id_token: change(idTokenOf(response)) }))
      const { status, text } = await logIn()
      provider.behave()
      assert.ok(status === 400 || status === 503, `${status} ${text}`)
      assert.match(text, /cannot be trusted|not one of OpenID Connect/)
    })
  }

  test('a token of an earlier login is refused', async () => {
    let earlier = ''
    provider.answer((response) => {
      earlier = idTokenOf(response)
    })
    assert.equal((await logIn()).status, 200)
    provider.behave()
    provider.answer((response) => Object.assign(response.body, { id_token: earlier }))
    const { status, text } = await logIn()
    provider.behave()
    assert.ok(status === 400 || status === 503, `${status} ${text}`)
  })

  const keySets: Record<string, readonly [(response: ServerResponse) => void, RegExp]> = {
    huge: [
      (response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' })
        response.write('{"keys":[')
        const more = (): void => {
          while (!response.destroyed && response.write(`${JSON.stringify({ kty: 'RSA', n: 'A'.repeat(8192) })},`));
        }
        response.on('drain', more)
        more()
      },
      /more than \d+ bytes/,
    ],
    slow: [(response) => void response.writeHead(200).write(' '), /did not answer within 5 seconds/],
    gone: [(response) => void response.writeHead(410).end(), /status 410/],
    elsewhere: [
      (response) => void response.writeHead(302, { Location: 'http://169.254.169.254/' }).end(),
      /answered with a redirect/,
    ],
    'no JSON': [(response) => void response.writeHead(200).end('<html>'), /JSON that cannot be used/],
  }
  for (const [what, [answer, said]] of Object.entries(keySets)) {
    test(`a key set that is ${what} ends the login in time, and says so`, async () => {
      await use(await startHostileProvider(answer))
      const begin = performance.now()
      const { status, text } = await logIn()
      assert.ok(performance.now() - begin < 10_000)
      assert.equal(status, 503, text)
      assert.match(text, said)
      await use(provider)
    })
  }

  test('a provider that changes its key is asked again, after a minute at most', { timeout: 120_000 }, async () => {
    const rotating = await startHostileProvider()
    // The name of a user at one provider is taken for those of another.
    rotating.forge(({ payload }) => Object.assign(payload, { sub: 'rotated' }))
    await use(rotating)
    assert.equal((await logIn()).status, 200)
    await rotating.rotate()
    const until = Date.now() + 90_000
    let page = await logIn()
    assert.notEqual(page.status, 200)
    while (page.status !== 200 && Date.now() < until) {
      assert.match(page.text, /a key that the provider does not publish/)
      await new Promise((resolve) => setTimeout(resolve, 5000))
      page = await logIn()
    }
    assert.equal(page.status, 200, page.text)
  })

  test('the password of the administrator opens the registry, whatever the provider does', async () => {
    await api(registry, admin, 'GET', '/enzi/v0/config/auth/oidc')
  })
})
