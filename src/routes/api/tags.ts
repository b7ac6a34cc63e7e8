/** Tags: listed, looked up and deleted. */
import { z } from '@hono/zod-openapi'
import { countTags, listTagDetails, type TagDetails } from '../../db/content/tag-details.ts'
import type { RepositoryKey } from '../../db/repositories/repositories.ts'
import { longestFilter, mostItemsOfPage } from '../../limits.ts'
import { parseReference, parseTag, type Tag } from '../../names.ts'
import { RegistryError } from '../../errors.ts'
import { untrusted, type PlacedTag, type TagTrust } from '../../registry/content-trust.ts'
import { removeTag } from '../../registry/deletion.ts'
import { describeTags, lookUp, type DescribedTag } from '../../registry/tags.ts'
import { isoTime } from '../../util/iso-time.ts'
import { hostOf, type AppContext } from '../app-context.ts'
import { requireRepository, rightOf } from '../shared/guards.ts'
import { manifest, manifestOf, referenceParameters } from './manifests.ts'
import { announcePage, cutPage, encodePage, pageHeaders, pageQuery, sizeQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { jsonOf, refusals, repositoryParameters, switchQuery, time } from '../shared/schemas.ts'

export const tags = apiRouter()

const signature = z
  .object({
    kind: z.enum(['notary', 'cosign', 'notation']),
    signer: z.string().openapi({
      description: 'the user whose key it is, or else the subject of the certificate or keyless identity',
      example: 'alice',
    }),
    key: z.string().openapi({ description: 'SHA-256 of the DER SubjectPublicKeyInfo; empty for a keyless identity' }),
    signedAt: time,
    expired: z.boolean().openapi({ description: 'whether its signer has to renew it, as clients of Notary refuse it' }),
  })
  .openapi('Signature')

const tag = z
  .object({
    name: z.string().openapi({ example: 'latest' }),
    digest: z.string(),
    author: z.string().openapi({ description: 'who pushed it last', example: 'alice' }),
    createdAt: time,
    updatedAt: time,
    hashMismatch: z.boolean().openapi({ description: 'whether the trust data names another image for the tag' }),
    inNotary: z.boolean().openapi({ description: 'whether the trust data has the tag, where Docker looks for it' }),
    notaryExpired: z.boolean().openapi({ description: 'whether the trust data that has the tag is expired' }),
    signatures: z.array(signature).openapi({ description: 'of what the tag points at, the oldest first, 20 at most' }),
    // Not `nullable()`, which the document would forget of a schema that it refers to.
    manifest: z.union([manifest, z.null()]),
  })
  .openapi('Tag')

type ShownTag = TagDetails & Partial<Pick<DescribedTag, 'manifest' | 'target'>>

const tagOf = (
  { name, digest, author, createdAt, updatedAt, manifest: described }: ShownTag,
  { hashMismatch, inNotary, notaryExpired, signatures }: TagTrust,
): z.infer<typeof tag> => ({
  name,
  digest,
  author,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
  hashMismatch,
  inNotary,
  notaryExpired,
  signatures: signatures.map(({ signedAt, ...signed }) => ({ ...signed, signedAt: isoTime(signedAt) })),
  manifest: described === undefined ? null : manifestOf(described),
})

/** Finds out who signed the tags of a page. @returns a function that writes a tag with its signatures */
async function signedTagsOf(
  c: AppContext,
  { id: repositoryId, name: repository }: RepositoryKey,
  host: string | undefined,
  shown: readonly ShownTag[],
): Promise<(shownTag: ShownTag) => z.infer<typeof tag>> {
  const place = { repositoryId, repository, host: host ?? hostOf(c) }
  const placed = shown.map(({ name, digest, target = digest }): [Tag, PlacedTag] => [name, { name, digest: target }])
  const tagsOfPage = [...new Map(placed).values()]
  const found =
    tagsOfPage.length === 0 ? undefined : await c.get('contentTrust')?.describeTags(c.get('context'), place, tagsOfPage)
  return (one) => tagOf(one, found?.get(one.name) ?? untrusted)
}

const nameOf = ({ name }: { readonly name: string }): string => name
const digestOf = ({ digest }: { readonly digest: string }): string => digest

const domain = z
  .string()
  .max(longestFilter)
  .optional()
  .openapi({
    param: { name: 'domain', in: 'query' },
    description: 'the host whose trust data is meant, by default the one that was asked; a deletion ignores it',
  })

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
  const { pageStart: from, pageSize, count, includeManifests, domain: host } = c.req.valid('query')
  const seen = await requireRepository(c, c.req.valid('param'), 'view')
  const { id } = seen
  const context = c.get('context')
  const page = cutPage(
    await listTagDetails(context.db, id, { from, limit: pageSize + 1 }),
    pageSize,
    ({ name }) => name,
  )
  const shown = includeManifests === 'true' ? await describeTags(context, id, page.items) : page.items
  const write = await signedTagsOf(c, seen, host, shown)
  const answer = encodePage({ items: shown, next: page.items[shown.length]?.name ?? page.next }, write, nameOf)
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
  const { pageStart: from, pageSize: size, os, arch: architecture, domain: host } = c.req.valid('query')
  const reference = parseReference(text)
  const seen = await requireRepository(c, path, 'view')
  const found = await lookUp(c.get('context'), seen, reference, { os, architecture }, { from, size })
  const write = await signedTagsOf(c, seen, host, found.items)
  const answer = encodePage(found, write, 'tag' in reference ? digestOf : nameOf)
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
