/** Large manifests at once: an isolate holds few of them at a time, and one account a single one. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { partBuffers } from '../../../src/storage/part-buffers.ts'
import { origin, tokenFor, type Send } from '../../support/client.ts'
import { json, type Bytes } from '../../support/content.ts'
import { namespaces } from '../../support/people.ts'

const repository = 'alice/app'
const mediaType = mediaTypes.index

let client: Send

beforeEach(async () => {
  await namespaces('alice')
  client = await clientHere()
})

/** Calls the Worker in the request of the test: Vitest's runtime lets no request wait for another, which Cloudflare's does. */
async function clientHere(): Promise<Send> {
  const scope = { type: 'repository', name: repository, actions: ['pull', 'push'] }
  const authorization = `Bearer ${await tokenFor('alice', [scope])}`
  return async (method, path, { headers = {}, body = null } = {}) => {
    const request = new Request(new URL(path, origin), { method, headers: { authorization, ...headers }, body })
    const context = createExecutionContext()
    const response = await answerRequest(request, env, context)
    await waitOnExecutionContext(context)
    return response
  }
}

const manifestOf = (sizeBytes: number, manifests: readonly object[] = []): Bytes =>
  json({ schemaVersion: 2, mediaType, manifests, annotations: { text: 'x'.repeat(sizeBytes) } })

const push = (tag: string, manifest: Bytes): Promise<Response> =>
  client('PUT', `/v2/${repository}/manifests/${tag}`, {
    headers: { 'content-type': mediaType, 'content-length': String(manifest.length) },
    body: manifest,
  })

describe('manifests of an account at once', () => {
  /** The memory that was in use each time a request had taken some. */
  const inUse: number[] = []

  beforeEach(() => {
    inUse.length = 0
    const take = partBuffers.takeShares.bind(partBuffers)
    vi.spyOn(partBuffers, 'takeShares').mockImplementation(async (account, shares) => {
      const lease = await take(account, shares)
      inUse.push(partBuffers.inUse)
      return lease
    })
  })

  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('are served one after another if they are large', async () => {
    const tags = Array.from({ length: 5 }, (_, at) => `large-${at}`)
    const answers = await Promise.all(tags.map((tag) => push(tag, manifestOf(4_000_000))))
    expect(answers.map(({ status }) => status)).toEqual(tags.map(() => 201))
    // None of them began before the one before it had ended.
    expect(inUse).toEqual(tags.map(() => 3))
    expect(partBuffers.inUse).toBe(0)
  })

  it('take no memory from others if they are small', async () => {
    expect((await push('small', manifestOf(60_000))).status).toBe(201)
    expect(inUse).toEqual([])
  })

  it('give their memory back if they are refused', async () => {
    const missing = [{ mediaType, digest: `sha256:${'a'.repeat(64)}`, size: 1 }]
    expect((await push('refused', manifestOf(500_000, missing))).status).toBe(404)
    expect(inUse).toEqual([1])
    expect(partBuffers.inUse).toBe(0)
  })
})
