/** Tags: listed, looked up and deleted. */
import { z } from '@hono/zod-openapi'
import { countTags, listTagDetails } from '../../db/content/tag-details.ts'
import { longestFilter, mostItemsOfPage } from '../../limits.ts'
import { parseReference, parseTag } from '../../names.ts'
import { RegistryError } from '../../errors.ts'
import { removeTag } from '../../registry/deletion.ts'
import { describeTags, lookUp, type DescribedTag } from '../../registry/tags.ts'
import { isoTime } from '../../util/iso-time.ts'
import { requireRepository, rightOf } from '../shared/guards.ts'
import { manifest, manifestOf, referenceParameters } from './manifests.ts'
import { announcePage, cutPage, encodePage, pageHeaders, pageQuery, sizeQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { jsonOf, refusals, repositoryParameters, switchQuery, time } from '../shared/schemas.ts'

export const tags = apiRouter()

const tag = z
  .object({
    name: z.string().openapi({ example: 'latest' }),
    digest: z.string(),
    author: z.string().openapi({ description: 'who pushed it last', example: 'alice' }),
    createdAt: time,
    updatedAt: time,
    hashMismatch: z.boolean().openapi({ description: 'always false: this registry has no Notary' }),
    inNotary: z.boolean().openapi({ description: 'always false: this registry has no Notary' }),
    // Not `nullable()`, which the document would forget of a schema that it refers to.
    manifest: z.union([manifest, z.null()]),
  })
  .openapi('Tag')

const tagOf = ({
  name,
  digest,
  author,
  createdAt,
  updatedAt,
  manifest: described,
}: Omit<DescribedTag, 'manifest'> & Partial<Pick<DescribedTag, 'manifest'>>): z.infer<typeof tag> => ({
  name,
  digest,
  author,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
  hashMismatch: false,
  inNotary: false,
  manifest: described === undefined ? null : manifestOf(described),
})

const nameOf = ({ name }: { readonly name: string }): string => name
const digestOf = ({ digest }: { readonly digest: string }): string => digest

const domain = z
  .string()
  .max(longestFilter)
  .optional()
  .openapi({ param: { name: 'domain', in: 'query' }, description: 'accepted and ignored: this registry has no Notary' })

const platformPart = (name: string, example: string) =>
  z
    .string()
    .max(longestFilter)
    .optional()
    .openapi({ param: { name, in: 'query' }, example })

const listRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/repositories/{namespace}/{reponame}/tags',
  tags: ['tags'],
  summary: 'List the tags of a repository',
  description: 'A page with large manifests may be shorter than requested without being the last.',
  request: {
    params: repositoryParameters,
    query: z.object({
      ...pageQuery,
      domain,
      includeManifests: switchQuery('includeManifests', 'false', 'says what each tag points at'),
    }),
  },
  responses: {
    200: { ...jsonOf(z.array(tag), 'a page of tags, in the order of their names'), headers: pageHeaders },
    ...refusals(400, 401, 404),
  },
})

tags.openapi(listRoute, async function listTags(c) {
  const { pageStart: from, pageSize, count, includeManifests } = c.req.valid('query')
  const { id } = await requireRepository(c, c.req.valid('param'), 'view')
  const context = c.get('context')
  const page = cutPage(
    await listTagDetails(context.db, id, { from, limit: pageSize + 1 }),
    pageSize,
    ({ name }) => name,
  )
  const shown = includeManifests === 'true' ? await describeTags(context, id, page.items) : page.items
  const answer = encodePage({ items: shown, next: page.items[shown.length]?.name ?? page.next }, tagOf, nameOf)
  announcePage(c, answer, count === 'true' ? await countTags(context.db, id) : undefined)
  return c.json(answer.items, 200)
})

const getRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/repositories/{namespace}/{reponame}/tags/{reference}',
  tags: ['tags'],
  summary: 'Look up a tag or a digest',
  description:
    'A tag returns its image, or each image in its index, with the digest of that image. A digest returns the tags that point to it.',
  request: {
    params: referenceParameters,
    query: z.object({
      pageStart: pageQuery.pageStart,
      pageSize: sizeQuery('pageSize', mostItemsOfPage),
      domain,
      os: platformPart('os', 'linux'),
      arch: platformPart('arch', 'amd64'),
    }),
  },
  responses: {
    200: { ...jsonOf(z.array(tag), 'the tags'), headers: pageHeaders },
    ...refusals(400, 401, 404),
  },
})

tags.openapi(getRoute, async function lookUpReference(c) {
  const { reference: text, ...path } = c.req.valid('param')
  const { pageStart: from, pageSize: size, os, arch: architecture } = c.req.valid('query')
  const reference = parseReference(text)
  const seen = await requireRepository(c, path, 'view')
  const found = await lookUp(c.get('context'), seen, reference, { os, architecture }, { from, size })
  const answer = encodePage(found, tagOf, 'tag' in reference ? digestOf : nameOf)
  announcePage(c, answer)
  return c.json(answer.items, 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/repositories/{namespace}/{reponame}/tags/{reference}',
  tags: ['tags'],
  summary: 'Delete a tag',
  description:
    'Requires read-write access, or admin access if the tags are immutable. The manifest stays. A signed tag is refused.',
  request: { params: referenceParameters, query: z.object({ domain }) },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 405, 409) },
})

tags.openapi(deleteRoute, async function deleteTag(c) {
  const { reference, ...path } = c.req.valid('param')
  const tagName = parseTag(reference)
  const right = rightOf(await requireRepository(c, path, 'delete-content'))
  const isRemoved = await removeTag(c.get('context'), right, tagName)
  if (!isRemoved) throw new RegistryError({ kind: 'tag-unknown', repository: right.repository, tag: tagName })
  return c.body(null, 204)
})
