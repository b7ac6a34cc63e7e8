/** Every endpoint of the distribution API asks: this test walks all of them, as `test/routes/access.test.ts` walks the others. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { longestAuthorization } from '../../../src/limits.ts'
import { distributionOfCapabilities } from '../../support/capability-endpoints.ts'
import { header, host, problemOf, send, tokenFor, withToken, type Send } from '../../support/client.ts'
import { countRows, pushImage, type Image } from '../../support/content.ts'
import { endpointOf, operations } from '../../support/endpoints.ts'
import { anOrganization, aUser, clientOf } from '../../support/people.ts'

const digest = `sha256:${'a'.repeat(64)}`
const endpoints = operations
  .filter((operation) => / \/v2\//.test(operation) && !distributionOfCapabilities.has(operation))
  .map(endpointOf)

const pathOf = (pattern: string, repository: string, blob = digest): string =>
  pattern
    .replace(':name{.+}', repository)
    .replace(':digest', blob)
    .replace(':reference', 'latest')
    .replace(':id', 'x'.repeat(50))

describe('the distribution API', () => {
  it('has exactly the endpoints of this test', () => {
    expect(endpoints.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'DELETE /v2/:name{.+}/blobs/:digest',
      'DELETE /v2/:name{.+}/blobs/uploads/:id',
      'DELETE /v2/:name{.+}/manifests/:reference',
      'GET /v2/:name{.+}/blobs/:digest',
      'GET /v2/:name{.+}/blobs/uploads/:id',
      'GET /v2/:name{.+}/manifests/:reference',
      'GET /v2/:name{.+}/referrers/:digest',
      'GET /v2/:name{.+}/tags/list',
      'GET /v2/_catalog',
      'PATCH /v2/:name{.+}/blobs/uploads/:id',
      'POST /v2/:name{.+}/blobs/uploads',
      'PUT /v2/:name{.+}/blobs/uploads/:id',
      'PUT /v2/:name{.+}/manifests/:reference',
    ])
  })

  for (const { method, path } of endpoints) {
    it(`${method} ${path} is closed to anonymous callers, strangers and forged or expired tokens`, async () => {
      const expired = await tokenFor(
        'alice',
        [{ type: 'repository', name: 'alice/app', actions: ['pull'] }],
        Date.now() - 600_000,
      )
      const stranger = await tokenFor('bob', [
        { type: 'repository', name: 'bob/app', actions: ['pull', 'push', 'delete'] },
      ])
      const callers = [send, withToken(stranger), withToken(`${stranger}x`), withToken(expired)]
      for (const caller of callers) {
        const response = await caller(method, pathOf(path, 'alice/app'))
        expect(response.status).toBe(401)
        expect(response.headers.has('www-authenticate')).toBe(true)
        expect(['UNAUTHORIZED', 'DENIED']).toContain((await problemOf(response)).code)
      }
    })

    if (path.includes(':name')) {
      it(`${method} ${path} does not tell a stranger whether the repository exists, nor whether it is public`, async () => {
        const owner = await clientOf('alice/app', 'alice/pub')
        await pushImage(owner, 'alice/app', 'latest')
        await pushImage(owner, 'alice/pub', 'latest')
        await env.DB.prepare(`UPDATE repositories SET visibility = 'public' WHERE name = 'alice/pub'`).run()
        const stranger = withToken(await tokenFor('bob', []))
        const answers = await Promise.all(
          ['alice/app', 'alice/no1', 'alice/pub'].map((repository) => stranger(method, pathOf(path, repository))),
        )
        const texts = await Promise.all(answers.map((answer) => answer.text()))
        expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
        expect(new Set(texts.map((text) => text.replaceAll(/alice\/(app|no1|pub)/g, 'alice/x'))).size).toBe(1)
      })
    }
  }

  /** What a new token would need, endpoint by endpoint. */
  const scopes: Record<string, string | undefined> = {
    DELETE: 'repository:alice/app:delete',
    GET: 'repository:alice/app:pull',
    PATCH: 'repository:alice/app:pull,push',
    POST: 'repository:alice/app:pull,push',
    PUT: 'repository:alice/app:pull,push',
  }

  for (const { method, path } of endpoints) {
    it(`${method} ${path} tells a client that its token is dead, and what a new one needs`, async () => {
      const access = [{ type: 'repository', name: 'alice/app', actions: ['pull', 'push', 'delete'] }]
      const good = await tokenFor('alice', access)
      const expired = await tokenFor('alice', access, Date.now() - 600_000)
      const isUpload = path.includes('/uploads')
      const scope = path.endsWith('_catalog') ? 'registry:catalog:*' : scopes[isUpload ? 'PUT' : method]
      for (const token of [expired, `${good}x`, 'nonsense', '', 'x'.repeat(longestAuthorization)]) {
        const response = await withToken(token)(method, pathOf(path, 'alice/app'))
        expect(response.status).toBe(401)
        expect(header(response, 'www-authenticate')).toMatch(
          new RegExp(
            `,scope="${scope?.replace('*', String.raw`\*`)}",error="invalid_token",error_description="the token`,
          ),
        )
        expect((await problemOf(response)).code).toBe('UNAUTHORIZED')
      }
    })
  }

  it('asks for the source of a mount too when the token is invalid', async () => {
    const dead = withToken('nonsense')
    const response = await dead('POST', `/v2/alice/app/blobs/uploads/?mount=${digest}&from=acme/base`)
    expect(header(response, 'www-authenticate')).toContain(
      'scope="repository:alice/app:pull,push repository:acme/base:pull",error="invalid_token"',
    )
  })

  it('tells a client that its token is invalid, and tells nothing more to one without a token', async () => {
    expect(header(await withToken('nonsense')('GET', '/v2/'), 'www-authenticate')).toContain('error="invalid_token"')
    expect(header(await send('GET', '/v2/'), 'www-authenticate')).not.toContain('error')
    expect(header(await send('GET', '/v2/alice/app/tags/list'), 'www-authenticate')).not.toContain('error')
  })

  it('challenges a client whose token was given without a login as one that has none, so that Docker shows how to log in', async () => {
    const response = await withToken(await tokenFor('', []))('GET', '/v2/alice/app/tags/list')
    expect(response.status).toBe(401)
    expect(header(response, 'www-authenticate')).toMatch(/scope="repository:alice\/app:pull"$/)
    expect(await problemOf(response)).toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining(
        'you must log in to pull from alice/app: run "docker login registry.test" first',
      ),
    })
  })

  const actionOf = ({ method, path }: (typeof endpoints)[number]): string => {
    if (path.includes('/uploads') || method === 'PUT') return 'push'
    return method === 'DELETE' ? 'delete' : 'pull'
  }

  for (const action of ['pull', 'push', 'delete', '*']) {
    it(`opens to a token that may ${action} the endpoints of that action, and no other`, async () => {
      await aUser('alice')
      const client = withToken(await tokenFor('alice', [{ type: 'repository', name: 'alice/app', actions: [action] }]))
      for (const endpoint of endpoints.filter(({ path }) => path.includes(':name'))) {
        const response = await client(endpoint.method, pathOf(endpoint.path, 'alice/app'))
        const isOpen = response.status !== 401
        expect([endpoint.method, endpoint.path, isOpen]).toEqual([
          endpoint.method,
          endpoint.path,
          actionOf(endpoint) === action,
        ])
      }
    })
  }

  it('opens to a token only the repository that it names', async () => {
    await aUser('alice')
    const access = ['alice/app', 'alice/other/sub'].map((name) => ({
      type: 'repository',
      name,
      actions: ['pull', 'push', 'delete'],
    }))
    const client = withToken(await tokenFor('alice', access))
    for (const { method, path } of endpoints) {
      for (const repository of ['alice/app/sub', 'alice/app2', 'alice/ap', 'alice/other', 'bob/app']) {
        const { status } = await client(method, pathOf(path, repository))
        expect([method, path, repository, status]).toEqual([method, path, repository, 401])
      }
    }
  })

  it('refuses a name that breaks the grammar before anything else', async () => {
    const client = await clientOf('alice/app')
    for (const name of ['Alice/app', 'alice//app', 'alice/-app', `alice/${'x'.repeat(300)}`]) {
      const response = await client('GET', `/v2/${name}/manifests/latest`)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('NAME_INVALID')
    }
  })

  it('says what a name of one part lacks', async () => {
    const response = await (await clientOf('alice/app'))('POST', '/v2/nginx/blobs/uploads/')
    expect(response.status).toBe(404)
    expect(await problemOf(response)).toMatchObject({
      code: 'NAME_UNKNOWN',
      message: '"nginx" has no namespace: write <namespace>/<repository>, like alice/nginx',
    })
  })

  it('answers an unknown path in JSON', async () => {
    const client = await clientOf('alice/app')
    for (const path of ['/nothing', '/v2/alice/app/nothing', '/v2/alice/app/manifests']) {
      const response = await client('GET', path)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).message).toContain('/v2/')
    }
  })
})

