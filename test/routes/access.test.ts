/**
 * Every door of the app asks: this test walks all of its routes, so one that forgets to ask, or that nobody has thought
 * about, fails here.
 */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { clientOf, problemOf, send, tokenFor, withToken, type Send } from '../support/client.ts'
import { pushImage, type Image } from '../support/content.ts'
import { aMember, anOrganization, aPerson, aTeam, aTeamMember, type Person } from '../support/people.ts'

const digest = `sha256:${'a'.repeat(64)}`
const operations = [
  ...new Set(app.routes.flatMap(({ method, path }) => (method === 'ALL' ? [] : [`${method} ${path}`]))),
].sort()

/** Doors that are open by design. */
const open = new Set([
  'GET /apidocs',
  'GET /apidocs/start.js',
  'GET /apidocs/swagger-ui-bundle.js',
  'GET /apidocs/swagger-ui.css',
  'GET /api/v0/openapi.json',
  'GET /auth/token',
  'POST /auth/token',
  'POST /auth/login',
  'POST /enzi/v0/auth/login',
  // Says how to log in.
  'GET /v2',
  'GET /v1/_ping',
])

interface Door {
  readonly method: string
  readonly path: string
}
const doorOf = (operation: string): Door => {
  const space = operation.indexOf(' ')
  return { method: operation.slice(0, space), path: operation.slice(space + 1) }
}

