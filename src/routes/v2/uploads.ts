/** Uploads of blobs (OCI end-4a to end-6, end-11, end-13, end-14). */
import { Hono } from 'hono'
import { requireAccess } from '../../auth/caller.ts'
import { RegistryError } from '../../errors.ts'
import { parseDigest, parseRepositoryName, type Digest, type RepositoryName } from '../../names.ts'
import { mountBlob } from '../../registry/blobs.ts'
import { issueUploadId, openUploadId, type UploadTicket } from '../../registry/upload-session.ts'
import { appendBytes, cancelUpload, finishUpload, uploadOffset, type IncomingBytes } from '../../registry/uploads.ts'
import { uploadKeys, type AppContext, type AppEnv } from '../context.ts'
import { announcedAlgorithm, chunkStart, contentLength, repositoryOf } from './parameters.ts'

export const uploads = new Hono<AppEnv>()

uploads.post('/:name{.+}/blobs/uploads', startUpload)

/** OCI end-11, end-4b or end-4a, by the query: mounts, stores at once, or opens a session. */
async function startUpload(c: AppContext): Promise<Response> {
  const repository = repositoryOf(c)
  requireAccess(c.get('caller'), 'push', repository)
  const [mount, digest] = [c.req.query('mount'), c.req.query('digest')]
  if (mount !== undefined) {
    const blob = parseDigest(mount)
    // A mount that cannot be granted is an upload: clients abort a push on 401 and 403.
    if (await mountFrom(c, repository, blob)) return created(c, repository, blob)
  }
  const id = await issueUploadId(await uploadKeys(c), repository, announcedAlgorithm(c), c.get('stores').now)
  if (digest === undefined) return accepted(c, repository, id, 0)
  const blob = parseDigest(digest)
  await finishUpload(c.get('stores'), await openTicket(c, repository, id), blob, bodyOf(c))
  return created(c, repository, blob)
}

uploads.get('/:name{.+}/blobs/uploads/:id', async function getUpload(c) {
  const repository = repositoryOf(c)
  requireAccess(c.get('caller'), 'push', repository)
  const offsetBytes = await uploadOffset(c.get('stores'), await openTicket(c, repository, c.req.param('id')))
  return new Response(null, { status: 204, headers: sessionHeaders(repository, c.req.param('id'), offsetBytes) })
})

uploads.patch('/:name{.+}/blobs/uploads/:id', async function patchUpload(c) {
  const repository = repositoryOf(c)
  requireAccess(c.get('caller'), 'push', repository)
  const ticket = await openTicket(c, repository, c.req.param('id'))
  const body = bodyOf(c)
  const offsetBytes =
    body === undefined ? await uploadOffset(c.get('stores'), ticket) : await appendBytes(c.get('stores'), ticket, body)
  return accepted(c, repository, c.req.param('id'), offsetBytes)
})

uploads.put('/:name{.+}/blobs/uploads/:id', async function putUpload(c) {
  const repository = repositoryOf(c)
  requireAccess(c.get('caller'), 'push', repository)
  const ticket = await openTicket(c, repository, c.req.param('id'))
  const digest = c.req.query('digest')
  if (digest === undefined) {
    throw new RegistryError({
      kind: 'parameter-invalid',
      parameter: 'digest',
      why: 'closing an upload needs the digest of its content',
    })
  }
  const blob = parseDigest(digest)
  await finishUpload(c.get('stores'), ticket, blob, bodyOf(c))
  return created(c, repository, blob)
})

uploads.delete('/:name{.+}/blobs/uploads/:id', async function deleteUpload(c) {
  const repository = repositoryOf(c)
  requireAccess(c.get('caller'), 'push', repository)
  await cancelUpload(c.get('stores'), await openTicket(c, repository, c.req.param('id')))
  return new Response(null, { status: 204 })
})

async function openTicket(c: AppContext, repository: RepositoryName, id: string): Promise<UploadTicket> {
  return openUploadId(await uploadKeys(c), repository, id, c.get('stores').now)
}

/** A source whose name breaks the grammar has nothing to mount, which is no reason to refuse the upload. */
async function mountFrom(c: AppContext, repository: RepositoryName, digest: Digest): Promise<boolean> {
  const from = c.req.query('from')
  if (from === undefined) return mountBlob(c.get('stores'), c.get('caller'), repository, digest, undefined)
  try {
    return await mountBlob(c.get('stores'), c.get('caller'), repository, digest, parseRepositoryName(from))
  } catch (error) {
    if (error instanceof RegistryError && error.failure.kind === 'name-invalid') return false
    throw error
  }
}

/** @returns undefined for a request without a body, which is not the same as an empty chunk in any other way */
function bodyOf(c: AppContext): IncomingBytes | undefined {
  const stream = c.req.raw.body
  const sizeBytes = contentLength(c)
  const offsetBytes = chunkStart(c, sizeBytes)
  return stream === null || sizeBytes === 0 ? undefined : { stream, sizeBytes, offsetBytes }
}

function accepted(c: AppContext, repository: RepositoryName, id: string, offsetBytes: number): Response {
  return c.body(null, 202, sessionHeaders(repository, id, offsetBytes))
}

function created(c: AppContext, repository: RepositoryName, digest: Digest): Response {
  return c.body(null, 201, { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest })
}

/** The Range of an upload is inclusive, so one without a byte cannot be told from one with a single byte. */
function sessionHeaders(repository: RepositoryName, id: string, offsetBytes: number): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(offsetBytes - 1, 0)}`,
    'Docker-Upload-UUID': id,
  }
}
