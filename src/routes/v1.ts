/**
 * The rest of Docker's first registry API: `docker search HOST/term` asks `/v1/_ping` whether it exists, and then
 * `/v1/search`, with the credentials of `docker login` if there are any.
 */
import { z } from '@hono/zod-openapi'
import { dockerRepository, searchForDocker, searchLimit, searchQuery } from './api/search.ts'
import { unauthorized, type RegistryError } from '../errors.ts'
import { apiErrors } from './shared/api-errors.ts'
import { declareErrorForm } from './shared/error-forms.ts'
import { defineRoute } from './shared/route-access.ts'
import { accountOf, apiRouter } from './shared/router.ts'
import { jsonOf, refusals } from './shared/schemas.ts'
import { isDocker, withUser } from './app-context.ts'

export const v1 = apiRouter()

v1.use(withUser())

const pingRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/_ping',
  tags: ['index'],
  summary: 'Tell `docker search` that the registry supports it',
  security: [],
  responses: { 200: jsonOf(z.object({ standalone: z.literal(false) }), 'it may') },
})

/** Denies to be "standalone": Docker would send credentials with all requests, empty ones when it has none. */
v1.openapi(pingRoute, function ping(c) {
  c.header('X-Docker-Registry-Standalone', 'false')
  return c.json({ standalone: false } as const, 200)
})

/** One page has all that there is: Docker asks for no other. */
const searchResults = z
  .object({
    num_pages: z.literal(1),
    num_results: z.int(),
    page_size: z.int(),
    page: z.literal(1),
    query: z.string(),
    results: z.array(dockerRepository),
  })
  .openapi('DockerSearchPage')

const searchRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/search',
  tags: ['index'],
  summary: 'Find repositories, for `docker search`',
  description:
    'Returns repositories that the caller has access to, most pulled first. If nothing matches for an anonymous caller, the answer asks for a login, except to Docker, which cannot show that.',
  request: { query: z.object({ q: searchQuery('q'), n: searchLimit('n') }) },
  responses: { 200: jsonOf(searchResults, 'the matches'), ...refusals(400) },
})

/**
 * Makes the refusal of an anonymous search that found nothing. Podman takes any 200 for the whole answer, and after a
 * 401 searches the catalog with its login. Docker sends its login at once; without one it shows "Unexpected status code
 * 401".
 */
const nothingForStrangers = (): RegistryError => unauthorized({ kind: 'nothing-public' })

v1.openapi(searchRoute, async function search(c) {
  const { q: query, n: limit } = c.req.valid('query')
  const results = await searchForDocker(c, query, limit)
  if (results.length === 0 && accountOf(c) === undefined && !isDocker(c)) throw nothingForStrangers()
  return c.json({ num_pages: 1, num_results: results.length, page_size: limit, page: 1, query, results } as const, 200)
})

declareErrorForm(v1, apiErrors)
