/** Uploads of blobs (OCI end-4a to end-6, end-11, end-13, end-14). */
import { Hono } from 'hono'
import { isRepositoryName, parseDigest, type Digest, type RepositoryName } from '../../names.ts'
import { mountBlob } from '../../registry/blobs.ts'
import { issueUploadId, openUploadId, type UploadTicket } from '../../registry/upload-session.ts'
import { appendBytes, cancelUpload, finishUpload, uploadOffset, type IncomingBytes } from '../../registry/uploads.ts'
import { uploadKeys, type AppContext, type AppEnv } from '../app-context.ts'
import { requirePush } from './access.ts'
import { announcedAlgorithm, chunkRange, contentLength, queryOf, repositoryParameter } from './parameters.ts'

export const uploads = new Hono<AppEnv>()

uploads.post('/:name{.+}/blobs/uploads', startUpload)

/** Mounts (OCI end-11), stores in one request (end-4b) or opens a session (end-4a), by the query. */
async function startUpload(c: AppContext): Promise<Response> {
  const repository = repositoryParameter(c)
  const [mount, digest, from] = [queryOf(c, 'mount'), queryOf(c, 'digest'), nameOf(queryOf(c, 'from'))]
  const push = await requirePush(c, repository, from === undefined ? undefined : `repository:${from}:pull`)
  if (mount !== undefined) {
    const blob = parseDigest(mount)
    // A refused mount becomes an upload: clients abort a push on 401 and 403.
    const hasSource = from !== undefined || queryOf(c, 'from') === undefined
    if (hasSource && (await mountBlob(c.get('context'), c.get('caller'), blob, from, push))) {
      return created(c, repository, blob)
    }
  }
  const id = await issueUploadId(await uploadKeys(c), repository, announcedAlgorithm(c), c.get('context').now)
  if (digest === undefined) return accepted(c, repository, id, 0)
  const blob = parseDigest(digest)
  await finishUpload(c.get('context'), await openTicket(c, repository, id), blob, bodyOf(c), push)
  return created(c, repository, blob)
}

uploads.get('/:name{.+}/blobs/uploads/:id', async function getUpload(c) {
  const repository = repositoryParameter(c)
  await requirePush(c, repository)
  const offsetBytes = await uploadOffset(c.get('context'), await openTicket(c, repository, c.req.param('id')))
  return new Response(null, { status: 204, headers: sessionHeaders(repository, c.req.param('id'), offsetBytes) })
})

uploads.patch('/:name{.+}/blobs/uploads/:id', async function patchUpload(c) {
  const repository = repositoryParameter(c)
  const { right } = await requirePush(c, repository)
  const ticket = await openTicket(c, repository, c.req.param('id'))
  const body = bodyOf(c)
  const offsetBytes =
    body === undefined
      ? await uploadOffset(c.get('context'), ticket)
      : await appendBytes(c.get('context'), ticket, body, right)
  return accepted(c, repository, c.req.param('id'), offsetBytes)
})

uploads.put('/:name{.+}/blobs/uploads/:id', async function putUpload(c) {
  const repository = repositoryParameter(c)
  const push = await requirePush(c, repository)
  const ticket = await openTicket(c, repository, c.req.param('id'))
  const blob = parseDigest(queryOf(c, 'digest') ?? '')
  await finishUpload(c.get('context'), ticket, blob, bodyOf(c), push)
  return created(c, repository, blob)
})

uploads.delete('/:name{.+}/blobs/uploads/:id', async function deleteUpload(c) {
  const repository = repositoryParameter(c)
  await requirePush(c, repository)
  await cancelUpload(c.get('context'), await openTicket(c, repository, c.req.param('id')))
  return new Response(null, { status: 204 })
})

async function openTicket(c: AppContext, repository: RepositoryName, id: string): Promise<UploadTicket> {
  return openUploadId(await uploadKeys(c), repository, id, c.get('context').now)
}

/** Ignores a source with an invalid name: the request then starts an upload. */
function nameOf(text: string | undefined): RepositoryName | undefined {
  return text !== undefined && isRepositoryName(text) ? text : undefined
}

/**
 * Returns the body with its announced length; undefined for a request without one.
 *
 * @throws RegistryError `upload-invalid` or `size-mismatch`
 */
function bodyOf(c: AppContext): IncomingBytes | undefined {
  const body = c.get('body')
  const sizeBytes = body === undefined ? 0 : contentLength(c)
  const range = chunkRange(c, sizeBytes)
  if (body === undefined || sizeBytes === 0) return undefined
  return { body, sizeBytes, expectedBytes: sizeBytes ?? range?.sizeBytes, offsetBytes: range?.offsetBytes }
}

function accepted(c: AppContext, repository: RepositoryName, id: string, offsetBytes: number): Response {
  return c.body(null, 202, sessionHeaders(repository, id, offsetBytes))
}

function created(c: AppContext, repository: RepositoryName, digest: Digest): Response {
  return c.body(null, 201, { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest })
}

/** Returns the Range of an upload. It is inclusive, so zero bytes and one byte look the same. */
function sessionHeaders(repository: RepositoryName, id: string, offsetBytes: number): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(offsetBytes - 1, 0)}`,
    'Docker-Upload-UUID': id,
  }
}
