/** Access tokens with an end, a level and places: what they open, and how they end. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { trimHistory } from '../../../src/events/retention.ts'
import { currentSettings } from '../../../src/settings/settings.ts'
import { host, problemOf, send, withPassword, withToken, type Send } from '../../support/client.ts'
import { pushImage } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anOrganization, aRepository, aUser, sendJson } from '../../support/people.ts'

const path = '/api/v0/api_tokens'
const day = 24 * 3600 * 1000
const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString()

interface Token {
  readonly hashedToken: string
  readonly expiresAt?: string
  readonly token: string
}

let root: Send, alice: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  alice = await aUser('alice')
  await anOrganization('acme', { owners: ['alice'] })
  await aRepository('acme/app')
  await aRepository('acme/other')
  await aRepository('alice/base', { visibility: 'public' })
})

const ask = (wanted: object, client = alice): Promise<Response> =>
  sendJson(client, 'POST', path, { tokenLabel: 'ci', ...wanted })

async function made(wanted: object, client = alice): Promise<Token> {
  const response = await ask(wanted, client)
  expect([response.status, wanted]).toEqual([200, wanted])
  return response.json<Token>()
}

const clientWith = async (wanted: object): Promise<Send> => withPassword('alice', (await made(wanted)).token)

/** What a registry token is granted, by `repository:action`. */
async function granted(client: Send, ...scopes: string[]): Promise<string> {
  const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&')
  const { token } = await (await client('GET', `/auth/token?service=${host}&${query}`)).json<{ token: string }>()
  const claims: { access: { name: string; actions: string[] }[] } = JSON.parse(atob(token.split('.')[1] ?? ''))
  return claims.access.map(({ name, actions }) => `${name}:${actions.join(',')}`).join(' ')
}

const bearerOf = async (client: Send, scope: string): Promise<Send> => {
  const response = await client('GET', `/auth/token?service=${host}&scope=${encodeURIComponent(scope)}`)
  return withToken((await response.json<{ token: string }>()).token)
}

const statusOf = async (client: Send, method: string, at: string): Promise<number> => (await client(method, at)).status

