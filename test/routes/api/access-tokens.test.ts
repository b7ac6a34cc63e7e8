import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { header, host, problemOf, send, withPassword, withToken, type Send } from '../../support/client.ts'
import { countRows, pushImage } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anOrganization, aRepository, aUser, sendJson } from '../../support/people.ts'

const path = '/api/v0/api_tokens'
const never = '0001-01-01T00:00:00Z'

interface Token {
  readonly hashedToken: string
  readonly tokenLabel: string
  readonly isActive: boolean
  readonly lastUsed: string
  readonly token: string
}

const create = (client: Send, tokenLabel: unknown, query = ''): Promise<Response> =>
  sendJson(client, 'POST', `${path}${query}`, { tokenLabel })

async function made(client: Send, label = 'ci', query = ''): Promise<Token & { readonly at: string }> {
  const response = await create(client, label, query)
  expect(response.status).toBe(200)
  const token = await response.json<Token>()
  return { ...token, at: `${path}/${token.hashedToken}` }
}

/** The labels of a page, without the tokens by which the tests themselves log in. */
async function labelsOf(client: Send, query = ''): Promise<string[]> {
  const tokens = await (await client('GET', `${path}?pageSize=100${query}`)).json<Token[]>()
  return tokens.map(({ tokenLabel }) => tokenLabel).filter((label) => label !== 'login of a test')
}

const statusOf = async (client: Send): Promise<number> => (await client('GET', path)).status

let root: Send, alice: Send, bob: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  alice = await aUser('alice')
  bob = await aUser('bob')
})

