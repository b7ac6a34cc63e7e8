/** Blobs (OCI end-2, end-10). */
import { Hono } from 'hono'
import { askForBlob, deleteBlob, getBlob, lookForBlob } from '../../registry/blobs.ts'
import { readPieces } from '../../registry/lost-content.ts'
import { joinPieces } from '../../storage/reading.ts'
import type { AppEnv } from '../app-context.ts'
import { requireMajority } from '../majority.ts'
import { requireOn } from './access.ts'
import { contentFor } from './byteranges.ts'
import { digestParameter, isNotModified, repositoryParameter } from './parameters.ts'
import { rangesOf } from './ranges.ts'

export const blobs = new Hono<AppEnv>()

/** Hono calls this for HEAD too, and drops the body. */
blobs.get('/:name{.+}/blobs/:digest', async function getBlobContent(c) {
  const repository = repositoryParameter(c)
  const digest = digestParameter(c)
  const { right, pushes } = await requireOn(c, 'pull', repository)
  const isHead = c.req.method === 'HEAD'
  const ask = pushes ? askForBlob : lookForBlob
  const blob = await (isHead ? ask : getBlob)(c.get('context'), right, digest)
  if (blob.needsMajority) await requireMajority(c)
  const headers = {
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=31536000, immutable',
  }
  if (isNotModified(c, headers.ETag)) return new Response(null, { status: 304, headers })
  const ranges = rangesOf(c, headers.ETag, blob.sizeBytes)
  const content = contentFor(ranges, blob.sizeBytes, (range) =>
    readPieces(c.get('context'), { digest, segments: blob.segments ?? [] }, range),
  )
  const { status, sizeBytes, pieces } = content
  const body = isHead || sizeBytes === 0 ? null : await joinPieces(pieces, sizeBytes, c.get('context').background)
  return new Response(body, {
    status,
    headers: { ...headers, ...content.headers, 'Content-Length': String(sizeBytes) },
  })
})

blobs.delete('/:name{.+}/blobs/:digest', async function deleteBlobContent(c) {
  const repository = repositoryParameter(c)
  const digest = digestParameter(c)
  const { right } = await requireOn(c, 'delete', repository)
  await deleteBlob(c.get('context'), right, digest)
  return new Response(null, { status: 202 })
})
