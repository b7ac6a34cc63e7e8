/** CI jobs that show a token of their issuer, over HTTP: what they get, and which tokens get nothing. */
import { env } from 'cloudflare:workers'
import { base64url, decodeJwt, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { largestIssuerAnswerBytes, longestWorkloadToken } from '../../../src/limits.ts'
import { host, problemOf, send, withPassword, withToken, type Send } from '../../support/client.ts'
import { json, pushBlob } from '../../support/content.ts'
import { anOrganization, aPerson, aRepository, type Person } from '../../support/people.ts'
import { answerForIssuers, anIssuer, type Issuer } from '../support/issuer.ts'

let root: Person
let issuer: Issuer

const rules = '/api/v0/workloadRules'

async function aRule(name: string, fields: object = {}): Promise<void> {
  const body = {
    issuer: issuer.url,
    condition: 'claims.project_id == "7"',
    repositories: ['acme/app'],
    level: 'read-write',
  }
  const answer = await root.ask('PUT', `${rules}/${name}`, { ...body, ...fields })
  expect(answer.status, await answer.clone().text()).toBeLessThan(300)
}

beforeEach(async () => {
  answerForIssuers()
  issuer = await anIssuer()
  root = await aPerson('root', { isAdmin: true })
  await anOrganization('acme')
  for (const name of ['acme/app', 'acme/other']) await aRepository(name)
  await aRule('deploy')
})

afterEach(() => vi.restoreAllMocks())

const job = { project_id: '7', ref: 'main' }
const wanted = 'repository:acme/app:pull,push'

const from = (address: string): Record<string, string> => ({ 'cf-connecting-ip': address })

/** `docker login`, and each scope of a push. */
const asPassword = (token: string, scope = wanted, headers: Record<string, string> = {}): Promise<Response> =>
  withPassword('_oidc', token)('GET', `/auth/token?service=${host}&scope=${encodeURIComponent(scope)}`, { headers })

const formOf = (fields: Record<string, string>) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})
const exchange = (token: string, scope = wanted, type = 'urn:ietf:params:oauth:token-type:jwt'): Promise<Response> =>
  send(
    'POST',
    '/auth/token',
    formOf({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: type,
      scope,
    }),
  )

async function tokenIn(answer: Response): Promise<string> {
  expect(answer.status, await answer.clone().text()).toBe(200)
  const { access_token: token } = await answer.json<{ access_token: string }>()
  return token
}

const clientFor = async (claims: Record<string, unknown> = job, scope = wanted): Promise<Send> =>
  withToken(await tokenIn(await asPassword(await issuer.sign(claims), scope)))

/** The reason of a refusal with 401. */
async function refusalOf(answer: Response): Promise<string> {
  expect(answer.status, await answer.clone().text()).toBe(401)
  return (await problemOf(answer)).message
}

const emptyIndex = json({ schemaVersion: 2, manifests: [] })
const push = (client: Send, repository = 'acme/app', tag = 'v1'): Promise<Response> =>
  client('PUT', `/v2/${repository}/manifests/${tag}`, { body: emptyIndex })

interface StoredEvent {
  readonly actor: string
  readonly type: string
  readonly object_type: string
  readonly content: string
}
const eventsOf = async (type: string): Promise<StoredEvent[]> =>
  (
    await env.DB.prepare('SELECT actor, type, object_type, content FROM events WHERE object_type = ?')
      .bind(type)
      .all<StoredEvent>()
  ).results

