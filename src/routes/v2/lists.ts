/** Tags, referrers and the catalog (OCI end-8, end-12; `_catalog` is Docker's). */
import { Hono } from 'hono'
import { requireCatalog } from '../../auth/registry-access.ts'
import { RegistryError } from '../../errors.ts'
import { mostReferrersOfPage, mostRepositoriesOfPage, mostTagsOfPage } from '../../limits.ts'
import { isDigest } from '../../names.ts'
import { catalogPage, tagsPage } from '../../registry/lists.ts'
import { mediaTypes } from '../../registry/manifest-document.ts'
import { referrersPage, writeReferrers } from '../../registry/referrers.ts'
import type { AppEnv } from '../app-context.ts'
import { digestParameter, linkToNext, pageRequest, queryOf, repositoryParameter } from './parameters.ts'
import { requireOn } from './access.ts'

export const lists = new Hono<AppEnv>()

lists.get('/_catalog', async function getCatalog(c) {
  const viewer = requireCatalog(c.get('caller'))
  const page = pageRequest(c, mostRepositoriesOfPage)
  const { names, more } = await catalogPage(c.get('context'), viewer, page)
  if (more) c.header('Link', linkToNext('/v2/_catalog', { n: String(page.limit), last: names.at(-1) }))
  return c.json({ repositories: names })
})

lists.get('/:name{.+}/tags/list', async function getTags(c) {
  const repository = repositoryParameter(c)
  const { right } = await requireOn(c, 'pull', repository)
  const page = pageRequest(c, mostTagsOfPage)
  const { names, more } = await tagsPage(c.get('context'), right, page)
  if (more) c.header('Link', linkToNext(`/v2/${repository}/tags/list`, { n: String(page.limit), last: names.at(-1) }))
  return c.json({ name: repository, tags: names })
})

/**
 * Answers 200 for every digest, to everyone who may pull: clients remember 404, and some also 401 and 403, as a registry
 * without this API. So what is demanded of an image for a pull is not demanded here.
 */
lists.get('/:name{.+}/referrers/:digest', async function getReferrers(c) {
  const repository = repositoryParameter(c)
  const subject = digestParameter(c)
  const { right } = await requireOn(c, 'pull', repository)
  const { limit, last } = pageRequest(c, mostReferrersOfPage)
  if (last !== '' && !isDigest(last)) {
    const reason = { kind: 'no-digest' } as const
    throw new RegistryError({ kind: 'parameter-invalid', place: 'query', parameter: 'last', reason })
  }
  const artifactType = queryOf(c, 'artifactType')
  const page = await referrersPage(c.get('context'), right, { subject, artifactType, after: last, limit })
  if (page.next !== undefined) {
    const query = { artifactType, n: String(limit), last: page.next }
    c.header('Link', linkToNext(`/v2/${repository}/referrers/${subject}`, query))
  }
  if (artifactType !== undefined) c.header('OCI-Filters-Applied', 'artifactType')
  return c.body(writeReferrers(page.manifests), 200, { 'Content-Type': mediaTypes.index })
})
