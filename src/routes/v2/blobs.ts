/** Blobs (OCI end-2, end-10). */
import { Hono } from 'hono'
import { askForBlob, deleteBlob, getBlob, readBlob } from '../../registry/blobs.ts'
import type { AppEnv } from '../context.ts'
import { requireMajority } from '../majority.ts'
import { digestOf, isNotModified, rangeOf, repositoryOf } from './parameters.ts'
import { requireOn } from './access.ts'

export const blobs = new Hono<AppEnv>()

/** Hono sends HEAD here too, and drops the body. */
blobs.get('/:name{.+}/blobs/:digest', async function getBlobContent(c) {
  const repository = repositoryOf(c)
  const digest = digestOf(c)
  const { pushes } = await requireOn(c, 'pull', repository)
  const isHead = c.req.method === 'HEAD'
  const blob = await (isHead && pushes ? askForBlob : getBlob)(c.get('stores'), repository, digest)
  if (blob.needsMajority) await requireMajority(c)
  const headers = {
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=31536000, immutable',
  }
  if (isNotModified(c, headers.ETag)) return new Response(null, { status: 304, headers })
  const range = rangeOf(c, headers.ETag, blob.sizeBytes)
  const { start, end } = range ?? { start: 0, end: blob.sizeBytes }
  const body = isHead || blob.segments === undefined ? null : await readBlob(c.get('stores'), blob, start, end)
  return new Response(body, {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(end - start),
      ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${blob.sizeBytes}` }),
    },
  })
})

blobs.delete('/:name{.+}/blobs/:digest', async function deleteBlobContent(c) {
  const repository = repositoryOf(c)
  const digest = digestOf(c)
  await requireOn(c, 'delete', repository)
  await deleteBlob(c.get('stores'), c.get('caller'), repository, digest)
  return new Response(null, { status: 202 })
})