describe('the distribution API', () => {
  const doors = operations.filter((operation) => / \/v2\//.test(operation)).map(doorOf)
  const pathOf = (pattern: string, repository: string): string =>
    pattern
      .replace(':name{.+}', repository)
      .replace(':digest', digest)
      .replace(':reference', 'latest')
      .replace(':id', 'x'.repeat(50))

  it('has the doors that this test knows of', () => {
    expect(doors.map(({ method, path }) => `${method} ${path}`)).toEqual([
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

  for (const { method, path } of doors) {
    it(`${method} ${path} is closed to nobody, to a stranger and to a forged or expired token`, async () => {
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

  it('lets a token for pulling neither push nor delete', async () => {
    const client = withToken(await tokenFor('alice', [{ type: 'repository', name: 'alice/app', actions: ['pull'] }]))
    for (const { method, path } of doors.filter(({ path: pattern }) => pattern.includes(':name'))) {
      const response = await client(method, pathOf(path, 'alice/app'))
      const reads = method === 'GET' && !path.includes('uploads')
      expect([method, path, response.status === 401]).toEqual([method, path, !reads])
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

  it('says of a name of one part what is missing', async () => {
    const response = await (await clientOf('alice/app'))('POST', '/v2/nginx/blobs/uploads/')
    expect(response.status).toBe(404)
    expect(await problemOf(response)).toMatchObject({
      code: 'NAME_UNKNOWN',
      message: '"nginx" has no namespace: write <namespace>/<repository>, like alice/nginx',
    })
  })

  it('answers a path that means nothing in JSON', async () => {
    const client = await clientOf('alice/app')
    for (const path of ['/nothing', '/v2/alice/app/nothing', '/v2/alice/app/manifests']) {
      const response = await client('GET', path)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).message).toContain('/v2/')
    }
  })
})

/** The private repository acme/app, and those who stand around it. */
describe('the administrative API', () => {
  const doors = operations.filter((operation) => !/ \/v2(\/|$)/.test(operation) && !open.has(operation))

  let image: Image
  let anonymous: Person
  let stranger: Person
  let reader: Person
  let secret: string

  beforeEach(async () => {
    const acme = await anOrganization('acme')
    const team = await aTeam(acme, 'developers')
    reader = await aPerson('reader')
    stranger = await aPerson('stranger')
    anonymous = { ...stranger, client: send }
    await aPerson('root', { isAdmin: true })
    await aMember(acme, reader)
    await aTeamMember(team, reader)
    image = await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO repository_grants (repository_id, team_id, rank)
         SELECT repositories.id, teams.id, 1 FROM repositories, teams`,
      ),
      env.DB.prepare(
        `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
         SELECT ?, id, 'of root', 'root', '', 1 FROM accounts WHERE name = 'root'`,
      ).bind((secret = 'f'.repeat(64))),
    ])
  })

  /** A valid body for each operation that has one, so that nothing but access can be refused. */
  const bodies: Record<string, unknown> = {
    'POST /api/v0/api_tokens': { tokenLabel: 'x' },
    'PATCH /api/v0/api_tokens/:hashedtoken': { tokenLabel: 'x' },
    'POST /api/v0/meta/settings': { createRepositoryOnPush: true },
    'POST /api/v0/repositories/:namespace': { name: 'made' },
    'PATCH /api/v0/repositories/:namespace/:reponame': { shortDescription: 'x' },
    'PUT /api/v0/repositories/:namespace/:reponame/teamAccess/:teamname': { accessLevel: 'admin' },
    'PUT /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname': { accessLevel: 'admin' },
    'POST /enzi/v0/accounts': { name: 'made', password: 'password of made' },
    'PATCH /enzi/v0/accounts/:accountNameOrID': { fullName: 'x' },
    'POST /enzi/v0/accounts/:username/changePassword': { newPassword: 'another password' },
    'POST /enzi/v0/accounts/:orgname/teams': { name: 'made' },
    'PATCH /enzi/v0/accounts/:orgname/teams/:teamname': { description: 'x' },
    'PUT /enzi/v0/accounts/:orgname/members/:membername': { isAdmin: true },
    'PUT /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername': { isAdmin: true },
  }

  /** The account of a path is root, the organisation acme, and so on. */
  function pathOf(path: string, names: { readonly namespace: string; readonly reponame: string }): string {
    const known: Record<string, string> = {
      ...names,
      orgname: names.namespace,
      username: 'root',
      accountNameOrID: 'root',
      membername: 'reader',
      teamname: 'developers',
      reference: 'latest',
      hashedtoken: secret,
    }
    return path.replaceAll(/:(\w+)/g, (_, name: string) => {
      const value = known[name]
      if (value === undefined) throw new Error(`this test has no value for :${name} of ${path}`)
      return value
    })
  }

  const existing = { namespace: 'acme', reponame: 'app' }

  async function ask(client: Send, operation: string, names = existing): Promise<Response> {
    const { method, path } = doorOf(operation)
    const query = path.endsWith('/api_tokens') ? '?username=root&generatedby=any&usedbefore=2030-01-01T00:00:00Z' : ''
    const body = bodies[operation]
    const sending =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return client(method, pathOf(path, names) + query, sending)
  }

  /**
   * What nobody in particular, a stranger and a member with read-only on the repository get. `shown` is 200 with nothing
   * of acme's in it.
   */
  type Answer = 200 | 202 | 204 | 401 | 403 | 404 | 'shown'
  const table: Record<string, readonly [nobody: Answer, stranger: Answer, reader: Answer]> = {
    'GET /api/v0/repositories': ['shown', 'shown', 200],
    'GET /api/v0/repositories/:namespace': [404, 404, 200],
    'POST /api/v0/repositories/:namespace': [401, 404, 403],
    'GET /api/v0/repositories/:namespace/:reponame': [404, 404, 200],
    'PATCH /api/v0/repositories/:namespace/:reponame': [401, 404, 403],
    'DELETE /api/v0/repositories/:namespace/:reponame': [401, 404, 403],
    'GET /api/v0/repositories/:namespace/:reponame/events': [401, 404, 200],
    'GET /api/v0/repositories/:namespace/:reponame/tags': [404, 404, 200],
    'GET /api/v0/repositories/:namespace/:reponame/tags/:reference': [404, 404, 200],
    'DELETE /api/v0/repositories/:namespace/:reponame/tags/:reference': [401, 404, 403],
    'GET /api/v0/repositories/:namespace/:reponame/manifests': [404, 404, 200],
    'DELETE /api/v0/repositories/:namespace/:reponame/manifests/:reference': [401, 404, 403],
    'GET /api/v0/repositories/:namespace/:reponame/teamAccess': [401, 404, 403],
    'PUT /api/v0/repositories/:namespace/:reponame/teamAccess/:teamname': [401, 404, 403],
    'DELETE /api/v0/repositories/:namespace/:reponame/teamAccess/:teamname': [401, 404, 403],
    'GET /api/v0/repositoryNamespaces/:namespace/teamAccess': [401, 404, 403],
    'GET /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname': [401, 404, 403],
    'PUT /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname': [401, 404, 403],
    'DELETE /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname': [401, 404, 403],
    'GET /api/v0/accounts/:orgname/teams/:teamname/repositoryAccess': [401, 404, 200],
    'GET /api/v0/accounts/:username/repositoryAccess/:namespace/:reponame': [401, 404, 404],
    'DELETE /api/v0/accounts/:namespace': [401, 403, 403],
    'DELETE /api/v0/accounts/:namespace/repositories': [401, 404, 403],
    'GET /api/v0/api_tokens': [401, 404, 404],
    'POST /api/v0/api_tokens': [401, 404, 404],
    'DELETE /api/v0/api_tokens': [401, 404, 404],
    'GET /api/v0/api_tokens/:hashedtoken': [401, 404, 404],
    'PATCH /api/v0/api_tokens/:hashedtoken': [401, 404, 404],
    'DELETE /api/v0/api_tokens/:hashedtoken': [401, 404, 404],
    'GET /api/v0/events': [401, 403, 403],
    'GET /api/v0/meta/features': [401, 'shown', 'shown'],
    'GET /api/v0/meta/settings': [401, 403, 403],
    'POST /api/v0/meta/settings': [401, 403, 403],
    'GET /api/v0/index/autocomplete': ['shown', 200, 200],
    'GET /api/v0/index/dockersearch': ['shown', 'shown', 200],
    'GET /v1/search': ['shown', 'shown', 200],
    'POST /auth/logout': [401, 204, 204],
    'POST /enzi/v0/auth/logout': [401, 204, 204],
    'GET /enzi/v0/accounts': [401, 403, 403],
    'POST /enzi/v0/accounts': [401, 403, 403],
    'GET /enzi/v0/accounts/:accountNameOrID': [401, 404, 404],
    'PATCH /enzi/v0/accounts/:accountNameOrID': [401, 404, 404],
    'DELETE /enzi/v0/accounts/:accountNameOrID': [401, 404, 404],
    'POST /enzi/v0/accounts/:username/changePassword': [401, 404, 404],
    'GET /enzi/v0/accounts/:username/organizations': [401, 404, 404],
    'GET /enzi/v0/accounts/:orgname/members': [401, 404, 200],
    'GET /enzi/v0/accounts/:orgname/members/:membername': [401, 404, 200],
    'PUT /enzi/v0/accounts/:orgname/members/:membername': [401, 404, 403],
    'DELETE /enzi/v0/accounts/:orgname/members/:membername': [401, 404, 204],
    'GET /enzi/v0/accounts/:orgname/members/:membername/teams': [401, 404, 200],
    'GET /enzi/v0/accounts/:orgname/teams': [401, 404, 200],
    'POST /enzi/v0/accounts/:orgname/teams': [401, 404, 403],
    'GET /enzi/v0/accounts/:orgname/teams/:teamname': [401, 404, 200],
    'PATCH /enzi/v0/accounts/:orgname/teams/:teamname': [401, 404, 403],
    'DELETE /enzi/v0/accounts/:orgname/teams/:teamname': [401, 404, 403],
    'GET /enzi/v0/accounts/:orgname/teams/:teamname/members': [401, 404, 200],
    'GET /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername': [401, 404, 200],
    'PUT /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername': [401, 404, 403],
    'DELETE /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername': [401, 404, 403],
  }

  it('has the doors that this test knows of', () => {
    expect(doors).toEqual(Object.keys(table).sort())
  })

  for (const operation of doors) {
    it(`${operation} gives nobody, a stranger and a reader what the table says`, async () => {
      const expected = table[operation] ?? []
      for (const [at, { client }] of [anonymous, stranger, reader].entries()) {
        const response = await ask(client, operation)
        const text = await response.text()
        const [who, answer] = [['nobody', 'stranger', 'reader'][at], expected[at]]
        expect([who, response.status, text]).toEqual([who, answer === 'shown' ? 200 : answer, text])
        if (answer === 'shown') expect(text).not.toMatch(/acme|developers/)
        const challenge = response.status === 401 ? 'Basic realm="registry.test"' : null
        expect(response.headers.get('www-authenticate')).toBe(challenge)
      }
    })

    it(`${operation} does not tell a stranger what exists`, async () => {
      for (const { client } of [anonymous, stranger]) {
        const there = await ask(client, operation)
        const missing = await ask(client, operation, { namespace: 'emca', reponame: 'ppa' })
        const shape = (text: string) => text.replaceAll(/acme|emca/g, 'NAME').replaceAll(/\bapp\b|\bppa\b/g, 'REPO')
        expect([missing.status, shape(await missing.text())]).toEqual([there.status, shape(await there.text())])
      }
    })
  }

  it('never changed anything for them', async () => {
    for (const operation of doors.filter((candidate) => !/logout|members\/:membername$/.test(candidate))) {
      for (const { client } of [anonymous, stranger, reader]) await ask(client, operation)
    }
    const still = await reader.client('GET', '/api/v0/repositories/acme/app/tags')
    expect(await still.json()).toMatchObject([{ name: 'latest', digest: image.digest }])
    const made = await env.DB.prepare(`SELECT name FROM accounts WHERE name = 'made'`).all()
    expect(made.results).toEqual([])
  })

  it('takes no registry token: it says nothing about administration', async () => {
    const token = withToken(await tokenFor('root', [{ type: 'repository', name: 'acme/app', actions: ['*'] }]))
    // Whoever logs out of nothing is out.
    for (const operation of doors.filter((candidate) => !candidate.includes('logout'))) {
      expect([operation, (await ask(token, operation)).status]).toEqual([operation, 401])
    }
  })
})