describe('a job with a token of its issuer', () => {
  it('logs in as docker does, pushes, and pulls what it pushed', async () => {
    const token = await issuer.sign(job)
    const login = withToken(await tokenIn(await asPassword(token, '')))
    expect((await login('GET', '/v2/')).status).toBe(200)
    const client = withToken(await tokenIn(await asPassword(token)))
    await pushBlob(client, 'acme/app', Uint8Array.from(new TextEncoder().encode('a layer')))
    expect((await push(client)).status).toBe(201)
    const again = withToken(await tokenIn(await asPassword(token, 'repository:acme/app:pull')))
    expect((await again('GET', '/v2/acme/app/manifests/v1')).status).toBe(200)
  })

  it('logs in by the form that containerd sends', async () => {
    const fields = { grant_type: 'password', service: host, client_id: 'containerd', username: '_oidc', scope: wanted }
    const answer = await send('POST', '/auth/token', formOf({ ...fields, password: await issuer.sign(job) }))
    expect(await answer.json()).toMatchObject({ scope: wanted })
  })

  it('exchanges it once (RFC 8693)', async () => {
    const token = await issuer.sign(job)
    const answer = await exchange(token)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = await answer.json<{ access_token: string; expires_in: number }>()
    expect(body).toMatchObject({
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      scope: wanted,
    })
    expect(body).not.toHaveProperty('refresh_token')
    expect((await push(withToken(body.access_token))).status).toBe(201)
    expect(await refusalOf(await exchange(token))).toContain('it was used before')
    expect(await refusalOf(await asPassword(token))).toContain('it was used before')
  })

  it('gets a registry token that ends with the token that it showed', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    const token = await tokenIn(await asPassword(await issuer.sign({ ...job, exp })))
    const { exp: end = 0, sub } = decodeJwt(token)
    expect(end).toBeLessThanOrEqual(exp)
    expect(sub).toBe('ci:deploy')
  })

  it('is told by events under the name of its rule, once for each token, with its claims', async () => {
    const token = await issuer.sign({
      ...job,
      sub: 'project:7',
      secret: 'no claim that events tell',
      ref: 'x'.repeat(1000),
    })
    for (const scope of ['', wanted]) await tokenIn(await asPassword(token, scope))
    const [event, ...more] = await eventsOf('workload')
    expect(more).toEqual([])
    expect(event).toMatchObject({ actor: 'ci:deploy', type: 'CREATE' })
    const content = JSON.parse(event?.content ?? '')
    expect(content).toMatchObject({
      issuer: issuer.url,
      rules: ['deploy'],
      claims: { sub: 'project:7', project_id: '7' },
    })
    expect(content.claims.ref).toHaveLength(300)
    expect(JSON.stringify(content)).not.toContain('no claim that events tell')
    expect((await push(await clientFor())).status).toBe(201)
    expect((await eventsOf('tag')).map(({ actor }) => actor)).toEqual(['ci:deploy'])
  })

  it('comes again from its network alone', async () => {
    const token = await issuer.sign(job)
    for (const address of ['192.0.2.1', '192.0.2.1']) await tokenIn(await asPassword(token, wanted, from(address)))
    expect(await refusalOf(await asPassword(token, wanted, from('192.0.2.2')))).toContain('another network')
    await aRule('deploy', { anyNetwork: true })
    const other = await issuer.sign(job)
    for (const address of ['192.0.2.1', '192.0.2.2']) await tokenIn(await asPassword(other, wanted, from(address)))
  })

  it('has one use also without an id of the token', async () => {
    const token = await issuer.sign({ ...job, jti: undefined })
    await tokenIn(await exchange(token))
    expect(await refusalOf(await exchange(token))).toContain('it was used before')
    await tokenIn(await exchange(await issuer.sign({ ...job, jti: undefined, run: 2 })))
  })
})

