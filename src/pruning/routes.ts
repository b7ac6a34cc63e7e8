/** Routes of pruning policies: rules that delete tags of a repository automatically. */
import { z } from '@hono/zod-openapi'
import type { DeclaredOperation } from '../auth/authorization.ts'
import type { Attribution } from '../db/events/events.ts'
import type { RepositoryKey } from '../db/repositories/repositories.ts'
import { longestIdentifier, mostItemsOfPage, mostPruningPolicies } from '../limits.ts'
import type { RepositoryName } from '../names.ts'
import { isoTime } from '../util/iso-time.ts'
import { pruneAtOnce } from './at-once.ts'
import {
  changePolicy,
  createPolicy,
  getPolicy,
  newPolicy,
  policiesOf,
  policyChange,
  policyRefusal,
  removePolicy,
  tentativePolicy,
  type Policy,
} from './policies.ts'
import { mostTagsLookedAt, previewPruning } from './preview.ts'
import type { AppContext } from '../routes/app-context.ts'
import { requireRepository } from '../routes/shared/guards.ts'
import { announcePage, pageHeaders, pageQuery, sizeQuery } from '../routes/shared/paging.ts'
import { defineRoute } from '../routes/shared/route-access.ts'
import { apiRouter } from '../routes/shared/router.ts'
import { bodyOf, jsonOf, neverTime, refusals, repositoryParameters, time } from '../routes/shared/schemas.ts'
import { jobsContext, workAfterAnswer } from '../routes/api/background-jobs.ts'

export const api = apiRouter(policyRefusal)

const managePruning: DeclaredOperation = { level: 'admin', words: 'see and change the pruning policies of' }

const rule = z
  .object({
    field: z.string().openapi({ description: '"tag", "updated_at" or "updated_at_duration"' }),
    operator: z.string().openapi({
      description:
        'for a tag: eq, oo, sw, ew, c (equals, one of, starts with, ends with, contains) and the opposites noo, nsw, new, nc; for a time: bf, af (before, after)',
    }),
    values: z.array(z.string()),
  })
  .openapi('PruningRule', { example: { field: 'tag', operator: 'sw', values: ['nightly-'] } })

const policy = z
  .object({
    id: z.string(),
    repository: z.string().openapi({ example: 'acme/backend' }),
    enabled: z.boolean(),
    rules: z.array(rule),
    lastPrunedAt: z
      .string()
      .openapi({ format: 'date-time', description: `when it last deleted a tag; ${neverTime} if never` }),
    tagsSince: time
      .optional()
      .openapi({ description: 'the policy applies only to tags pushed after this time; if missing, to all' }),
  })
  .openapi('PruningPolicy')

const policyOf = (
  { id, enabled, rules, lastPrunedAt, tagsSince }: Policy,
  repository: RepositoryName,
): z.infer<typeof policy> => ({
  id,
  repository,
  enabled,
  rules: [...rules],
  lastPrunedAt: lastPrunedAt === undefined ? neverTime : isoTime(lastPrunedAt),
  ...(tagsSince === 0 ? {} : { tagsSince: isoTime(tagsSince) }),
})

const policyParameters = repositoryParameters.extend({
  pruningpolicyid: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'pruningpolicyid', in: 'path' } }),
})

const initialEvaluation = z
  .enum(['true', 'false'])
  .optional()
  .openapi({
    param: { name: 'initialEvaluation', in: 'query' },
    description:
      'true: applies to all tags, and existing ones are evaluated at once; false: applies only to tags pushed from now on. Default: false for a new policy, unchanged for an existing one',
  })

const whoAndWhat =
  'For administrators of the repository. All rules of a policy must match. Policies are evaluated every 15 minutes. They never delete a signed tag, and delete nothing while the tags of the repository are immutable.'

/** Makes the job of a changed policy before the answer; the job begins after it. */
async function evaluateAtOnce(
  c: AppContext,
  repository: RepositoryKey,
  changed: Policy,
  attribution: Attribution,
): Promise<void> {
  workAfterAnswer(c, await pruneAtOnce(jobsContext(c), repository, changed, attribution))
}

const listRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/repositories/{namespace}/{reponame}/pruningPolicies',
  tags: ['pruning'],
  summary: 'List the pruning policies of a repository',
  description: `For administrators of the repository. Oldest first, at most ${mostPruningPolicies}.`,
  request: { params: repositoryParameters },
  responses: { 200: jsonOf(z.array(policy), 'the policies'), ...refusals(400, 401, 403, 404) },
})

api.openapi(listRoute, async function listPruningPolicies(c) {
  const repository = await requireRepository(c, c.req.valid('param'), managePruning)
  const policies = await policiesOf(c.get('context').db, repository)
  return c.json(
    policies.map((one) => policyOf(one, repository.name)),
    200,
  )
})

