/**
 * Every endpoint of the app checks permission: this test walks all routes, so an endpoint without a check, or one missing
 * from the tables, fails here. `test/routes/v2/access.test.ts` has the endpoints of `/v2/`.
 */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  factsOfCapabilities,
  missingOfCapabilities,
  openOfCapabilities,
  type Answer,
  type EndpointFacts,
} from '../support/capability-endpoints.ts'
import { problemOf, send, tokenFor, withToken, type Send } from '../support/client.ts'
import { pushImage, type Image } from '../support/content.ts'
import {
  describedAs,
  endpointOf,
  foundMiddlewares,
  middlewares,
  operations,
  readDocument,
  type Description,
} from '../support/endpoints.ts'
import {
  aLogin,
  aMember,
  anOrganization,
  aPerson,
  aTeam,
  aTeamMember,
  clientOf,
  type Person,
} from '../support/people.ts'
import { bodyOf, existing, hasQuery, targetOf, templateOf, whatRequestsName } from '../support/valid-requests.ts'
import { closeGate, dropCluster, openGate, ownCluster, withCluster } from '../support/replicas.ts'

/** Endpoints that are open by design. */
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
  'GET /',
  'GET /health',
  'GET /_ping',
  ...openOfCapabilities,
])

describe('the middlewares before the endpoints', () => {
  it('is what the tests know of, each once', () => {
    expect([...foundMiddlewares].sort()).toEqual([...middlewares].sort())
  })

  it('is all that takes every method: the rest is endpoints', () => {
    expect(operations.filter((operation) => operation.startsWith('ALL '))).toEqual([])
  })
})

