/** The form of an error answer is declared by the router of the path, and by nothing in the path itself. */
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { RegistryError, unauthorized } from '../../../src/errors.ts'
import type { AppEnv } from '../../../src/routes/app-context.ts'
import { answerError, answerNotFound } from '../../../src/routes/error-responses.ts'
import { RepositoryRouter } from '../../../src/routes/repository-router.ts'
import { apiErrors } from '../../../src/routes/shared/api-errors.ts'
import { declareErrorForm, type ErrorForm } from '../../../src/routes/shared/error-forms.ts'
import { problem } from '../../../src/routes/shared/problem.ts'
import { distributionErrors } from '../../../src/routes/v2/errors.ts'
import { problemOf, send } from '../../support/client.ts'

/** As a capability below `/v2` would declare it. */
const teaErrors: ErrorForm = {
  answer: (error, c) => c.json(problem(`TEA_${error.type.apiCode}`, error.message), 418),
  defectCode: 'TEA_SPILLED',
  hint: 'look in the kitchen',
}

/** A handler of its own for each route: a form is declared for the handler. */
const refuse = () => (): never => {
  throw unauthorized({ kind: 'login-missing' })
}

const tea = new Hono<AppEnv>().get('/:name{.+}/_tea/cup', refuse()).all('/:name{.+}/_tea/:what', (c) => c.notFound())
declareErrorForm(tea, teaErrors)
const distribution = new Hono<AppEnv>().use(async (_, next) => next()).get('/:name{.+}/manifests/:reference', refuse())
declareErrorForm(distribution, distributionErrors)
const console = new Hono<AppEnv>().use(async (_, next) => next()).post('/door', refuse())
declareErrorForm(console, apiErrors)

const app = new Hono<AppEnv>({ router: new RepositoryRouter() })
app.onError(answerError)
app.notFound(answerNotFound)
app.use(async (c, next) => {
  if (c.req.query('early') !== undefined) throw new RegistryError({ kind: 'origin-foreign', origin: 'https://x.test' })
  await next()
})
app.route('/v2', distribution)
app.route('/v2', tea)
app.route('/of/console', console)
app.get('/other', refuse())

async function answerTo(method: string, path: string): Promise<[number, string]> {
  const response = await app.request(`https://registry.test${path}`, { method })
  const [{ code } = { code: '' }] = (await response.json<{ errors: { code: string }[] }>()).errors
  return [response.status, code]
}

it.each([
  ['GET', '/v2/acme/app/_tea/cup', 418, 'TEA_NOT_AUTHENTICATED'],
  ['GET', '/v2/acme/app/manifests/v1', 401, 'UNAUTHORIZED'],
  ['POST', '/of/console/door', 401, 'NOT_AUTHENTICATED'],
  ['GET', '/other', 401, 'UNAUTHORIZED'],
])('%s %s answers in the form that its router declares', async (method, path, status, code) => {
  expect(await answerTo(method, path)).toEqual([status, code])
})

it('what fails before the routes of a router has its form already', async () => {
  expect(await answerTo('GET', '/v2/acme/app/_tea/cup?early')).toEqual([418, 'TEA_NOT_AUTHORIZED'])
  expect(await answerTo('POST', '/of/console/door?early')).toEqual([403, 'NOT_AUTHORIZED'])
  expect(await answerTo('GET', '/v2/acme/app/manifests/v1?early')).toEqual([403, 'DENIED'])
})

it('a path without a route has the form of the router around it, or that of the distribution API', async () => {
  const told = async (path: string) => (await problemOf(await app.request(`https://registry.test${path}`))).message
  expect(await told('/of/console/window')).toContain('listed at /apidocs')
  expect(await told('/v2/acme/app/_tea/pot')).toContain('look in the kitchen')
  expect(await told('/nowhere')).toContain('the registry answers at /v2/')
})

it('the groups of the registry have the form of their clients', async () => {
  const codes = ['/v2/', '/api/v0/jobs', '/api/v0/nothing', '/enzi/v0/accounts', '/v1/search?q=x'].map(
    async (path) => (await problemOf(await send('GET', path))).code,
  )
  const api = 'NOT_AUTHENTICATED'
  expect(await Promise.all(codes)).toEqual(['UNAUTHORIZED', api, api, api, api])
  expect((await problemOf(await send('POST', '/auth/logout'))).code).toBe(api)
  expect((await problemOf(await send('GET', '/auth/token', { headers: { authorization: 'Bearer x' } }))).code).toBe(
    'UNAUTHORIZED',
  )
})
