import { describe, expect, it } from 'vitest'
import {
  describedAs,
  endpointOf,
  operations,
  readDocument,
  type Description,
  type Schema,
} from '../../support/endpoints.ts'
import { send } from '../../support/client.ts'

// Those of single sign-on are pages for browsers.
const administrative = operations.filter((operation) =>
  / \/(api\/v0|enzi\/v0\/(?!saml\/)|v1|auth\/(?!token|oidc|sso))/.test(operation),
)

const everyOperation = ({ paths }: Description) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ at: `${method} ${path}`, method, path, operation })),
  )

const everyParameter = (description: Description) =>
  everyOperation(description).flatMap(({ at, operation: { parameters = [] } }) =>
    parameters.map((parameter) => ({ at, ...parameter })),
  )

const objectWithDescription: unknown = expect.objectContaining({ description: expect.stringMatching(/./) })

/** The statuses of an operation. */
const statusesOf = (description: Description, operation: string): string[] =>
  Object.keys(describedAs(description, endpointOf(operation))?.responses ?? {})

describe('the OpenAPI document', () => {
  it('describes every administrative route, and no others', async () => {
    const description = await readDocument()
    expect(description.openapi).toMatch(/^3\.1/)
    expect(description.info).toMatchObject({ title: expect.stringMatching(/./), version: expect.stringMatching(/./) })
    const described = everyOperation(description).map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    )
    const documented = administrative.filter((operation) => operation !== 'GET /api/v0/openapi.json')
    expect(documented.length).toBeGreaterThan(50)
    expect(described.sort()).toEqual(documented)
  })

  it('has a summary and an answer for success of each operation', async () => {
    for (const { at, operation } of everyOperation(await readDocument())) {
      const succeeds = Object.keys(operation.responses ?? {}).some((status) => /^2\d\d$/.test(status))
      expect([at, operation.summary !== '', succeeds]).toEqual([at, true, true])
    }
  })

  it('calls each operation by a name of its own', async () => {
    const ids = everyOperation(await readDocument()).map(({ at, operation }) => [at, operation.operationId ?? ''])
    for (const [at, id] of ids) expect([at, id]).toEqual([at, expect.stringMatching(/^[a-z][A-Za-z0-9]+$/)])
    const names = ids.map(([, id]) => id)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    expect(names).toEqual(expect.arrayContaining(['listTags', 'getSettings', 'logOut', 'logOutOfEnzi']))
  })

  it('refers to nothing that it does not have', async () => {
    const description = await readDocument()
    const references = JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
    const named = [...new Set(Array.from(references, ([, name = '']) => name))]
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !(name in description.components.schemas))).toEqual([])
  })

  it('says how a caller logs in, and where no login is needed', async () => {
    const description = await readDocument()
    expect(description.components.securitySchemes).toMatchObject({
      password: { type: 'http', scheme: 'basic' },
      session: { type: 'http', scheme: 'bearer' },
    })
    const credentials = [{ password: [] }, { session: [] }]
    expect(description.security).toEqual(credentials)
    const securityOf = (operation: string) => describedAs(description, endpointOf(operation))?.security
    expect(securityOf('GET /api/v0/repositories')).toEqual([{}, ...credentials])
    expect(securityOf('GET /api/v0/repositories/:namespace/:reponame/tags')).toEqual([{}, ...credentials])
    expect(securityOf('DELETE /api/v0/repositories/:namespace/:reponame/tags/:reference')).toBeUndefined()
    expect(securityOf('GET /enzi/v0/accounts')).toBeUndefined()
    expect(securityOf('POST /auth/login')).toEqual([])
    expect(securityOf('GET /v1/_ping')).toEqual([])
    expect(securityOf('POST /auth/logout')).toEqual([{ session: [] }])
    const schemes = everyOperation(description).flatMap(({ operation: { security = [] } }) => security)
    for (const name of schemes.flatMap(Object.keys)) expect(description.components.securitySchemes).toHaveProperty(name)
  })

  it('says in words where a login is optional, as a page shows a lock there too', async () => {
    for (const { at, operation } of everyOperation(await readDocument())) {
      const isOptional = (operation.security ?? []).some((way) => Object.keys(way).length === 0)
      expect([at, operation.description?.includes('A login is optional') ?? false]).toEqual([at, isOptional])
    }
  })

  it('shows the groups in an order, the repositories first, and has no group that is not in it', async () => {
    const description = await readDocument()
    const groups = description.tags.map(({ name }) => name)
    expect(groups[0]).toBe('repositories')
    const used = new Set(everyOperation(description).flatMap(({ operation: { tags = [] } }) => tags))
    expect([...used].sort()).toEqual([...groups].sort())
  })

  it('has what any route may refuse, without the route saying so', async () => {
    const description = await readDocument()
    for (const operation of administrative.filter((one) => one !== 'GET /api/v0/openapi.json')) {
      const statuses = statusesOf(description, operation)
      expect([operation, statuses]).toEqual([operation, expect.arrayContaining(['401', '429', '500'])])
      if (operation.includes(' /v1/')) expect(statuses).not.toContain('406')
      else expect([operation, statuses]).toEqual([operation, expect.arrayContaining(['406'])])
      const takesBody = !operation.startsWith('GET ')
      expect([operation, statuses.includes('415')]).toEqual([operation, takesBody])
    }
    // Only repositories are read-only with the registry.
    expect(statusesOf(description, 'DELETE /api/v0/repositories/:namespace/:reponame')).toContain('405')
    expect(statusesOf(description, 'PUT /enzi/v0/accounts/:orgname/members/:membername')).not.toContain('405')
  })

  it('says that a tag may have no manifest', async () => {
    const { Tag: tag } = (await readDocument()).components.schemas
    expect(tag?.properties?.['manifest']).toEqual({
      anyOf: [{ $ref: '#/components/schemas/Manifest' }, { type: 'null' }],
    })
  })

  it('has the fields of the settings that can be changed, and says that there are no others', async () => {
    const description = await readDocument()
    const schema = describedAs(description, endpointOf('POST /api/v0/meta/settings'))?.requestBody?.content[
      'application/json'
    ]?.schema
    expect(schema).toEqual({ $ref: '#/components/schemas/ChangedSettings' })
    const { ChangedSettings: changed, Settings: all } = description.components.schemas
    expect(changed?.properties).toEqual(all?.properties)
    expect(Object.keys(changed?.properties ?? {})).toContain('readOnlyRegistry')
    expect(changed).toMatchObject({ additionalProperties: false })
    expect(changed).not.toHaveProperty('required')
    expect(changed?.properties?.['repoEventHistoryToKeep']).toMatchObject({ type: 'integer', minimum: 1 })
  })

  it('describes each setting', async () => {
    const { Settings: settings } = (await readDocument()).components.schemas
    const fields = Object.entries(settings?.properties ?? {})
    expect(fields.length).toBeGreaterThan(10)
    for (const [name, field] of fields) expect([name, field]).toEqual([name, objectWithDescription])
  })

  it('says of what asks for so many how many there are at least, at most and when nothing is said', async () => {
    const sizes = everyParameter(await readDocument()).filter(({ name }) => ['pageSize', 'limit', 'n'].includes(name))
    expect(sizes.length).toBeGreaterThan(15)
    const usual = (at: string, name: string): number => {
      if (name === 'n' || at.endsWith('/index/autocomplete')) return 25
      return /\/tags\/\{reference\}$|\/pruningPolicies\/test$|\/logs$/.test(at) ? 100 : 10
    }
    for (const { at, name, schema } of sizes) {
      const maximum = at.endsWith('/logs') ? 1000 : 100
      const expected = { type: 'integer', minimum: 1, maximum, default: usual(at, name) }
      expect([at, schema]).toEqual([at, expect.objectContaining(expected)])
    }
  })

  it('has the orders of accounts without what a "+" turns into on its way', async () => {
    const description = await readDocument()
    const order = describedAs(description, endpointOf('GET /enzi/v0/accounts'))?.parameters?.find(
      ({ name }) => name === 'order',
    )
    expect(order?.schema).toMatchObject({ type: 'string', enum: ['name', '+name', '-name'], default: 'name' })
  })

  it('shows a user where only a user will do', async () => {
    const examples = new Map<string, Set<unknown>>()
    for (const { name, in: place, schema } of everyParameter(await readDocument())) {
      if (place === 'path') examples.set(name, (examples.get(name) ?? new Set()).add(schema.example))
    }
    for (const name of ['username', 'membername']) expect([...(examples.get(name) ?? [])]).toEqual(['alice'])
    for (const name of ['orgname', 'namespace']) expect([...(examples.get(name) ?? [])]).toEqual(['acme'])
  })

  it('has the grammar of names of accounts and teams', async () => {
    const description = await readDocument()
    const account: Schema = { pattern: expect.stringContaining('[a-z0-9]+'), minLength: 1, maxLength: 100 }
    const team: Schema = { pattern: expect.stringContaining('[a-zA-Z0-9]+'), minLength: 1, maxLength: 100 }
    const names: Record<string, Schema> = {
      username: account,
      membername: account,
      orgname: account,
      namespace: account,
      teamname: team,
    }
    const named = everyParameter(description).filter(({ name, in: place }) => place === 'path' && name in names)
    expect(named.length).toBeGreaterThan(50)
    for (const { at, name, schema } of named) expect([at, name, schema]).toMatchObject([at, name, names[name]])
    const { NewAccount, NewTeam } = description.components.schemas
    expect(NewAccount?.properties?.['name']).toMatchObject(account)
    expect(NewTeam?.properties?.['name']).toMatchObject(team)
  })

  it('can be read without a login, but not with invalid credentials', async () => {
    expect((await send('GET', '/api/v0/openapi.json')).status).toBe(200)
    const headers = { authorization: 'Bearer of-nobody' }
    expect((await send('GET', '/api/v0/openapi.json', { headers })).status).toBe(401)
  })
})