/** The private repository acme/app, and those who stand around it. */
describe('the administrative API', () => {
  const endpoints = operations.filter((operation) => !/ \/v2(\/|$)/.test(operation) && !open.has(operation))

  let image: Image
  let anonymous: Person
  let stranger: Person
  let reader: Person
  let root: Person
  let description: Description

  beforeEach(async () => {
    const acme = await anOrganization('acme')
    const team = await aTeam(acme, 'developers')
    reader = await aPerson('reader')
    stranger = await aPerson('stranger')
    anonymous = { ...stranger, client: send }
    root = await aPerson('root', { isAdmin: true })
    await aMember(acme, reader)
    await aTeamMember(team, reader)
    image = await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
    await whatRequestsName()
    description ??= await readDocument()
  })

  type Names = Readonly<Record<string, string>>

  /** As long as those that exist. */
  const missing: Names = {
    namespace: 'emca',
    reponame: 'ppa',
    orgname: 'emca',
    username: 'toor',
    accountNameOrID: 'toor',
    membername: 'redaer',
    teamname: 'srepoleved',
    reference: 'tsetal',
    hashedtoken: 'e'.repeat(64),
    servicename: 'robot.emca.ci',
    servicetoken: 'c'.repeat(64),
    sessionID: 'b'.repeat(64),
    ...missingOfCapabilities,
    jobID: '0f1e2d3c-5a4b-8796-6978-b4a5d2c3f0e1',
    action: 'sgoljob_cgenilno',
    consumer: 'koohbew',
    eventID: '8',
    id: '0123456789ab',
  }

  const namedIn = (operation: string): string[] =>
    Array.from(templateOf(operation).matchAll(/:(\w+)/g), ([, name = '']) => name)

  interface Asking {
    readonly names?: Names
    /** After the names, with its "?" or "&". */
    readonly query?: string
    readonly headers?: Record<string, string>
    readonly body?: string | undefined
  }

  /** Asks, and looks whether the document has the answer. */
  async function ask(client: Send, operation: string, asking: Asking = {}): Promise<Response> {
    const { names = existing, query = '', headers = {}, body = bodyOf(operation) } = asking
    const target = targetOf(operation, names)
    const { method, path } = endpointOf(operation)
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await client(method, `${target}${query}`, { headers: { ...type, ...headers }, body: body ?? null })
    const documented = describedAs(description, { method, path })?.responses ?? {}
    expect([operation, response.status]).not.toEqual([operation, 500])
    expect([operation, Object.keys(documented)]).toEqual([operation, expect.arrayContaining([String(response.status)])])
    return response
  }

  /** What an anonymous caller, a stranger and a member with read-only on the repository get. */
  const table: Record<string, EndpointFacts['answers']> = {
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
    'GET /api/v0/admin/installation': [401, 403, 403],
    'GET /api/v0/admin/read_only': [401, 403, 403],
    'POST /api/v0/admin/read_only': [401, 403, 403],
    'GET /api/v0/meta/cluster_status': [401, 403, 403],
    'GET /api/v0/meta/alerts': [401, 403, 403],
    'GET /api/v0/admin/replicas': [401, 403, 403],
    'POST /api/v0/admin/replicas': [401, 403, 403],
    'DELETE /api/v0/admin/replicas/:id': [401, 403, 403],
    'POST /api/v0/admin/replicas/:id/emergency_repair': [401, 403, 403],
    'POST /api/v0/admin/replicas/:id/drill': [401, 403, 403],
    'GET /api/v0/events/consumers': [401, 403, 403],
    'GET /api/v0/events/consumers/:consumer/parked': [401, 403, 403],
    'POST /api/v0/events/consumers/:consumer/parked/:eventID/retry': [401, 403, 403],
    'DELETE /api/v0/events/consumers/:consumer/parked/:eventID': [401, 403, 403],
    'GET /api/v0/jobs': [401, 403, 403],
    'POST /api/v0/jobs': [401, 403, 403],
    'GET /api/v0/jobs/:jobID': [401, 403, 403],
    'DELETE /api/v0/jobs/:jobID': [401, 403, 403],
    'POST /api/v0/jobs/:jobID/cancel': [401, 403, 403],
    'GET /api/v0/jobs/:jobID/logs': [401, 403, 403],
    'GET /api/v0/crons': [401, 403, 403],
    'POST /api/v0/crons': [401, 403, 403],
    'GET /api/v0/crons/:action': [401, 403, 403],
    'DELETE /api/v0/crons/:action': [401, 403, 403],
    'GET /api/v0/index/autocomplete': ['shown', 'shown', 200],
    'GET /api/v0/index/dockersearch': ['shown', 'shown', 200],
    'GET /v1/search': ['asked', 'shown', 200],
    'POST /auth/logout': [401, 204, 204],
    'POST /enzi/v0/auth/logout': [401, 204, 204],
    'GET /enzi/v0/accounts': [401, 403, 403],
    'POST /enzi/v0/accounts': [401, 403, 403],
    'GET /enzi/v0/accounts/:accountNameOrID': [401, 404, 404],
    'PATCH /enzi/v0/accounts/:accountNameOrID': [401, 404, 404],
    'DELETE /enzi/v0/accounts/:accountNameOrID': [401, 404, 404],
    'POST /enzi/v0/accounts/:username/changePassword': [401, 404, 404],
    'GET /enzi/v0/accounts/:username/organizations': [401, 404, 404],
    'GET /enzi/v0/accounts/:username/sessions': [401, 404, 404],
    'DELETE /enzi/v0/accounts/:username/sessions': [401, 404, 404],
    'DELETE /enzi/v0/accounts/:username/sessions/:sessionID': [401, 404, 404],
    'GET /enzi/v0/config/sessions': [401, 403, 403],
    'PUT /enzi/v0/config/sessions': [401, 403, 403],
    'GET /enzi/v0/accounts/:orgname/serviceAccounts': [401, 404, 403],
    'POST /enzi/v0/accounts/:orgname/serviceAccounts': [401, 404, 403],
    'PATCH /enzi/v0/accounts/:orgname/serviceAccounts/:servicename': [401, 404, 403],
    'DELETE /enzi/v0/accounts/:orgname/serviceAccounts/:servicename': [401, 404, 403],
    'GET /enzi/v0/accounts/:orgname/serviceAccounts/:servicename/tokens': [401, 404, 403],
    'POST /enzi/v0/accounts/:orgname/serviceAccounts/:servicename/tokens': [401, 404, 403],
    'DELETE /enzi/v0/accounts/:orgname/serviceAccounts/:servicename/tokens/:servicetoken': [401, 404, 403],
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
    ...Object.fromEntries(Object.entries(factsOfCapabilities).map(([operation, { answers }]) => [operation, answers])),
  }

  it('has the endpoints that this test knows of', () => {
    expect(endpoints).toEqual(Object.keys(table).sort())
  })

  const statusOf = (answer: Answer | undefined): number | undefined =>
    answer === 'shown' ? 200 : answer === 'asked' ? 401 : answer

  const needsLogin = (operation: string): boolean => table[operation]?.[0] === 401

  for (const operation of endpoints) {
    it(`${operation} gives an anonymous caller, a stranger and a reader what the table says`, async () => {
      const expected = table[operation] ?? []
      for (const [at, { client }] of [anonymous, stranger, reader].entries()) {
        const response = await ask(client, operation)
        const text = await response.text()
        const [who, answer] = [['anonymous', 'stranger', 'reader'][at], expected[at]]
        expect([who, response.status, text]).toEqual([who, statusOf(answer), text])
        if (answer === 'shown' || answer === 'asked') expect(text).not.toMatch(/acme|developers/)
        const challenge = response.status === 401 ? 'Basic realm="registry.test"' : null
        expect(response.headers.get('www-authenticate')).toBe(challenge)
      }
    })

    it(`${operation} says in the document whether it asks for a login`, () => {
      const { security = description.security } = describedAs(description, endpointOf(operation)) ?? {}
      const isOpen = security.some((way) => Object.keys(way).length === 0)
      expect(isOpen).toBe(!needsLogin(operation))
    })
  }

  /** Nothing is named in these, so there is nothing to tell. */
  const nameless = [
    'GET /api/v0/admin/installation',
    'GET /api/v0/admin/read_only',
    'GET /api/v0/admin/replicas',
    'GET /api/v0/crons',
    'GET /api/v0/events',
    'GET /api/v0/events/consumers',
    'GET /api/v0/jobs',
    'GET /api/v0/meta/alerts',
    'GET /api/v0/meta/cluster_status',
    'GET /api/v0/meta/features',
    'GET /api/v0/meta/settings',
    'GET /api/v0/repositories',
    'GET /enzi/v0/accounts',
    'GET /enzi/v0/config/sessions',
    'POST /api/v0/admin/read_only',
    'POST /api/v0/admin/replicas',
    'POST /api/v0/crons',
    'POST /api/v0/jobs',
    'POST /api/v0/meta/settings',
    'POST /auth/logout',
    'POST /enzi/v0/accounts',
    'POST /enzi/v0/auth/logout',
    'PUT /enzi/v0/config/sessions',
  ]

  it('names something at all endpoints but those that this test knows of', () => {
    const ofCore = endpoints.filter((operation) => factsOfCapabilities[operation] === undefined)
    expect(ofCore.filter((operation) => namedIn(operation).length === 0)).toEqual(nameless)
  })

  /** Whatever is named, by one word. */
  const shapeOf = (text: string): string =>
    [existing, missing].flatMap(Object.values<string>).reduce((shape, name) => shape.replaceAll(name, 'NAME'), text)

  async function answerOf(client: Send, operation: string, names: Names): Promise<[number, string]> {
    const response = await ask(client, operation, { names })
    return [response.status, shapeOf(`${await response.text()} ${JSON.stringify([...response.headers])}`)]
  }

  for (const operation of endpoints.filter((candidate) => namedIn(candidate).length > 0)) {
    it(`${operation} does not tell a stranger what exists`, async () => {
      const oneMissing = namedIn(operation).map((name): Names => Object.assign({}, existing, { [name]: missing[name] }))
      // A user where only an organization will do.
      const aUser = { ...existing, namespace: 'root', orgname: 'root', membername: 'root' }
      for (const { client } of [anonymous, stranger]) {
        const there = await answerOf(client, operation, existing)
        for (const names of [missing, ...oneMissing, aUser]) {
          expect([names, await answerOf(client, operation, names)]).toEqual([names, there])
        }
      }
    })
  }

  for (const operation of endpoints.filter(needsLogin)) {
    it(`${operation} does not tell an anonymous caller what else is wrong`, async () => {
      const invalid = Object.fromEntries(Object.keys(existing).map((name) => [name, '-']))
      const query = `${hasQuery(operation) ? '&' : '?'}pageSize=x&limit=x&filter=x`
      const body = bodyOf(operation) === undefined ? undefined : '['
      expect((await ask(send, operation, { names: invalid, query, body })).status).toBe(401)
    })
  }

  describe('to an administrator', () => {
    const changesReplicas = (operation: string): boolean => /^(POST|DELETE) .*\/replicas/.test(operation)

    /** What an administrator does to replicas here must not be done to those of all tests. */
    async function spareTheSharedCluster(): Promise<void> {
      const [first = ''] = await ownCluster(3)
      existing.id = first
      isSpared = true
    }

    /** The session that asks ends too, so an access token has to ask. */
    const endsSessions = (operation: string): boolean => operation === 'DELETE /enzi/v0/accounts/:username/sessions'

    let isSpared = false

    afterEach(async () => {
      if (!isSpared) return
      isSpared = false
      await dropCluster()
      await withCluster()
    })

    for (const operation of [...endpoints, 'GET /v1/_ping', 'POST /auth/login', 'POST /enzi/v0/auth/login']) {
      it(`${operation} answers as the document says, also to an administrator and to what is wrong`, async () => {
        if (changesReplicas(operation)) await spareTheSharedCluster()
        const client = endsSessions(operation) ? await aLogin('root') : root.client
        const invalid = Object.fromEntries(Object.keys(existing).map((name) => [name, '-']))
        const query = `${hasQuery(operation) ? '&' : '?'}pageSize=x&limit=x&n=x&filter=x`
        await ask(withToken('of no user'), operation)
        await ask(client, operation, { names: invalid })
        await ask(client, operation, { headers: { accept: 'text/html' } })
        if (!operation.startsWith('GET ')) {
          for (const body of ['[', '[]', `"${'x'.repeat(70_000)}"`]) await ask(client, operation, { body })
          const wrong = await ask(client, operation, { headers: { 'content-type': 'text/plain' }, body: 'x' })
          expect(wrong.status).toBe(415)
        }
        await ask(client, operation, { names: missing })
        await ask(client, operation, { query })
        await closeGate()
        await ask(client, operation)
        await openGate()
        await ask(client, operation)
      })
    }
  })

  const changesOfCapabilities = (isDecisive: boolean): string[] =>
    Object.entries(factsOfCapabilities)
      .filter(([operation, facts]) => !operation.startsWith('GET ') && (facts.isDecisive === true) === isDecisive)
      .map(([operation]) => operation)

  /** What decides who gets in: a leaked access token must not outlive itself through these. */
  const decisive = [
    'DELETE /api/v0/accounts/:namespace',
    'DELETE /enzi/v0/accounts/:accountNameOrID',
    'PATCH /api/v0/api_tokens/:hashedtoken',
    'PATCH /enzi/v0/accounts/:accountNameOrID',
    'PATCH /enzi/v0/accounts/:orgname/serviceAccounts/:servicename',
    'POST /api/v0/api_tokens',
    'POST /enzi/v0/accounts',
    'POST /enzi/v0/accounts/:orgname/serviceAccounts',
    'POST /enzi/v0/accounts/:orgname/serviceAccounts/:servicename/tokens',
    'POST /enzi/v0/accounts/:username/changePassword',
    'PUT /enzi/v0/accounts/:orgname/members/:membername',
    'PUT /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername',
    'PUT /enzi/v0/config/sessions',
    ...changesOfCapabilities(true),
  ]

  /** What else changes something, and is done with an access token too. */
  const harmless = [
    'DELETE /api/v0/accounts/:namespace/repositories',
    'DELETE /api/v0/admin/replicas/:id',
    'DELETE /api/v0/api_tokens',
    'DELETE /api/v0/api_tokens/:hashedtoken',
    'DELETE /api/v0/crons/:action',
    'DELETE /api/v0/events/consumers/:consumer/parked/:eventID',
    'DELETE /api/v0/jobs/:jobID',
    'DELETE /api/v0/repositories/:namespace/:reponame',
    'DELETE /api/v0/repositories/:namespace/:reponame/manifests/:reference',
    'DELETE /api/v0/repositories/:namespace/:reponame/tags/:reference',
    'DELETE /api/v0/repositories/:namespace/:reponame/teamAccess/:teamname',
    'DELETE /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname',
    'DELETE /enzi/v0/accounts/:orgname/members/:membername',
    'DELETE /enzi/v0/accounts/:orgname/serviceAccounts/:servicename',
    'DELETE /enzi/v0/accounts/:orgname/serviceAccounts/:servicename/tokens/:servicetoken',
    'DELETE /enzi/v0/accounts/:username/sessions',
    'DELETE /enzi/v0/accounts/:username/sessions/:sessionID',
    'DELETE /enzi/v0/accounts/:orgname/teams/:teamname',
    'DELETE /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername',
    'PATCH /api/v0/repositories/:namespace/:reponame',
    'PATCH /enzi/v0/accounts/:orgname/teams/:teamname',
    'POST /api/v0/admin/read_only',
    'POST /api/v0/admin/replicas',
    'POST /api/v0/admin/replicas/:id/drill',
    'POST /api/v0/admin/replicas/:id/emergency_repair',
    'POST /api/v0/crons',
    'POST /api/v0/events/consumers/:consumer/parked/:eventID/retry',
    'POST /api/v0/jobs',
    'POST /api/v0/jobs/:jobID/cancel',
    'POST /api/v0/meta/settings',
    'POST /api/v0/repositories/:namespace',
    'POST /auth/logout',
    'POST /enzi/v0/accounts/:orgname/teams',
    'POST /enzi/v0/auth/logout',
    'PUT /api/v0/repositories/:namespace/:reponame/teamAccess/:teamname',
    'PUT /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname',
    ...changesOfCapabilities(false),
  ]

  it('has an endpoint for an access token, or for a password alone, wherever something is changed', () => {
    expect([...decisive, ...harmless].sort()).toEqual(endpoints.filter((operation) => !operation.startsWith('GET ')))
  })

  /** Bodies of those that decide who gets in by some of their fields alone. */
  const decisiveBodies: Record<string, object> = {
    'PATCH /api/v0/api_tokens/:hashedtoken': { isActive: true },
    'PATCH /enzi/v0/accounts/:accountNameOrID': { isAdmin: true },
    'PATCH /enzi/v0/accounts/:orgname/serviceAccounts/:servicename': { isActive: true },
    'PUT /enzi/v0/accounts/:orgname/members/:membername': { isAdmin: true },
  }

  for (const operation of decisive) {
    it(`${operation} is refused to an access token, which is told why, and not to a session`, async () => {
      const body = decisiveBodies[operation]
      const asking = body === undefined ? {} : { body: JSON.stringify(body) }
      const byToken = await ask(await aLogin('root'), operation, asking)
      const { code, message } = await problemOf(byToken)
      expect([byToken.status, code]).toEqual([403, 'PASSWORD_NEEDED'])
      expect(message).toMatch(/^root may not .+ with an access token.*: log in with the password, or with a session/)
      const bySession = await ask(root.client, operation, asking)
      expect(await bySession.text()).not.toContain('PASSWORD_NEEDED')
    })
  }

  it('lets an access token describe an account and rename or switch off a token', async () => {
    const byToken = await aLogin('root')
    for (const [operation, body] of [
      ['PATCH /enzi/v0/accounts/:accountNameOrID', { fullName: 'x' }],
      ['PATCH /api/v0/api_tokens/:hashedtoken', { tokenLabel: 'x', isActive: false }],
      ['POST /enzi/v0/accounts', { name: 'made', isOrg: true }],
    ] as const) {
      const response = await ask(byToken, operation, { body: JSON.stringify(body) })
      expect([operation, response.ok]).toEqual([operation, true])
    }
  })

  it('shows a stranger and an anonymous caller no repository without access', async () => {
    for (const query of ['', 'app', 'acme', 'acme/', 'acme/app']) {
      const found = async ({ client }: Person) => {
        const response = await client('GET', `/api/v0/index/autocomplete?query=${query}`)
        return response.json<{ accountResults: Array<{ name: string }>; repositoryResults: Array<{ name: string }> }>()
      }
      expect(await found(anonymous)).toEqual({ accountResults: [], repositoryResults: [] })
      expect((await found(stranger)).repositoryResults).toEqual([])
      expect((await found(reader)).repositoryResults).toMatchObject([{ namespace: 'acme', name: 'app' }])
    }
  })

  it('never changed anything for them', async () => {
    for (const operation of endpoints.filter((candidate) => !/logout|members\/:membername$/.test(candidate))) {
      for (const { client } of [anonymous, stranger, reader]) await ask(client, operation)
    }
    const still = await reader.client('GET', '/api/v0/repositories/acme/app/tags')
    expect(await still.json()).toMatchObject([{ name: 'latest', digest: image.digest }])
    const made = await env.DB.prepare(`SELECT name FROM accounts WHERE name = 'made'`).all()
    expect(made.results).toEqual([])
  })

  it('takes no registry token: it says nothing about administration', async () => {
    const token = withToken(await tokenFor('root', [{ type: 'repository', name: 'acme/app', actions: ['*'] }]))
    // Logging out without a session succeeds.
    for (const operation of endpoints.filter((candidate) => !candidate.includes('logout'))) {
      expect([operation, (await ask(token, operation)).status]).toEqual([operation, 401])
    }
  })
})