describe('an access token', () => {
  it('is shown with its secret when it is made, and never again', async () => {
    const response = await sendJson(
      (method, at, sending) =>
        alice(method, at, { ...sending, headers: { ...sending?.headers, 'user-agent': 'curl/8' } }),
      'POST',
      path,
      { tokenLabel: ' my laptop ' },
    )
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const { token, ...shown } = await response.json<Token>()
    expect(token).toMatch(/^bwa_/)
    expect(shown).toEqual({
      hashedToken: expect.stringMatching(/^[0-9a-f]{64}$/),
      tokenLabel: 'my laptop',
      isActive: true,
      lastUsed: never,
      createdAt: expect.stringMatching(/^20/),
      createdBy: 'alice',
      generatedBy: 'manual',
      expiresAt: expect.stringMatching(/^20/),
      level: 'all',
      repositories: [],
      namespaces: [],
      creatorUa: 'curl/8',
    })
    expect(await (await alice('GET', `${path}/${shown.hashedToken}`)).json()).toEqual(shown)
    const everything = JSON.stringify([
      await events(),
      (await env.DB.prepare('SELECT * FROM access_tokens').all()).results,
    ])
    expect(everything).not.toContain(token)
  })

  it('stands in the place of the password: in Docker’s login, in the distribution API and in this one', async () => {
    await pushImage(alice, 'alice/app', 'latest')
    const { token } = await made(alice)
    const client = withPassword('alice', token)
    const login = await client('GET', `/auth/token?service=${host}&scope=repository:alice/app:pull`)
    expect(login.status).toBe(200)
    const bearer = withToken((await login.json<{ token: string }>()).token)
    expect((await bearer('GET', '/v2/alice/app/manifests/latest')).status).toBe(200)
    const form = new URLSearchParams({
      grant_type: 'password',
      service: host,
      client_id: 'x',
      username: 'alice',
      password: token,
    })
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(form.toString().length),
    }
    expect((await send('POST', '/auth/token', { headers, body: form.toString() })).status).toBe(200)
    expect((await client('GET', '/v2/')).status).toBe(200)
    expect((await client('GET', '/v2/alice/app/manifests/latest')).status).toBe(200)
    expect(await statusOf(client)).toBe(200)
  })

  it('does not belong to another user', async () => {
    const { token } = await made(alice)
    for (const name of ['bob', 'root', 'nobody', '', 'alic\u00e9']) {
      const client = withPassword(name, token)
      expect((await client('GET', '/auth/token')).status).toBe(401)
      expect((await client('GET', '/v2/')).status).toBe(401)
      expect(await statusOf(client)).toBe(401)
    }
    expect(await statusOf(withToken(token))).toBe(401)
  })

  it('takes the name of its owner in capitals, as a password does', async () => {
    const { token } = await made(alice)
    expect((await withPassword('Alice', token)('GET', '/v2/')).status).toBe(200)
  })

  it('carries the rights that its owner has at that moment', async () => {
    await anOrganization('acme', { teams: { developers: ['alice'] } })
    await aRepository('acme/app')
    const client = withPassword('alice', (await made(alice)).token)
    const grant = '/api/v0/repositories/acme/app/teamAccess/developers'
    expect((await client('GET', '/v2/acme/app/tags/list')).status).toBe(403)
    await sendJson(root, 'PUT', grant, { accessLevel: 'read-only' })
    expect((await client('GET', '/v2/acme/app/tags/list')).status).toBe(200)
    await root('DELETE', grant)
    expect((await client('GET', '/v2/acme/app/tags/list')).status).toBe(403)
    expect((await client('GET', `${path}?username=bob`)).status).toBe(404)
    await env.DB.prepare(`UPDATE accounts SET is_admin = 1 WHERE name = 'alice'`).run()
    expect((await client('GET', `${path}?username=bob`)).status).toBe(200)
  })

  it('does not log in while it is switched off, and no more when it is deleted', async () => {
    const { token, at } = await made(alice)
    const client = withPassword('alice', token)
    const logins = async () => [
      (await client('GET', '/auth/token')).status,
      (await client('GET', '/v2/')).status,
      await statusOf(client),
    ]
    expect(await logins()).toEqual([200, 200, 200])
    expect(await (await sendJson(alice, 'PATCH', at, { isActive: false })).json()).toMatchObject({ isActive: false })
    expect(await logins()).toEqual([401, 401, 401])
    await sendJson(alice, 'PATCH', at, { isActive: true })
    expect(await logins()).toEqual([200, 200, 200])
    expect((await alice('DELETE', at)).status).toBe(200)
    expect(await logins()).toEqual([401, 401, 401])
  })

  it('does not log in a user who was deactivated or deleted', async () => {
    const client = withPassword('alice', (await made(alice)).token)
    await env.DB.prepare(`UPDATE accounts SET is_active = 0 WHERE name = 'alice'`).run()
    expect(await statusOf(client)).toBe(401)
    expect((await client('GET', '/auth/token')).status).toBe(401)
    await env.DB.prepare(`UPDATE accounts SET is_active = 1 WHERE name = 'alice'`).run()
    expect(await statusOf(client)).toBe(200)
    expect((await root('DELETE', '/api/v0/accounts/alice')).status).toBe(204)
    await aUser('alice')
    expect(await statusOf(client)).toBe(401)
  })

  it('tells when it was last used', async () => {
    const { token, at } = await made(alice)
    const before = Date.now()
    expect(await statusOf(withPassword('alice', token))).toBe(200)
    await expect.poll(async () => (await (await alice('GET', at)).json<Token>()).lastUsed).not.toBe(never)
    const { lastUsed } = await (await alice('GET', at)).json<Token>()
    expect(Date.parse(lastUsed)).toBeGreaterThanOrEqual(before - 1000)
  })

  it('can be renamed, and stays as it is otherwise', async () => {
    const { at } = await made(alice, 'old')
    const response = await sendJson(alice, 'PATCH', at, { tokenLabel: 'new' })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ tokenLabel: 'new', isActive: true })
    expect(await (await sendJson(alice, 'PATCH', at, { isActive: false })).json()).toMatchObject({ tokenLabel: 'new' })
  })

  it('makes no other token, so that a leaked one leaves none behind', async () => {
    const { token } = await made(alice)
    const response = await create(withPassword('alice', token), 'another')
    expect([response.status, (await problemOf(response)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  })

  it('may delete itself', async () => {
    const { token, at } = await made(alice)
    const client = withPassword('alice', token)
    expect((await client('DELETE', at)).status).toBe(200)
    expect(await statusOf(client)).toBe(401)
  })

  it('is visible only to its owner and to administrators', async () => {
    const { at } = await made(alice)
    const ask = (client: Send, to: string) => [
      client('GET', to),
      sendJson(client, 'PATCH', to, { isActive: false }),
      client('DELETE', to),
    ]
    const missing = `${path}/${'0'.repeat(64)}`
    for (const to of [at, missing, `${path}/x`]) {
      for (const answer of await Promise.all(ask(bob, to))) {
        expect([answer.status, (await problemOf(answer)).code]).toEqual([404, 'NO_SUCH_API_TOKEN'])
      }
      for (const answer of await Promise.all(ask(send, to))) expect(answer.status).toBe(401)
    }
    expect(await (await alice('GET', at)).json()).toMatchObject({ isActive: true })
    expect((await root('GET', at)).status).toBe(200)
    expect((await sendJson(root, 'PATCH', at, { isActive: false })).status).toBe(200)
    expect((await root('DELETE', at)).status).toBe(200)
    expect((await alice('GET', at)).status).toBe(404)
  })

  it('is told of by events, with its label and its owner', async () => {
    const { at } = await made(root, 'ci', '?username=alice')
    await sendJson(alice, 'PATCH', at, { tokenLabel: 'build' })
    await root('DELETE', at)
    const shown = { objectType: 'token', repository: null, content: null }
    expect(await events()).toEqual([
      {
        ...shown,
        actor: 'root',
        type: 'CREATE',
        objectName: 'alice/ci',
        content: { expiresAt: expect.stringMatching(/^20/), level: 'all' },
      },
      { ...shown, actor: 'alice', type: 'UPDATE', objectName: 'alice/ci', content: { label: 'build' } },
      { ...shown, actor: 'root', type: 'DELETE', objectName: 'alice/build' },
    ])
  })

  it('that is changed to what it is already is no event', async () => {
    const { at } = await made(alice, 'ci')
    for (const change of [{ tokenLabel: 'ci' }, { isActive: true }, { tokenLabel: ' ci ', isActive: true }]) {
      expect((await sendJson(alice, 'PATCH', at, change)).status).toBe(200)
    }
    const changes = async () => (await events("type = 'UPDATE'")).map(({ content }) => content)
    expect(await changes()).toEqual([])
    await sendJson(alice, 'PATCH', at, { isActive: false })
    await sendJson(alice, 'PATCH', at, { isActive: false })
    await sendJson(alice, 'PATCH', at, { tokenLabel: 'build', isActive: true })
    expect(await changes()).toEqual([{ isActive: false }, { label: 'build', isActive: true }])
  })

  for (const label of ['', '  ', 'x'.repeat(101), 3, undefined, null]) {
    it(`is not made with the label ${JSON.stringify(label)?.slice(0, 20)}`, async () => {
      expect((await create(alice, label)).status).toBe(400)
      expect(await events()).toEqual([])
    })
  }

  for (const change of [{}, { isActive: 'no' }, { tokenLabel: '' }]) {
    it(`is not changed by ${JSON.stringify(change)}`, async () => {
      expect((await sendJson(alice, 'PATCH', (await made(alice)).at, change)).status).toBe(400)
    })
  }
})

describe('the tokens of an account', () => {
  it('are made and listed by the user and by administrators', async () => {
    await made(alice, 'by alice')
    await made(root, 'by root', '?username=alice')
    const listed = await (await alice('GET', `${path}?pageSize=100`)).json<object[]>()
    expect(listed).toContainEqual(expect.objectContaining({ tokenLabel: 'by root', createdBy: 'root' }))
    await made(alice, 'by name', '?username=alice')
    expect((await labelsOf(alice)).sort()).toEqual(['by alice', 'by name', 'by root'])
    expect(await labelsOf(root, '&username=alice')).toEqual(await labelsOf(alice))
    expect(await labelsOf(bob)).toEqual([])
    expect(await labelsOf(root)).toEqual([])
  })

  it('are hidden from others as if there were no such user', async () => {
    for (const [client, name] of [
      [bob, 'alice'],
      [bob, 'nobody'],
      [root, 'nobody'],
    ] as const) {
      for (const answer of [
        await client('GET', `${path}?username=${name}`),
        await create(client, 'x', `?username=${name}`),
        await client('DELETE', `${path}?username=${name}&generatedby=any&usedbefore=2100-01-01T00:00:00Z`),
      ]) {
        expect([answer.status, (await problemOf(answer)).code]).toEqual([404, 'NO_SUCH_ACCOUNT'])
      }
    }
    for (const answer of [await send('GET', path), await create(send, 'x'), await send('DELETE', path)]) {
      expect(answer.status).toBe(401)
    }
    expect(await countRows('access_tokens', `label <> 'login of a test'`)).toBe(0)
  })

  it('are for users alone, since an organization does not log in', async () => {
    await anOrganization('acme')
    expect((await create(root, 'x', '?username=acme')).status).toBe(400)
    expect((await create(root, 'x', '?username=Not%20a%20name')).status).toBe(400)
    expect(await countRows('access_tokens', `label <> 'login of a test'`)).toBe(0)
  })

  it('come in pages, in the order in which they were made', async () => {
    await env.DB.prepare('UPDATE access_tokens SET created_at = 0').run()
    for (const [at, label] of ['c', 'a', 'b'].entries()) {
      const { hashedToken } = await made(alice, label)
      await env.DB.prepare('UPDATE access_tokens SET created_at = ? WHERE hash = ?')
        .bind(at + 1, hashedToken)
        .run()
    }
    const labels: string[] = []
    let next = ''
    do {
      const response = await alice('GET', `${path}?pageSize=1&count=true&pageStart=${next}`)
      expect(response.headers.get('x-resource-count')).toBe('4')
      labels.push(...(await response.json<Token[]>()).map(({ tokenLabel }) => tokenLabel))
      next = header(response, 'x-next-page-start')
    } while (next !== '')
    expect(labels).toEqual(['login of a test', 'c', 'a', 'b'])
    expect((await alice('GET', `${path}?pageStart=x`)).status).toBe(400)
  })

  it('are at most a hundred', async () => {
    await env.DB.prepare(
      `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
       SELECT value, accounts.id, 'many', '', '', 1 FROM accounts, json_each(?) WHERE name = 'alice'`,
    )
      .bind(JSON.stringify(Array.from({ length: 98 }, (_, at) => `hash ${at}`)))
      .run()
    const answers = await Promise.all([create(alice, 'x'), create(alice, 'x'), create(alice, 'x')])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    const refused = await create(alice, 'x')
    expect(await problemOf(refused)).toMatchObject({ code: 'TOO_MANY_API_TOKENS', detail: { limit: 100 } })
    expect(await events(`object_type = 'token'`)).toHaveLength(1)
    expect((await create(bob, 'x')).status).toBe(200)
  })
})

describe('the deletion of tokens that are no longer used', () => {
  const remove = (client: Send, query: string) => client('DELETE', `${path}?${query}`)

  beforeEach(async () => {
    for (const [label, created, used] of [
      ['used long ago', '2020-01-01', '2021-01-01'],
      ['used lately', '2020-01-01', '2024-01-01'],
      ['old and never used', '2020-01-01', undefined],
      ['new and never used', '2024-01-01', undefined],
    ] as const) {
      const { hashedToken } = await made(alice, label)
      await env.DB.prepare('UPDATE access_tokens SET created_at = ?, last_used_at = ? WHERE hash = ?')
        .bind(Date.parse(created), used === undefined ? null : Date.parse(used), hashedToken)
        .run()
    }
    await made(bob, 'of bob')
  })

  it('deletes those not used since a time', async () => {
    for (const by of ['manual', 'any']) {
      expect((await remove(alice, `generatedby=${by}&usedbefore=2022-01-01T00:00:00Z`)).status).toBe(200)
      expect(await labelsOf(alice)).toEqual(['used lately', 'new and never used'])
    }
    expect(await labelsOf(bob)).toEqual(['of bob'])
    const deleted = (await events(`type = 'DELETE'`)).map(({ objectName }) => objectName)
    expect(deleted.filter((name) => name !== 'alice/login of a test').sort()).toEqual([
      'alice/old and never used',
      'alice/used long ago',
    ])
  })

  it('is for a user by an administrator too', async () => {
    await remove(root, 'username=alice&generatedby=any&usedbefore=2022-01-01T00:00:00%2B02:00')
    expect(await labelsOf(alice)).toEqual(['used lately', 'new and never used'])
  })

  it('deletes nothing by default, as the registry makes none by itself', async () => {
    expect((await remove(alice, '')).status).toBe(200)
    expect((await remove(alice, 'usedbefore=2100-01-01T00:00:00Z')).status).toBe(200)
    expect(await labelsOf(alice)).toHaveLength(4)
  })

  it('must be told the time', async () => {
    for (const query of [
      'generatedby=any',
      'generatedby=manual',
      'generatedby=any&usedbefore=yesterday',
      'generatedby=x',
    ]) {
      expect((await remove(alice, query)).status).toBe(400)
    }
    expect(await labelsOf(alice)).toHaveLength(4)
  })
})
