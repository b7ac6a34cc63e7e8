import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import type { Disk } from '../../src/storage/room.ts'
import { header, origin, problemOf, send, tokenFor, withPassword } from '../support/client.ts'
import { contentOf, digestOf, json, pushImage, putManifest } from '../support/content.ts'
import { anAccount, clientOf } from '../support/people.ts'

const repository = 'alice/app'

afterEach(() => vi.restoreAllMocks())

it('every one of the fourteen codes of the specification reaches the client, with a sentence', async () => {
  await anAccount('alice', 'password of alice')
  const client = await clientOf(repository, 'alice/none')
  await pushImage(client, repository, 'latest')
  const missing = await digestOf(contentOf(3))
  const uploads = `/v2/${repository}/blobs/uploads/`
  const location = async () => header(await client('POST', uploads), 'location')
  const manifest = json({ schemaVersion: 2, config: { digest: missing, size: 3 }, layers: [] })
  const answers: Record<string, Response> = {
    BLOB_UNKNOWN: await client('GET', `/v2/${repository}/blobs/${missing}`),
    BLOB_UPLOAD_INVALID: await client('PATCH', await location(), { headers: { 'content-range': 'x' }, body: 'x' }),
    BLOB_UPLOAD_UNKNOWN: await client('GET', `${uploads}unknown`),
    DIGEST_INVALID: await client('PUT', `${await location()}?digest=sha256:x`),
    MANIFEST_BLOB_UNKNOWN: await putManifest(client, repository, 'a', manifest),
    MANIFEST_INVALID: await putManifest(client, repository, 'a', json([])),
    MANIFEST_UNKNOWN: await client('GET', `/v2/${repository}/manifests/other`),
    NAME_INVALID: await client('GET', '/v2/NOT/A/NAME/tags/list'),
    NAME_UNKNOWN: await client('GET', '/v2/alice/none/tags/list'),
    SIZE_INVALID: await client('PATCH', await location(), {
      headers: { 'content-range': '0-5', 'content-length': '1' },
      body: 'x',
    }),
    UNAUTHORIZED: await send('GET', '/v2/'),
    DENIED: await withPassword('alice', 'password of alice')('GET', '/v2/bob/app/tags/list'),
    UNSUPPORTED: await client('GET', `/v2/${repository}/tags/list?n=x`),
    TOOMANYREQUESTS: await withFailingDatabase('D1_ERROR: D1 DB is overloaded. Requests queued for too long.'),
  }
  for (const [code, answer] of Object.entries(answers)) {
    const problem = await problemOf(answer)
    expect(problem.code).toBe(code)
    expect(problem.message.length).toBeGreaterThan(20)
    expect(answer.headers.get('content-type')).toContain('application/json')
  }
  expect(Object.keys(answers)).toHaveLength(14)
  expect(header(answers['TOOMANYREQUESTS'] ?? new Response(), 'retry-after')).toBe('5')
})

it('a busy registry says 503 to Docker, which gives up at 429, and 429 to others, which give up at 503', async () => {
  const overloaded = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.'
  expect((await withFailingDatabase(overloaded, { userAgent: 'docker/20.10.24 go/go1.19' })).status).toBe(503)
  expect((await withFailingDatabase(overloaded, { userAgent: 'containerd/1.7' })).status).toBe(429)
})

it('a full database is said to be full, to the client and to the operator', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  const answer = await withFailingDatabase('D1_ERROR: Exceeded maximum DB size: SQLITE_ERROR')
  expect([answer.status, await problemOf(answer)]).toMatchObject([
    507,
    { code: 'DENIED', message: expect.stringContaining('the database of the registry is full') },
  ])
  expect(logged).toHaveBeenCalledOnce()
})

it('what fails on a full disk is said to the operator too, as it may have failed for another reason', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  const answer = await withFailingDatabase('the secret inside', { DISK: { fetch: async () => new Response('0') } })
  expect([answer.status, await answer.text()]).toEqual([507, expect.not.stringContaining('secret')])
  expect(logged).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining(`/v2/${repository}/tags/list`),
    expect.objectContaining({ message: 'the secret inside' }),
  )
})

it('a defect is answered with a reference for the operator and nothing of its inside', async () => {
  const response = await withFailingDatabase('the secret inside')
  expect(response.status).toBe(500)
  const text = await response.text()
  expect(text).toContain('give')
  expect(text).not.toContain('secret')
})

it('a deployment with a secret that is too short says which one to set, and does not quote it', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const request = new Request(`${origin}/v2/`, { headers: { authorization: 'Bearer x' } })
  const response = await answerRequest(request, { ...env, REGISTRY_SECRET: 'guessable' }, createExecutionContext())
  const text = await response.text()
  expect([response.status, text]).toEqual([500, expect.stringContaining('REGISTRY_SECRET')])
  expect(text).not.toContain('guessable')
})

/** A request to a registry whose D1 fails with the message: an outage that the local platform does not have. */
async function withFailingDatabase(
  message: string,
  { userAgent = 'skopeo/1.9', DISK }: { readonly userAgent?: string; readonly DISK?: Disk } = {},
): Promise<Response> {
  const failing = new Proxy(env.DB, {
    get() {
      return () => {
        throw new Error(message)
      }
    },
  })
  const token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull'] }])
  const headers = { authorization: `Bearer ${token}`, 'user-agent': userAgent }
  const request = new Request(`${origin}/v2/${repository}/tags/list`, { headers })
  return answerRequest(
    request,
    { ...env, DB: failing, ...(DISK === undefined ? {} : { DISK }) },
    createExecutionContext(),
  )
}
