/** Repositories: listed, made, looked at, edited and deleted. */
import { z } from '@hono/zod-openapi'
import type { RepositoryRecord } from '../../db/repositories/visible-repositories.ts'
import { visibilities } from '../../access-levels.ts'
import {
  largestTagLimit,
  longestLongDescription,
  longestRepositoryName,
  longestShortDescription,
} from '../../limits.ts'
import { parseRepositoryName } from '../../names.ts'
import {
  countVisibleRepositories,
  createRepository,
  editRepository,
  getRepository,
  removeRepository,
  visibleInNamespace,
  visibleRepositories,
} from '../../registry/repositories.ts'
import { requireNamespace, requireRepository } from '../shared/guards.ts'
import { announcePage, cutPage, encodePage, pageHeaders, pageQuery } from '../shared/paging.ts'
import { workAfterAnswer } from './background-jobs.ts'
import { repository, repositoryJson } from './repository-json.ts'
import { defineRoute } from '../shared/route-access.ts'
import { accountOf, apiRouter } from '../shared/router.ts'
import {
  accountParameter,
  bodyOf,
  jsonOf,
  lineText,
  linesText,
  refusals,
  repositoryParameters,
} from '../shared/schemas.ts'

export const repositories = apiRouter()

const list = z.object({ repositories: z.array(repository) }).openapi('Repositories')
const page = { ...jsonOf(list, 'a page of repositories, in the order of their full names'), headers: pageHeaders }
const namespaceParameters = z.object({ namespace: accountParameter('namespace') })

const settings = {
  shortDescription: lineText(longestShortDescription),
  longDescription: linesText(longestLongDescription).openapi({ description: 'Markdown' }),
  visibility: z.enum(visibilities).openapi({ description: 'who may pull: anyone, or only users with access' }),
  immutableTags: z.boolean().openapi({ description: 'an existing tag cannot move to another image' }),
  tagLimit: z
    .int()
    .min(0)
    .max(largestTagLimit)
    .openapi({ description: 'a push beyond this number of tags drops the oldest; 0 means no limit', example: 0 }),
}
const ignored = {
  scanOnPush: z
    .boolean()
    .optional()
    .openapi({ description: 'accepted and ignored: this registry does not scan images' }),
  enableManifestLists: z
    .boolean()
    .optional()
    .openapi({ description: 'accepted and ignored: manifest lists are always enabled' }),
}

const newRepository = z
  .object({
    name: z
      .string()
      .min(1)
      .max(longestRepositoryName)
      .openapi({ description: 'without the namespace', example: 'backend' }),
    shortDescription: settings.shortDescription.default(''),
    longDescription: settings.longDescription.default(''),
    visibility: settings.visibility.default('private'),
    immutableTags: settings.immutableTags.default(false),
    tagLimit: settings.tagLimit.default(0),
    ...ignored,
  })
  .openapi('NewRepository')

const changedRepository = z
  .object({ ...settings, ...ignored })
  .partial()
  .openapi('ChangedRepository')

const nameOf = ({ name }: RepositoryRecord): string => name

const listRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/repositories',
  tags: ['repositories'],
  summary: 'List the repositories that you have access to',
  description: 'Without a login, it lists the public ones.',
  request: { query: z.object(pageQuery) },
  responses: { 200: page, ...refusals(400, 401) },
})

repositories.openapi(listRoute, async function listRepositories(c) {
  const { pageStart: from, pageSize, count } = c.req.valid('query')
  const context = c.get('context')
  const account = accountOf(c)
  const found = cutPage(await visibleRepositories(context, account, { from, limit: pageSize + 1 }), pageSize, nameOf)
  const answer = encodePage(found, repositoryJson, nameOf)
  announcePage(c, answer, count === 'true' ? await countVisibleRepositories(context, account) : undefined)
  return c.json({ repositories: answer.items }, 200)
})

const listNamespaceRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/repositories/{namespace}',
  tags: ['repositories'],
  summary: 'List the repositories of a user or an organization that you have access to',
  request: { params: namespaceParameters, query: z.object(pageQuery) },
  responses: { 200: page, ...refusals(400, 401, 404) },
})

repositories.openapi(listNamespaceRoute, async function listRepositoriesOfNamespace(c) {
  const { namespace } = c.req.valid('param')
  const { pageStart: from, pageSize, count } = c.req.valid('query')
  const context = c.get('context')
  const account = accountOf(c)
  const found = cutPage(
    await visibleInNamespace(context, account, namespace, { from, limit: pageSize + 1 }),
    pageSize,
    nameOf,
  )
  const answer = encodePage(found, repositoryJson, nameOf)
  announcePage(c, answer, count === 'true' ? await countVisibleRepositories(context, account, namespace) : undefined)
  return c.json({ repositories: answer.items }, 200)
})

const postRoute = defineRoute({
  access: 'users',
  method: 'post',
  path: '/repositories/{namespace}',
  tags: ['repositories'],
  summary: 'Create a repository',
  description: 'For administrators of the namespace.',
  request: { params: namespaceParameters, body: bodyOf(newRepository) },
  responses: { 201: jsonOf(repository, 'the repository'), ...refusals(400, 401, 403, 404, 405) },
})

repositories.openapi(postRoute, async function makeRepository(c) {
  const { namespace } = c.req.valid('param')
  const { name, scanOnPush: _scan, enableManifestLists: _lists, ...wanted } = c.req.valid('json')
  const fullName = parseRepositoryName(`${namespace}/${name}`)
  const { name: by } = await requireNamespace(c, namespace, 'create-repository')
  return c.json(repositoryJson(await createRepository(c.get('context'), fullName, wanted, by)), 201)
})

const getRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/repositories/{namespace}/{reponame}',
  tags: ['repositories'],
  summary: 'Get a repository',
  request: { params: repositoryParameters },
  responses: { 200: jsonOf(repository, 'the repository'), ...refusals(400, 401, 404) },
})

repositories.openapi(getRoute, async function showRepository(c) {
  const seen = await requireRepository(c, c.req.valid('param'), 'view')
  return c.json(repositoryJson(await getRepository(c.get('context'), seen)), 200)
})

const patchRoute = defineRoute({
  access: 'users',
  method: 'patch',
  path: '/repositories/{namespace}/{reponame}',
  tags: ['repositories'],
  summary: 'Edit a repository',
  description: 'For administrators of the repository. Omitted fields stay unchanged.',
  request: { params: repositoryParameters, body: bodyOf(changedRepository) },
  responses: { 200: jsonOf(repository, 'the changed repository'), ...refusals(400, 401, 403, 404, 405) },
})

repositories.openapi(patchRoute, async function changeRepository(c) {
  const { account, ...seen } = await requireRepository(c, c.req.valid('param'), 'edit')
  const { scanOnPush: _scan, enableManifestLists: _lists, ...changes } = c.req.valid('json')
  return c.json(repositoryJson(await editRepository(c.get('context'), seen, changes, account.name)), 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/repositories/{namespace}/{reponame}',
  tags: ['repositories'],
  summary: 'Delete a repository, its tags and its images',
  description:
    'For administrators of the repository. The repository disappears immediately and its name is free; the job "repository_deletion" deletes its content. A repository with trust data is refused.',
  request: { params: repositoryParameters },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 405) },
})

repositories.openapi(deleteRoute, async function dropRepository(c) {
  const { account, ...seen } = await requireRepository(c, c.req.valid('param'), 'delete-repository')
  workAfterAnswer(c, await removeRepository(c.get('context'), seen, account.name))
  return c.body(null, 204)
})