describe('the end of a new token', () => {
  it('is the default of the settings, or what is asked for up to the maximum', async () => {
    const usual = Date.parse((await made({})).expiresAt ?? '')
    expect(usual - Date.now()).toBeGreaterThan(89 * day)
    expect(usual - Date.now()).toBeLessThanOrEqual(90 * day)
    const asked = inDays(366)
    expect((await made({ expiresAt: asked })).expiresAt).toBe(asked)
    await sendJson(root, 'POST', '/api/v0/meta/settings', { accessTokenDefaultDays: 30, accessTokenMaxDays: 7 })
    expect(Date.parse((await made({})).expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(7 * day)
    const refused = await ask({ expiresAt: inDays(8) })
    expect([refused.status, (await problemOf(refused)).message]).toEqual([
      400,
      expect.stringContaining('7 days at most'),
    ])
  })

  it('is in the future', async () => {
    const refused = await ask({ expiresAt: inDays(-1) })
    expect([refused.status, (await problemOf(refused)).message]).toEqual([400, expect.stringContaining('future')])
    expect((await ask({ expiresAt: 'tomorrow' })).status).toBe(400)
  })

  it('is told of with its scope by the event', async () => {
    await made({ level: 'read-only', namespaces: ['acme'] })
    const [event] = await events("object_type = 'token'")
    expect(event?.content).toEqual({
      expiresAt: expect.stringMatching(/^20/),
      level: 'read-only',
      repositories: [],
      namespaces: ['acme'],
    })
  })
})

describe('a token that has ended', () => {
  const end = (hash: string, at: number) =>
    env.DB.prepare('UPDATE access_tokens SET expires_at = ? WHERE hash = ?').bind(at, hash).run()

  it('is refused everywhere: its owner reads why, and a stranger reads what any wrong password gets', async () => {
    const { token, hashedToken } = await made({})
    await end(hashedToken, Date.now() - 1)
    const owner = await withPassword('alice', token)('GET', '/auth/token')
    expect([owner.status, (await problemOf(owner)).message]).toEqual([401, expect.stringContaining('has expired')])
    for (const at of ['/v2/', '/api/v0/api_tokens']) {
      expect(await statusOf(withPassword('alice', token), 'GET', at)).toBe(401)
    }
    const stranger = await withPassword('root', token)('GET', '/auth/token')
    const wrong = await withPassword('root', `bwa_${'A'.repeat(43)}`)('GET', '/auth/token')
    expect([stranger.status, await stranger.text()]).toEqual([wrong.status, await wrong.text()])
    expect((await events("type = 'FAIL'")).length).toBeGreaterThan(0)
  })

  it('leaves no registry token behind that lasts longer', async () => {
    const { token, hashedToken } = await made({})
    await end(hashedToken, Date.now() + 30_000)
    const issued = await (
      await withPassword('alice', token)('GET', `/auth/token?service=${host}`)
    ).json<{ token: string; expires_in: number }>()
    expect(issued.expires_in).toBeLessThanOrEqual(30)
    const { exp }: { exp: number } = JSON.parse(atob(issued.token.split('.')[1] ?? ''))
    expect(exp * 1000).toBeLessThanOrEqual(Date.now() + 30_000)
  })

  it('is deleted after thirty days, with an event, and one without an end never', async () => {
    const { hashedToken } = await made({})
    const kept = await made({ tokenLabel: 'kept' })
    const now = Math.floor(Date.now() / 3_600_000) * 3_600_000
    await end(hashedToken, now - 31 * day)
    await end(kept.hashedToken, now - 29 * day)
    const db = openDatabase(env.DB)
    await trimHistory({ db, now, isTimeOver: () => false }, await currentSettings(db, now))
    const left = await (await alice('GET', `${path}?pageSize=100`)).json<{ tokenLabel: string }[]>()
    expect(left.map(({ tokenLabel }) => tokenLabel)).toEqual(['login of a test', 'kept'])
    expect(await events("type = 'DELETE' AND object_type = 'token'")).toMatchObject([
      { actor: '', objectName: 'alice/ci' },
    ])
  })

  it('is not moved by a lowered maximum, of which administrators are told', async () => {
    const { expiresAt, hashedToken } = await made({ expiresAt: inDays(300), tokenLabel: 'long' })
    const beyond = async () =>
      (await (await root('GET', '/api/v0/meta/alerts')).json<{ id: string; message: string }[]>()).filter(
        ({ id }) => id === 'access_tokens_beyond_maximum',
      )
    expect(await beyond()).toEqual([])
    await sendJson(root, 'POST', '/api/v0/meta/settings', { accessTokenMaxDays: 30 })
    await made({ expiresAt: inDays(30), tokenLabel: 'within' })
    const kept = await (await alice('GET', `${path}/${hashedToken}`)).json<{ expiresAt: string }>()
    expect(kept.expiresAt).toBe(expiresAt)
    expect(await beyond()).toMatchObject([
      { message: expect.stringMatching(/^1 access tokens end later than in 30 days/) },
    ])
    await alice('DELETE', `${path}/${hashedToken}`)
    expect(await beyond()).toEqual([])
  })

  it('is told of before, while it is in use', async () => {
    const { hashedToken } = await made({ expiresAt: inDays(3), tokenLabel: 'deploy' })
    await made({ expiresAt: inDays(3), tokenLabel: 'never used' })
    const ids = async (): Promise<{ id: string; message: string }[]> =>
      (await (await root('GET', '/api/v0/meta/alerts')).json<{ id: string; message: string }[]>()).filter(({ id }) =>
        id.startsWith('access_tokens'),
      )
    // The tokens of the tests' own logins have no end.
    expect(await ids()).toMatchObject([{ id: 'access_tokens_without_end' }])
    await env.DB.prepare('UPDATE access_tokens SET last_used_at = ? WHERE hash = ?').bind(Date.now(), hashedToken).run()
    const [alert] = await ids()
    expect(alert?.id).toBe('access_tokens_end')
    expect(alert?.message).toContain('"deploy" of alice on ')
    expect(alert?.message).not.toContain('never used')
  })
})

describe('a token that is limited', () => {
  it('to a level pulls everything of its owner and pushes nothing', async () => {
    const client = await clientWith({ level: 'read-only' })
    expect(await granted(client, 'repository:acme/app:pull,push,delete', 'repository:alice/base:pull,push')).toBe(
      'acme/app:pull alice/base:pull',
    )
    expect(await statusOf(client, 'GET', '/api/v0/repositories/acme/app')).toBe(200)
    expect(await statusOf(client, 'DELETE', '/api/v0/repositories/acme/app')).toBe(403)
    expect(await statusOf(client, 'POST', '/v2/acme/app/blobs/uploads/')).toBe(403)
    expect((await sendJson(client, 'POST', '/api/v0/repositories/acme', { name: 'new' })).status).toBe(403)
  })

  it('to a level above pulls pushes, and neither edits nor creates', async () => {
    const client = await clientWith({ level: 'read-write' })
    expect(await granted(client, 'repository:acme/app:pull,push,delete')).toBe('acme/app:pull,push,delete')
    expect(await granted(client, 'repository:acme/new:pull,push')).toBe('acme/new:pull')
    expect(await statusOf(client, 'DELETE', '/api/v0/repositories/acme/app')).toBe(403)
  })

  it('to a repository finds nothing else, not even what is public', async () => {
    const client = await clientWith({ repositories: ['acme/app'] })
    const scopes = ['acme/app', 'acme/other', 'alice/base'].map((name) => `repository:${name}:pull,push`)
    expect(await granted(client, ...scopes)).toBe('acme/app:pull,push')
    expect(await statusOf(client, 'GET', '/api/v0/repositories/acme/app')).toBe(200)
    for (const name of ['acme/other', 'alice/base']) {
      expect([name, await statusOf(client, 'GET', `/api/v0/repositories/${name}`)]).toEqual([name, 404])
      expect([name, await statusOf(client, 'GET', `/v2/${name}/tags/list`)]).toEqual([name, 403])
    }
    const names = async (response: Promise<Response>): Promise<unknown> => (await response).json()
    expect(await names(client('GET', '/v2/_catalog'))).toEqual({ repositories: ['acme/app'] })
    const bearer = await bearerOf(client, 'registry:catalog:*')
    expect(await names(bearer('GET', '/v2/_catalog'))).toEqual({ repositories: ['acme/app'] })
    expect(await names(client('GET', '/api/v0/repositories/acme'))).toMatchObject({ repositories: [{ name: 'app' }] })
    expect(await names(client('GET', '/api/v0/repositories'))).toMatchObject({ repositories: [{ name: 'app' }] })
    expect(await statusOf(client, 'GET', '/api/v0/repositories/alice')).toBe(404)
    const found = await names(client('GET', '/api/v0/index/autocomplete?query=a'))
    expect(found).toMatchObject({ accountResults: [], repositoryResults: [{ name: 'app' }] })
  })

  it('to a namespace opens all of it, and no other', async () => {
    const client = await clientWith({ level: 'all', namespaces: ['acme'] })
    expect(await granted(client, 'repository:acme/new:pull,push', 'repository:alice/base:pull')).toBe(
      'acme/new:pull,push',
    )
    expect((await sendJson(client, 'POST', '/api/v0/repositories/acme', { name: 'made' })).status).toBe(201)
    expect((await sendJson(client, 'POST', '/api/v0/repositories/alice', { name: 'made' })).status).toBe(404)
  })

  it('sees no account but its own, and administers none, also where its owner is an administrator', async () => {
    const all = await made({ repositories: ['acme/app'] }, root)
    const client = withPassword('root', all.token)
    for (const at of ['/enzi/v0/accounts/alice', '/enzi/v0/accounts/acme/members', '/enzi/v0/accounts/acme/teams']) {
      expect([at, await statusOf(client, 'GET', at)]).toEqual([at, 404])
    }
    expect(await statusOf(client, 'GET', '/enzi/v0/accounts/root')).toBe(200)
    for (const at of ['/enzi/v0/accounts', '/api/v0/meta/settings', '/api/v0/events', '/api/v0/jobs']) {
      expect([at, [200].includes(await statusOf(client, 'GET', at))]).toEqual([at, false])
    }
    expect(await statusOf(client, 'GET', path)).toBe(404)
    expect(await statusOf(client, 'DELETE', `${path}/${all.hashedToken}`)).toBe(404)
  })

  it('in the registry token that it gets deletes no immutable tag', async () => {
    await pushImage(alice, 'acme/app', 'v1')
    await sendJson(alice, 'PATCH', '/api/v0/repositories/acme/app', { immutableTags: true })
    const bearer = await bearerOf(await clientWith({ level: 'read-write' }), 'repository:acme/app:delete')
    expect(await statusOf(bearer, 'DELETE', '/v2/acme/app/manifests/v1')).not.toBe(202)
    const whole = await bearerOf(await clientWith({}), 'repository:acme/app:delete')
    expect(await statusOf(whole, 'DELETE', '/v2/acme/app/manifests/v1')).toBe(202)
  })

  it('names only what can be a repository or a namespace, and not too many', async () => {
    for (const wanted of [
      { repositories: ['acme'] },
      { namespaces: ['Acme'] },
      { level: 'admin' },
      { repositories: Array.from({ length: 21 }, (_, at) => `acme/r${at}`) },
    ]) {
      expect([wanted, (await ask(wanted)).status]).toEqual([wanted, 400])
    }
    expect((await send('POST', path)).status).toBe(401)
  })
})