const postRoute = defineRoute({
  access: 'users',
  method: 'post',
  path: '/repositories/{namespace}/{reponame}/pruningPolicies',
  tags: ['pruning'],
  summary: 'Create a pruning policy',
  description: whoAndWhat,
  request: {
    params: repositoryParameters,
    query: z.object({ initialEvaluation }),
    body: bodyOf(z.object(newPolicy.shape).openapi('NewPruningPolicy')),
  },
  responses: { 201: jsonOf(policy, 'the policy'), ...refusals(400, 401, 403, 404, 409) },
})

api.openapi(postRoute, async function postPruningPolicy(c) {
  const { account, ...repository } = await requireRepository(c, c.req.valid('param'), managePruning)
  const judgesAll = c.req.valid('query').initialEvaluation === 'true'
  const { db, now } = c.get('context')
  const attribution = { by: account.name, now }
  const made = await createPolicy(db, repository, c.req.valid('json'), judgesAll, attribution)
  await evaluateAtOnce(c, repository, made, attribution)
  return c.json(policyOf(made, repository.name), 201)
})

const preview = z.array(z.object({ name: z.string(), digest: z.string() })).openapi('PrunedTags')

const testRoute = defineRoute({
  access: 'users',
  method: 'post',
  path: '/repositories/{namespace}/{reponame}/pruningPolicies/test',
  tags: ['pruning'],
  summary: 'Preview which tags a policy would delete',
  description: `For administrators of the repository. Deletes nothing. A page covers ${mostTagsLookedAt} tags of the repository, so it may have few matches, or none, without being the last.`,
  request: {
    params: repositoryParameters,
    query: z.object({ pageStart: pageQuery.pageStart, pageSize: sizeQuery('pageSize', mostItemsOfPage) }),
    body: bodyOf(z.object(tentativePolicy.shape).openapi('TentativePruningPolicy')),
  },
  responses: {
    200: { ...jsonOf(preview, 'a page of the tags, sorted by name'), headers: pageHeaders },
    ...refusals(400, 401, 403, 404),
  },
})

api.openapi(testRoute, async function testPruningPolicy(c) {
  const repository = await requireRepository(c, c.req.valid('param'), managePruning)
  const { pageStart: from, pageSize: limit } = c.req.valid('query')
  const { db, now } = c.get('context')
  const found = await previewPruning(db, repository, c.req.valid('json').rules, { from, limit }, now)
  announcePage(c, { items: found.tags, next: found.next })
  return c.json([...found.tags], 200)
})

const getRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/repositories/{namespace}/{reponame}/pruningPolicies/{pruningpolicyid}',
  tags: ['pruning'],
  summary: 'Get a pruning policy',
  description: 'For administrators of the repository.',
  request: { params: policyParameters },
  responses: { 200: jsonOf(policy, 'the policy'), ...refusals(400, 401, 403, 404) },
})

api.openapi(getRoute, async function getPruningPolicy(c) {
  const { pruningpolicyid: id, ...path } = c.req.valid('param')
  const repository = await requireRepository(c, path, managePruning)
  return c.json(policyOf(await getPolicy(c.get('context').db, repository, id), repository.name), 200)
})

const putRoute = defineRoute({
  access: 'users',
  method: 'put',
  path: '/repositories/{namespace}/{reponame}/pruningPolicies/{pruningpolicyid}',
  tags: ['pruning'],
  summary: 'Change a pruning policy',
  description: `${whoAndWhat} Omitted fields stay unchanged.`,
  request: {
    params: policyParameters,
    query: z.object({ initialEvaluation }),
    body: bodyOf(z.object(policyChange.shape).openapi('ChangedPruningPolicy')),
  },
  responses: { 200: jsonOf(policy, 'the changed policy'), ...refusals(400, 401, 403, 404) },
})

api.openapi(putRoute, async function putPruningPolicy(c) {
  const { pruningpolicyid: id, ...path } = c.req.valid('param')
  const { account, ...repository } = await requireRepository(c, path, managePruning)
  const { initialEvaluation: wanted } = c.req.valid('query')
  const judgesAll = wanted === undefined ? undefined : wanted === 'true'
  const { db, now } = c.get('context')
  const attribution = { by: account.name, now }
  const changed = await changePolicy(db, repository, id, c.req.valid('json'), judgesAll, attribution)
  await evaluateAtOnce(c, repository, changed, attribution)
  return c.json(policyOf(changed, repository.name), 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/repositories/{namespace}/{reponame}/pruningPolicies/{pruningpolicyid}',
  tags: ['pruning'],
  summary: 'Delete a pruning policy',
  description: 'For administrators of the repository.',
  request: { params: policyParameters },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404) },
})

api.openapi(deleteRoute, async function deletePruningPolicy(c) {
  const { pruningpolicyid: id, ...path } = c.req.valid('param')
  const { account, ...repository } = await requireRepository(c, path, managePruning)
  const { db, now } = c.get('context')
  await removePolicy(db, repository, id, { by: account.name, now })
  return c.body(null, 204)
})