/** The private repository acme/app, a member of acme whose team may read it, and a stranger; all of them log in. */
describe('the distribution API, for users with a login,', () => {
  let image: Image
  let stranger: Send
  let reader: Send

  beforeEach(async () => {
    stranger = await aUser('stranger')
    reader = await aUser('reader')
    await anOrganization('acme', { teams: { developers: ['reader'] } })
    image = await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
    await env.DB.prepare(
      `INSERT INTO repository_grants (repository_id, team_id, rank)
       SELECT repositories.id, teams.id, 1 FROM repositories, teams`,
    ).run()
  })

  /** As Docker does it: a token for all that an endpoint could ask for, of which the endpoint grants what it may. */
  async function byToken(client: Send, scope: string): Promise<Send> {
    const response = await client('GET', `/auth/token?service=${host}&scope=${scope}`)
    expect(response.status).toBe(200)
    return withToken((await response.json<{ token: string }>()).token)
  }

  /** What the stranger and the reader get: `refused` is 403 with Basic, and 401 with a token, as another one may do. */
  type Answer = 200 | 'refused'
  const table: Record<string, readonly [stranger: Answer, reader: Answer]> = {
    'DELETE /v2/:name{.+}/blobs/:digest': ['refused', 'refused'],
    'DELETE /v2/:name{.+}/blobs/uploads/:id': ['refused', 'refused'],
    'DELETE /v2/:name{.+}/manifests/:reference': ['refused', 'refused'],
    'GET /v2/:name{.+}/blobs/:digest': ['refused', 200],
    'GET /v2/:name{.+}/blobs/uploads/:id': ['refused', 'refused'],
    'GET /v2/:name{.+}/manifests/:reference': ['refused', 200],
    'GET /v2/:name{.+}/referrers/:digest': ['refused', 200],
    'GET /v2/:name{.+}/tags/list': ['refused', 200],
    'PATCH /v2/:name{.+}/blobs/uploads/:id': ['refused', 'refused'],
    'POST /v2/:name{.+}/blobs/uploads': ['refused', 'refused'],
    'PUT /v2/:name{.+}/blobs/uploads/:id': ['refused', 'refused'],
    'PUT /v2/:name{.+}/manifests/:reference': ['refused', 'refused'],
  }

  it('has exactly the endpoints of repositories of this test', () => {
    const named = endpoints.filter(({ path }) => path.includes(':name')).map(({ method, path }) => `${method} ${path}`)
    expect(named).toEqual(Object.keys(table).sort())
  })

  for (const [operation, answers] of Object.entries(table)) {
    const { method, path } = endpointOf(operation)
    const scope = 'repository:acme/app:pull,push,delete'

    it(`${operation} gives a stranger and a reader what the table says`, async () => {
      const target = pathOf(path, 'acme/app', image.config.digest)
      const sessions = await countRows('upload_sessions')
      for (const [who, client, answer] of [
        ['stranger', stranger, answers[0]],
        ['reader', reader, answers[1]],
      ] as const) {
        const basic = await client(method, target)
        const bearer = await (await byToken(client, scope))(method, target)
        const expected = answer === 'refused' ? [403, 401] : [answer, answer]
        expect([who, basic.status, bearer.status]).toEqual([who, ...expected])
        if (answer !== 'refused') continue
        expect([(await problemOf(basic)).code, (await problemOf(bearer)).code]).toEqual(['DENIED', 'DENIED'])
        expect(header(bearer, 'www-authenticate')).toMatch(
          /scope="repository:acme\/app:\S+",error="insufficient_scope"/,
        )
      }
      expect(await countRows('upload_sessions')).toBe(sessions)
      expect((await reader('GET', '/v2/acme/app/manifests/latest')).status).toBe(200)
    })

    it(`${operation} does not tell a stranger what exists, with Basic nor with a token`, async () => {
      const [basic, bearer] = [stranger, await byToken(stranger, `${scope}&scope=${scope.replace('app', 'ppa')}`)]
      for (const client of [basic, bearer]) {
        const [there, missing] = await Promise.all(
          ['acme/app', 'acme/ppa'].map(async (repository) => {
            const response = await client(method, pathOf(path, repository, image.config.digest))
            const text = `${await response.text()} ${JSON.stringify([...response.headers])}`
            return [response.status, text.replaceAll(repository, 'REPOSITORY')]
          }),
        )
        expect(missing).toEqual(there)
      }
    })
  }

  it('opens to a user no private repository of another user', async () => {
    await pushImage(await clientOf('reader/app'), 'reader/app', 'latest')
    const requests = [
      ['GET', '/v2/reader/app/manifests/latest'],
      ['GET', '/v2/reader/app/tags/list'],
      ['POST', '/v2/reader/app/blobs/uploads/'],
      ['POST', '/v2/reader/new/blobs/uploads/'],
      ['DELETE', '/v2/reader/app/manifests/latest'],
    ] as const
    const scope = 'repository:reader/app:pull,push,delete'
    for (const [method, path] of requests) {
      expect([method, path, (await stranger(method, path)).status]).toEqual([method, path, 403])
      const bearer = await byToken(stranger, scope)
      expect([method, path, (await bearer(method, path)).status]).toEqual([method, path, 401])
    }
    expect((await reader('GET', '/v2/reader/app/manifests/latest')).status).toBe(200)
    expect((await reader('POST', '/v2/reader/new/blobs/uploads/')).status).toBe(202)
  })

  it('shows the catalog that the caller may see', async () => {
    for (const [client, repositories] of [
      [stranger, []],
      [reader, ['acme/app']],
    ] as const) {
      for (const one of [client, await byToken(client, 'registry:catalog:*')]) {
        const response = await one('GET', '/v2/_catalog')
        expect([response.status, await response.json()]).toEqual([200, { repositories }])
      }
    }
  })
})
