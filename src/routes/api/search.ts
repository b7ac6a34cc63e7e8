/** The search: DTR's `index`. */
import { z } from '@hono/zod-openapi'
import { mayInRegistry } from '../../auth/authorization.ts'
import type { FoundAccount } from '../../db/repositories/search.ts'
import type { RepositoryRecord } from '../../db/repositories/visible-repositories.ts'
import { largestPageBytes, longestAccountName, longestSearch } from '../../limits.ts'
import { isAccountName } from '../../names.ts'
import { firstWithin, jsonBytes } from '../../registry/page-budget.ts'
import { findAccounts, findRepositories } from '../../registry/search.ts'
import type { AppContext } from '../app-context.ts'
import { sizeQuery } from '../shared/paging.ts'
import { repository, repositoryJson } from './repository-json.ts'
import { defineRoute } from '../shared/route-access.ts'
import { accountOf, apiRouter } from '../shared/router.ts'
import { jsonOf, refusals, switchQuery } from '../shared/schemas.ts'

export const search = apiRouter()

const defaultResults = 25

/** Makes the query parameter for the search text, which is no longer than a name can be. */
export const searchQuery = (name: string) =>
  z
    .string()
    .max(longestSearch)
    .default('')
    .openapi({
      param: { name, in: 'query' },
      description:
        'prefixes of words in the name; with a "/", a prefix of the full name or of part of the path: "backend/a" finds acme/backend/api; empty finds everything',
      example: 'backend',
    })

/** Makes the query parameter for the number of results; a larger number is cut to the largest. */
export const searchLimit = (name: string) => sizeQuery(name, defaultResults)

const foundAccount = z
  .object({ id: z.string(), name: z.string(), fullName: z.string(), isOrg: z.boolean() })
  .openapi('FoundAccount')

const autocompleteResults = z
  .object({ accountResults: z.array(foundAccount), repositoryResults: z.array(repository) })
  .openapi('Autocomplete')

const autocompleteRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/index/autocomplete',
  tags: ['index'],
  summary: 'Find repositories and accounts',
  description:
    'Returns repositories that the caller has access to, most pulled first, and accounts if the caller has logged in.',
  request: {
    query: z.object({
      query: searchQuery('query'),
      includeRepositories: switchQuery('includeRepositories', 'true'),
      includeAccounts: switchQuery('includeAccounts', 'true'),
      namespace: z
        .string()
        .max(longestAccountName)
        .default('')
        .openapi({ param: { name: 'namespace', in: 'query' }, description: 'only repositories of this namespace' }),
      limit: searchLimit('limit'),
    }),
  },
  responses: { 200: jsonOf(autocompleteResults, 'the matches, at most the limit of each kind'), ...refusals(400) },
})

search.openapi(autocompleteRoute, async function autocomplete(c) {
  const { query, namespace, limit, includeAccounts, includeRepositories } = c.req.valid('query')
  const wantsAccounts = includeAccounts === 'true' && mayInRegistry(accountOf(c), 'find-accounts')
  // What cannot be the name of a namespace is that of none.
  const wantsRepositories = includeRepositories === 'true' && (namespace === '' || isAccountName(namespace))
  const [accounts, repositories] = await Promise.all([
    wantsAccounts ? findAccounts(c.get('context').db, { query, limit }) : [],
    wantsRepositories ? repositoriesFor(c, query, limit, namespace) : [],
  ])
  return c.json(
    {
      accountResults: accounts.map(foundAccountOf),
      repositoryResults: [...firstWithin(repositories.map(repositoryJson), largestPageBytes, jsonBytes)],
    },
    200,
  )
})

/** A repository as Docker's search shows it. */
export const dockerRepository = z
  .object({
    name: z.string().openapi({ example: 'acme/backend' }),
    description: z.string(),
    is_official: z.boolean(),
    is_trusted: z.boolean().openapi({ description: 'whether the repository has published trust data' }),
    star_count: z.int(),
  })
  .openapi('DockerRepository')

const dockerSearchResults = z
  .object({ num_results: z.int(), query: z.string(), results: z.array(dockerRepository) })
  .openapi('DockerSearch')

const dockerSearchRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/index/dockersearch',
  tags: ['index'],
  summary: 'Find repositories, in the format of `docker search`',
  description: 'Returns repositories that the caller has access to, most pulled first.',
  request: { query: z.object({ q: searchQuery('q') }) },
  responses: { 200: jsonOf(dockerSearchResults, 'the matches'), ...refusals(400) },
})

search.openapi(dockerSearchRoute, async function dockerSearch(c) {
  const { q: query } = c.req.valid('query')
  const results = await searchForDocker(c, query, defaultResults)
  return c.json({ num_results: results.length, query, results }, 200)
})

/** Returns what Docker shows of the repositories that the caller may see. */
export async function searchForDocker(
  c: AppContext,
  query: string,
  limit: number,
): Promise<z.infer<typeof dockerRepository>[]> {
  const repositories = await repositoriesFor(c, query, limit, '')
  const trusted =
    repositories.length === 0
      ? undefined
      : await c.get('contentTrust')?.publishedAmong(
          c.get('context'),
          repositories.map(({ id }) => id),
        )
  return repositories.map(({ id, name, shortDescription }) => ({
    name,
    description: shortDescription,
    is_official: false,
    is_trusted: trusted?.has(id) === true,
    star_count: 0,
  }))
}

/** Finds repositories that the caller may see. @param namespace empty for any */
async function repositoriesFor(
  c: AppContext,
  query: string,
  limit: number,
  namespace: string,
): Promise<RepositoryRecord[]> {
  const only = isAccountName(namespace) ? namespace : undefined
  return findRepositories(c.get('context').db, accountOf(c), { query, namespace: only, limit })
}

const foundAccountOf = ({ id, name, fullName, isOrganization }: FoundAccount): z.infer<typeof foundAccount> => ({
  id,
  name,
  fullName,
  isOrg: isOrganization,
})
