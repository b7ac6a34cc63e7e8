/** What routes demand of callers is said in their definitions. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { answerError } from '../../../src/routes/error-responses.ts'
import { withContext, withUser } from '../../../src/routes/app-context.ts'
import { declareRoutes, defineRoute, type RouteAccess } from '../../../src/routes/shared/route-access.ts'
import { apiRouter, withAdministrators, withLogin } from '../../../src/routes/shared/router.ts'
import { anAccount } from '../../support/people.ts'
import { readDocument } from '../../support/endpoints.ts'

/** A router as those of the API, mounted twice as deep, with a route of each kind. */
const routes: Record<string, RouteAccess> = {
  '/users/{name}': 'users',
  '/public/{name}': { isPublic: true },
  '/administrators/{name}': { administratorsMay: 'open the safe' },
}

const inner = apiRouter()
for (const [path, access] of Object.entries(routes)) {
  const route = defineRoute({
    access,
    method: 'get',
    path,
    responses: { 200: { description: 'it is open' } },
  })
  inner.openapi(route, (c) => c.text('open', 200))
}
const api = apiRouter()
api.use(withUser(), withLogin(), withAdministrators())
api.route('/', inner)
declareRoutes(api)
const app = apiRouter()
app.onError(answerError)
app.use(
  withContext({
    jobTypes: new Map(),
    facets: [],
    contentTrust: undefined,
    directory: undefined,
    readings: [],
    tables: [],
  }),
)
app.route('/api', api)

async function answerTo(path: string, authorization?: string, method = 'GET'): Promise<[number, string]> {
  const headers = authorization === undefined ? {} : { authorization }
  const request = new Request(`https://registry.test/api${path}`, { method, headers })
  const response = await app.fetch(request, env, createExecutionContext())
  return [response.status, await response.text()]
}

const basic = (name: string): string => `Basic ${btoa(`${name}:password of ${name}`)}`

beforeEach(async () => {
  await anAccount('alice', 'password of alice')
  await anAccount('root', 'password of root', true)
})

it('a route for users needs a login, as does a path without a route', async () => {
  for (const path of ['/users/x', '/nowhere']) expect(await answerTo(path)).toEqual([401, expect.anything()])
  expect(await answerTo('/users/x', basic('alice'))).toEqual([200, 'open'])
})

it('a public route answers without a login, to GET and to HEAD', async () => {
  expect(await answerTo('/public/x')).toEqual([200, 'open'])
  expect(await answerTo('/public/x', undefined, 'HEAD')).toEqual([200, ''])
})

it('a route for administrators refuses other users by what it says', async () => {
  expect(await answerTo('/administrators/x')).toEqual([401, expect.anything()])
  expect(await answerTo('/administrators/x', basic('alice'))).toEqual([403, expect.stringContaining('open the safe')])
  expect(await answerTo('/administrators/x', basic('root'))).toEqual([200, 'open'])
})

it('what is for the guards is no part of the OpenAPI document', async () => {
  expect(JSON.stringify(await readDocument())).not.toContain('x-access')
})

it('a route that does not say who may call it does not compile', () => {
  const route = { method: 'get', path: '/silent', responses: { 200: { description: 'it is open' } } } as const
  // @ts-expect-error -- `access` is missing
  const silent = defineRoute(route)
  expect(silent).toMatchObject({ path: '/silent' })
})