describe('the token of a job reaches', () => {
  it('no other repository, no list, no upload elsewhere and no deletion by a read-only rule', async () => {
    await aRule('deploy', { level: 'read-only' })
    const scope = `${wanted} repository:acme/other:pull registry:catalog:* repository:acme/app:*`
    const client = await clientFor(job, scope)
    expect((await client('GET', '/v2/acme/app/tags/list')).status).toBe(200)
    for (const [method, path] of [
      ['GET', '/v2/acme/other/tags/list'],
      ['GET', '/v2/_catalog'],
      ['POST', '/v2/acme/app/blobs/uploads/'],
      ['POST', '/v2/acme/other/blobs/uploads/'],
      ['DELETE', `/v2/acme/app/manifests/sha256:${'a'.repeat(64)}`],
    ] as const) {
      expect((await client(method, path)).status, path).toBe(401)
    }
  })

  it('nothing of the administrative API, neither itself nor what it was exchanged for', async () => {
    const token = await issuer.sign(job)
    const clients = [await clientFor(), withPassword('_oidc', token), withToken(token)]
    for (const client of clients) {
      for (const path of ['/api/v0/repositories', rules, '/enzi/v0/accounts', '/api/v0/meta/settings']) {
        expect((await client('GET', path)).status, path).toBe(401)
      }
    }
    expect((await withPassword('_oidc', token)('GET', '/v2/')).status).toBe(401)
    expect((await withToken(token)('GET', '/v2/')).status).toBe(401)
  })

  it('no session', async () => {
    const body = JSON.stringify({ username: '_oidc', password: await issuer.sign(job) })
    const answer = await send('POST', '/auth/login', { headers: { 'content-type': 'application/json' }, body })
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  it('no repository that does not exist', async () => {
    await aRule('deploy', { repositories: ['acme/*'] })
    expect((await push(await clientFor(job, 'repository:acme/new:pull,push'), 'acme/new')).status).toBe(401)
  })

  it('all that the rules that match open together', async () => {
    await aRule('all', { repositories: ['acme/*'], level: 'read-only' })
    const client = await clientFor(job, `${wanted} repository:acme/other:pull,push`)
    expect((await push(client)).status).toBe(201)
    expect((await client('GET', '/v2/acme/other/tags/list')).status).toBe(200)
    expect((await push(client, 'acme/other')).status).toBe(401)
  })
})

describe('in the middle of a push', () => {
  it.each([
    ['a rule is deleted', () => root.ask('DELETE', `${rules}/deploy`)],
    ['a rule is disabled', async () => aRule('deploy', { enabled: false })],
    ['a rule is changed', async () => aRule('deploy', { level: 'read-only' })],
  ])('%s: the push ends', async (_, change) => {
    const client = await clientFor()
    const started = await client('POST', '/v2/acme/app/blobs/uploads/')
    const location = started.headers.get('location') ?? ''
    expect((await client('PATCH', location, { body: 'half' })).status).toBe(202)
    await change()
    const chunk = await client('PATCH', location, { body: ' of a layer' })
    expect(chunk.status).toBe(401)
    const refused = await push(client)
    expect(refused.status).toBe(401)
    expect((await problemOf(refused)).message).toContain('your access to acme/app has ended')
  })

  it('the namespace gets a new owner: the rule opens nothing of it', async () => {
    await env.DB.prepare("DELETE FROM repositories WHERE namespace = 'acme'").run()
    await env.DB.prepare("DELETE FROM accounts WHERE name = 'acme'").run()
    await anOrganization('acme')
    await aRepository('acme/app')
    const client = await clientFor()
    expect((await client('GET', '/v2/acme/app/tags/list')).status).toBe(401)
  })
})

describe('a hostile token gets nothing:', () => {
  const seconds = Math.floor(Date.now() / 1000)
  const unsigned = (header: object, claims: object): string =>
    `${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(claims))}.`

  it.each<[string, () => Promise<string>, string]>([
    ['expired', () => issuer.sign({ ...job, iat: seconds - 700, exp: seconds - 100 }), 'it has expired'],
    ['not valid yet', () => issuer.sign({ ...job, nbf: seconds + 600 }), 'it is not valid yet'],
    ['made in the future', () => issuer.sign({ ...job, iat: seconds + 600, exp: seconds + 900 }), 'not valid yet'],
    ['without an end', () => issuer.sign({ ...job, exp: undefined }), 'or has no end'],
    ['valid for a week', () => issuer.sign({ ...job, exp: seconds + 7 * 86_400 }), 'more than 24 hours'],
    [
      'of another audience',
      () => issuer.sign({ ...job, aud: 'https://other.test' }),
      'the audience "http://registry.test"',
    ],
    ['without an audience', () => issuer.sign({ ...job, aud: undefined }), 'another audience'],
    ['of claims that no rule matches', () => issuer.sign({ project_id: '8' }), 'no rule lets in'],
    [
      'of an unknown issuer',
      () => issuer.sign({ ...job, iss: 'https://evil.example.com' }),
      'no rule of this registry',
    ],
    ['of an issuer spelled in another way', () => issuer.sign({ ...job, iss: `${issuer.url}/` }), 'no rule of this'],
    ['no token', async () => 'no.token.at all', 'it is no JSON Web Token'],
    ['too long', () => issuer.sign({ ...job, x: 'x'.repeat(longestWorkloadToken) }), 'it is no JSON Web Token'],
    [
      'with too many claims',
      () => issuer.sign({ ...job, x: Array.from({ length: 600 }, () => 0) }),
      'no JSON Web Token',
    ],
    ['an empty password', async () => '', 'it is no JSON Web Token'],
  ])('%s', async (_, makeToken, reason) => {
    const token = await makeToken()
    expect(await refusalOf(await asPassword(token))).toContain(reason)
    expect(await refusalOf(await exchange(token))).toContain(reason)
    expect(await eventsOf('workload')).toEqual([])
  })

  it('unsigned', async () => {
    const { iat, exp, ...claims } = decodeJwt(await issuer.sign(job))
    for (const alg of ['none', 'None', 'HS256', '']) {
      const token = unsigned({ alg, typ: 'JWT' }, { iat, exp, ...claims })
      expect(await refusalOf(await asPassword(token)), alg).toContain('it is no JSON Web Token')
    }
  })

  it('signed with the public key as if it were a shared one', async () => {
    const { keys } = await (await issuer.keySet()).json<{ keys: object[] }>()
    const secret = new TextEncoder().encode(JSON.stringify(keys[0]))
    const token = await new SignJWT(decodeJwt(await issuer.sign(job))).setProtectedHeader({ alg: 'HS256' }).sign(secret)
    expect(await refusalOf(await asPassword(token))).toContain('it is no JSON Web Token')
  })

  it('signed by another issuer in the name of this one, or changed', async () => {
    const other = await anIssuer()
    const forged = await other.sign({ ...job, iss: issuer.url })
    expect(await refusalOf(await asPassword(forged))).toContain('no rule of this registry knows its issuer')
    const [header, , signature] = (await issuer.sign({ project_id: '8' })).split('.')
    const payload = base64url.encode(JSON.stringify({ ...decodeJwt(await issuer.sign()), ...job }))
    expect(await refusalOf(await asPassword(`${header}.${payload}.${signature}`))).toContain('no rule of this registry')
  })

  it('with a key of its own in the header', async () => {
    const other = await anIssuer()
    const token = await other.sign({ ...job, iss: issuer.url }, { jku: `${other.url}/keys` })
    expect(await refusalOf(await asPassword(token))).toContain('no rule of this registry')
    expect(other.asked).toEqual([])
  })

  it('of an issuer that no rule names: its keys are never asked for', async () => {
    const other = await anIssuer()
    expect(await refusalOf(await asPassword(await other.sign(job)))).toContain('no rule of this registry')
    expect(other.asked).toEqual([])
  })

  it('that waits after fifty, while good ones get in', async () => {
    for (let at = 0; at < 50; at++) await refusalOf(await asPassword('wrong', '', from('192.0.2.7')))
    expect((await asPassword('wrong', '', from('192.0.2.7'))).status).toBe(429)
    await tokenIn(await asPassword(await issuer.sign(job), wanted, from('192.0.2.7')))
    await refusalOf(await asPassword('wrong', '', from('192.0.2.8')))
  })

  it('that is forged slows down no job that shares the address, and costs its issuer nothing', async () => {
    const sender = from('192.0.2.7')
    const forged = async () => asPassword(await (await anIssuer()).sign({ ...job, iss: issuer.url }), wanted, sender)
    await refusalOf(await forged())
    const asked = issuer.asked.length
    await env.DB.prepare(
      `UPDATE login_failures SET count = 57, last_at = ? WHERE key = 'tokens of jobs from 192.0.2.7'`,
    )
      .bind(Date.now())
      .run()
    expect((await forged()).status).toBe(429)
    await tokenIn(await asPassword(await issuer.sign(job), wanted, sender))
    expect(issuer.asked.length).toBe(asked)
  })
})

describe('the keys of an issuer', () => {
  it('are those that it has now', async () => {
    const old = await issuer.sign(job)
    await issuer.rotate()
    expect(await refusalOf(await asPassword(old))).toContain('no rule of this registry knows')
    await tokenIn(await asPassword(await issuer.sign(job)))
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['are gone', () => new Response('not here', { status: 404 })],
    ['are huge', () => new Response('x'.repeat(largestIssuerAnswerBytes + 1))],
    ['are no keys', () => Response.json({ keys: 'none' })],
    ['are elsewhere', () => Response.redirect('https://elsewhere.example.com/keys', 302)],
    ['cannot be reached', () => Promise.reject(new TypeError('connection refused'))],
    ['never come', () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }))],
  ])('%s: the registry says so, and counts nothing', { timeout: 15_000 }, async (_, answer) => {
    const other = await anIssuer()
    await aRule('other', { issuer: other.url })
    other.keySet = answer
    const refused = await asPassword(await other.sign(job))
    expect(refused.status).toBe(503)
    expect((await problemOf(refused)).message).toContain(other.url)
    const failures = await env.DB.prepare('SELECT count(*) AS count FROM login_failures').first<{ count: number }>()
    expect(failures?.count).toBe(0)
  })
})
