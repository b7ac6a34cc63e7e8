import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { longestAuthorization, longestRepositoryName, mostScopes } from '../../src/limits.ts'
import { header, host, origin, problemOf, send, withPassword, withToken, type Send } from '../support/client.ts'
import { countRows } from '../support/content.ts'
import { anAccount } from '../support/people.ts'

const password = 'password of alice'
const alice = withPassword('alice', password)

beforeEach(() => anAccount('alice', password))

interface TokenAnswer {
  readonly token: string
  readonly access_token: string
  readonly expires_in: number
  readonly issued_at: string
  readonly scope: string
}

async function ask(client: Send, ...scopes: string[]): Promise<TokenAnswer> {
  const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('')
  const response = await client('GET', `/auth/token?service=${host}${query}`)
  expect(response.status).toBe(200)
  return response.json<TokenAnswer>()
}

const accessOf = ({ token }: { token: string }) => decodeJwt(token)['access']
const form = (fields: Record<string, string>) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})

describe('the challenge', () => {
  it('leads to the token endpoint, and names the scope of what was tried', async () => {
    const ping = await send('GET', '/v2/')
    expect(ping.status).toBe(401)
    expect(header(ping, 'www-authenticate')).toBe(`Bearer realm="${origin}/auth/token",service="${host}"`)
    expect(header(ping, 'docker-distribution-api-version')).toBe('registry/2.0')
    const pull = await send('GET', '/v2/alice/app/manifests/latest')
    expect(pull.status).toBe(401)
    expect(header(pull, 'www-authenticate')).toBe(
      `Bearer realm="${origin}/auth/token",service="${host}",scope="repository:alice/app:pull"`,
    )
    const push = await send('POST', '/v2/alice/app/blobs/uploads/')
    expect(header(push, 'www-authenticate')).toContain('scope="repository:alice/app:pull,push"')
    expect((await problemOf(push)).code).toBe('UNAUTHORIZED')
  })

  it('answers HEAD with a status and headers alone', async () => {
    const response = await send('HEAD', '/v2/alice/app/manifests/latest')
    expect(response.status).toBe(401)
    expect(response.headers.has('www-authenticate')).toBe(true)
    expect(await response.text()).toBe('')
  })

  it('says insufficient_scope to a token that grants too little, with 401 and never 403', async () => {
    const client = withToken((await ask(alice, 'repository:bob/app:pull,push')).token)
    const response = await client('POST', '/v2/bob/app/blobs/uploads/')
    expect(response.status).toBe(401)
    expect(header(response, 'www-authenticate')).toContain(
      'error="insufficient_scope",error_description="alice may not push to bob/app: ask',
    )
    const { code, message } = await problemOf(response)
    expect(code).toBe('DENIED')
    expect(message).toContain('alice may not push to bob/app')
  })
})

