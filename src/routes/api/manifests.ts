/** Manifests: what the images of a repository are, and how they were built. */
import { z } from '@hono/zod-openapi'
import { countManifests, listManifestRows } from '../../db/content/manifest-details.ts'
import { longestReference } from '../../limits.ts'
import { parseReference } from '../../names.ts'
import type { DockerfileLine } from '../../registry/image-config.ts'
import { describeRows, type ManifestDetails } from '../../registry/manifest-details.ts'
import { removeManifest } from '../../registry/manifests.ts'
import { isoTime } from '../../util/iso-time.ts'
import { requireRepository, rightOf } from '../shared/guards.ts'
import { announcePage, cutPage, encodePage, pageHeaders, pageQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { jsonOf, refusals, repositoryParameters } from '../shared/schemas.ts'

export const manifests = apiRouter()

const dockerfileLine = z
  .object({
    line: z.string().openapi({ example: 'COPY app /usr/bin/app' }),
    layerDigest: z.string(),
    size: z.int(),
    mediaType: z.string(),
    isEmpty: z.boolean().openapi({ description: 'the step created no layer' }),
    urls: z.array(z.string()).openapi({ description: 'where to download a nondistributable layer' }),
  })
  .openapi('DockerfileLine')

export const manifest = z
  .object({
    digest: z.string(),
    mediaType: z.string(),
    configMediaType: z.string(),
    configDigest: z.string(),
    os: z.string().openapi({ example: 'linux' }),
    osVersion: z.string(),
    architecture: z.string().openapi({ example: 'amd64' }),
    size: z.int().openapi({ description: 'total bytes of the config and the layers' }),
    author: z.string().openapi({ description: 'who pushed it', example: 'alice' }),
    createdAt: z.string().openapi({ description: 'when the image was built; empty if unknown' }),
    dockerfile: z.array(dockerfileLine),
  })
  .openapi('Manifest')

export const manifestOf = ({
  sizeBytes: size,
  createdAt,
  dockerfile,
  ...details
}: ManifestDetails): z.infer<typeof manifest> => ({
  ...details,
  size,
  createdAt: createdAt === undefined ? '' : isoTime(createdAt),
  dockerfile: dockerfile.map(lineOf),
})

const lineOf = ({ line, isEmpty, layer }: DockerfileLine): z.infer<typeof dockerfileLine> => ({
  line,
  layerDigest: layer?.digest ?? '',
  size: layer?.sizeBytes ?? 0,
  mediaType: layer?.mediaType ?? '',
  isEmpty,
  urls: [...(layer?.urls ?? [])],
})

/** A tag or a digest, in a path. */
export const referenceParameters = repositoryParameters.extend({
  reference: z
    .string()
    .min(1)
    .max(longestReference)
    .openapi({ param: { name: 'reference', in: 'path' }, description: 'a tag or a digest', example: 'latest' }),
})

const listRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/repositories/{namespace}/{reponame}/manifests',
  tags: ['manifests'],
  summary: 'List the manifests of a repository',
  description:
    'Sorted by digest, including indexes. A page with large manifests may be shorter than requested without being the last.',
  request: { params: repositoryParameters, query: z.object(pageQuery) },
  responses: {
    200: { ...jsonOf(z.array(manifest), 'a page of manifests'), headers: pageHeaders },
    ...refusals(400, 401, 404),
  },
})

manifests.openapi(listRoute, async function listManifests(c) {
  const { pageStart, pageSize, count } = c.req.valid('query')
  const { id } = await requireRepository(c, c.req.valid('param'), 'view')
  const context = c.get('context')
  const page = cutPage(
    await listManifestRows(context.db, id, pageStart, pageSize + 1),
    pageSize,
    ({ digest }) => digest,
  )
  const { byDigest, next = page.next } = await describeRows(context, id, page.items)
  const answer = encodePage({ items: [...byDigest.values()], next }, manifestOf, ({ digest }) => digest)
  announcePage(c, answer, count === 'true' ? await countManifests(context.db, id) : undefined)
  return c.json(answer.items, 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/repositories/{namespace}/{reponame}/manifests/{reference}',
  tags: ['manifests'],
  summary: 'Delete a manifest with its tags, or a tag',
  description:
    'Requires read-write access, or admin access if the tags are immutable. A digest deletes the manifest and all its tags; a tag deletes only the tag. What is signed is refused.',
  deprecated: true,
  request: { params: referenceParameters },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 405, 409) },
})

manifests.openapi(deleteRoute, async function deleteManifest(c) {
  const { reference: text, ...path } = c.req.valid('param')
  const reference = parseReference(text)
  const seen = await requireRepository(c, path, 'delete-content')
  await removeManifest(c.get('context'), rightOf(seen), reference)
  return c.body(null, 204)
})