describe('a token by GET', () => {
  it('opens what it was granted, and has all that clients look for', async () => {
    const answer = await ask(alice, 'repository:alice/app:pull,push')
    expect(answer.token).toBe(answer.access_token)
    expect(answer.expires_in).toBe(300)
    expect(new Date(answer.issued_at).toISOString()).toBe(answer.issued_at)
    expect(decodeJwt(answer.token)).toMatchObject({ sub: 'alice', aud: host })
    expect((await withToken(answer.token)('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(202)
  })

  it('without a scope opens /v2/, which is how clients log in', async () => {
    const { token } = await ask(alice)
    expect(accessOf({ token })).toEqual([])
    expect((await withToken(token)('GET', '/v2/')).status).toBe(200)
    expect((await withToken(token)('GET', '/v2')).status).toBe(200)
  })

  it('unites the scopes, and grants a subset without an error', async () => {
    const answer = await ask(
      alice,
      'repository:alice/app:pull',
      'repository:alice/app:pull,push repository:bob/app:pull',
      'repository:user/image:pull',
      'nonsense',
    )
    expect(accessOf(answer)).toMatchObject([{ type: 'repository', name: 'alice/app', actions: ['pull', 'push'] }])
  })

  it('is issued to anonymous callers, and grants them nothing', async () => {
    const answer = await ask(send, 'repository:alice/app:pull')
    expect(accessOf(answer)).toEqual([])
    expect((await withToken(answer.token)('GET', '/v2/')).status).toBe(200)
    const pull = await withToken(answer.token)('GET', '/v2/alice/app/manifests/latest')
    expect(pull.status).toBe(401)
    expect((await problemOf(pull)).message).toContain('run "docker login registry.test" first')
  })

  it('is refused for wrong credentials, the same for a wrong password and an unknown user', async () => {
    const answers = [
      await withPassword('alice', 'wrong')('GET', '/auth/token'),
      await withPassword('nobody', password)('GET', '/auth/token'),
      await withPassword('NOT A NAME', password)('GET', '/auth/token'),
      await withPassword('', '')('GET', '/auth/token'),
    ]
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(new Set(bodies).size).toBe(1)
    expect(bodies[0]).toContain('wrong username or password')
    expect(bodies[0]).not.toContain('alice')
  })

  for (const authorization of [
    'Basic',
    'Basic !',
    `Basic ${btoa('no colon')}`,
    `Basic ${btoa('\xff:\xff')}`,
    'Digest x',
    'Bearer x',
  ]) {
    it(`is refused for the credentials "${authorization}"`, async () => {
      expect((await send('GET', '/auth/token', { headers: { authorization } })).status).toBe(401)
      expect((await send('GET', '/v2/', { headers: { authorization } })).status).toBe(401)
    })
  }
})

describe('the Authorization header', () => {
  it('holds the token of as many scopes as one may have, with the longest names, and not a character more', async () => {
    const names = Array.from(
      { length: mostScopes },
      (_, at) => `alice/${'x'.repeat(longestRepositoryName - 10)}${1000 + at}`,
    )
    const { token } = await ask(alice, ...names.map((name) => `repository:${name}:pull,push,delete`))
    expect(accessOf({ token })).toHaveLength(mostScopes)
    expect(`Bearer ${token}`.length).toBeLessThanOrEqual(longestAuthorization)
    const ofLength = (length: number): Promise<Response> =>
      send('GET', '/v2/', { headers: { authorization: `Bearer${token.padStart(length - 'Bearer'.length)}` } })
    expect((await ofLength(longestAuthorization)).status).toBe(200)
    expect((await ofLength(longestAuthorization + 1)).status).toBe(401)
  })

  it('is refused with a password when it is too long, and the password is not looked at', async () => {
    const authorization = `Basic ${btoa(`alice:${password}`)}`
    const padded = authorization.replace(' ', ' '.repeat(longestAuthorization))
    for (const path of ['/v2/', '/auth/token', '/enzi/v0/accounts']) {
      expect((await send('GET', path, { headers: { authorization } })).status).not.toBe(401)
      expect((await send('GET', path, { headers: { authorization: padded } })).status).toBe(401)
    }
    expect(await countRows('login_failures')).toBe(0)
  })
})

describe('a token by POST (OAuth2)', () => {
  const fields = { grant_type: 'password', service: host, client_id: 'test', username: 'alice', password }

  it('is given for a password, and names what was granted', async () => {
    const scope = 'repository:alice/app:pull,push repository:bob/app:pull'
    const response = await send('POST', '/auth/token', form({ ...fields, scope }))
    expect(response.status).toBe(200)
    const answer = await response.json<TokenAnswer>()
    expect(answer.scope).toBe('repository:alice/app:pull,push')
    expect((await withToken(answer.access_token)('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(202)
  })

  it('is refused with JSON for what is wrong or missing', async () => {
    const table = [
      [{ ...fields, password: 'wrong' }, 401],
      [{ ...fields, grant_type: 'refresh_token' }, 400],
      [{ grant_type: 'password' }, 400],
      [{}, 400],
    ] as const
    for (const [sent, status] of table) {
      const response = await send('POST', '/auth/token', form(sent))
      expect(response.status).toBe(status)
      expect(await response.json()).toHaveProperty('errors')
    }
  })

  it('unites the scopes of a form that repeats them', async () => {
    const body = `${new URLSearchParams(fields).toString()}&scope=repository:alice/a:pull&scope=repository:alice/b:push`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await send('POST', '/auth/token', { headers, body })
    expect((await response.json<TokenAnswer>()).scope).toBe('repository:alice/a:pull repository:alice/b:pull,push')
    expect(header(response, 'cache-control')).toBe('no-store')
  })

  it('refuses a form without end', async () => {
    expect((await send('POST', '/auth/token', form({ ...fields, scope: 'x'.repeat(100_000) }))).status).toBe(400)
  })
})

describe('a login', () => {
  it('renews a password hash that was made with weaker parameters', async () => {
    const weak = '$argon2id$v=19$m=64,t=1,p=1$1qnaCaH1tTDbUTX1cYhgng$0bKR89H4PwbvkSOmdbhJe/5jI28QMdmQqpOBQMXYmpI'
    await env.DB.prepare('UPDATE accounts SET password_hash = ?').bind(weak).run()
    expect((await withPassword('alice', 'wrong')('GET', '/auth/token')).status).toBe(401)
    expect(await env.DB.prepare('SELECT password_hash FROM accounts').first('password_hash')).toBe(weak)
    expect((await withPassword('alice', 'password')('GET', '/auth/token')).status).toBe(200)
    expect(await env.DB.prepare('SELECT password_hash FROM accounts').first('password_hash')).toContain('m=19456')
    expect((await withPassword('alice', 'password')('GET', '/auth/token')).status).toBe(200)
  })

  it('is refused to an account that was deactivated', async () => {
    await env.DB.prepare('UPDATE accounts SET is_active = 0').run()
    expect((await alice('GET', '/auth/token')).status).toBe(401)
    expect((await alice('GET', '/v2/')).status).toBe(401)
  })
})

describe('Basic credentials', () => {
  it('are accepted wherever a token is', async () => {
    expect((await alice('GET', '/v2/')).status).toBe(200)
    expect((await alice('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(202)
  })

  it('are refused with 403 where no token would do either', async () => {
    const response = await alice('POST', '/v2/bob/app/blobs/uploads/')
    expect(response.status).toBe(403)
    expect((await problemOf(response)).code).toBe('DENIED')
  })

  it('let a user mount what they may read, without naming where it is', async () => {
    const start = await alice('POST', '/v2/alice/app/blobs/uploads/')
    const digest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect((await alice('PUT', `${header(start, 'location')}?digest=${digest}`)).status).toBe(201)
    expect((await alice('POST', `/v2/alice/other/blobs/uploads/?mount=${digest}`)).status).toBe(201)
    await anAccount('bob', 'password of bob')
    const bob = withPassword('bob', 'password of bob')
    expect((await bob('POST', `/v2/bob/app/blobs/uploads/?mount=${digest}`)).status).toBe(202)
    expect((await bob('POST', `/v2/bob/app/blobs/uploads/?mount=${digest}&from=alice/app`)).status).toBe(202)
  })
})
