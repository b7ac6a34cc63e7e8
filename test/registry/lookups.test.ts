/** What a pull looks up is asked once in some seconds, and nothing is served that this isolate has deleted. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { keptMilliseconds } from '../../src/db/cache.ts'
import { header, origin, tokenFor, type Send } from '../support/client.ts'
import { anImage, contentOf, digestOf, pushBlob, putManifest, segmentKeys, type Image } from '../support/content.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { anAccessToken, aPerson, namespaces } from '../support/people.ts'

const repository = 'alice/app'

/** The app with a database, and so a memory, of its own, and how many round trips to D1 it has made. */
function anIsolate(): { as: (token: string) => Send; asked: () => number } {
  let asked = 0
  const DB = interceptedDatabase((_, run) => {
    asked++
    return run()
  })
  const as =
    (token: string): Send =>
    async (method, path, { headers = {}, body = null } = {}) => {
      const context = createExecutionContext()
      const all = { authorization: `Bearer ${token}`, ...headers }
      // The app reads bodies as only those of the runtime itself can be read.
      const whole = body instanceof ReadableStream ? await new Response(body).bytes() : body
      const request = new Request(new URL(path, origin), { method, headers: all, body: whole })
      const response = await answerRequest(request, { ...env, DB }, context)
      const bytes = await response.arrayBuffer()
      await waitOnExecutionContext(context)
      return new Response(response.status === 204 ? null : bytes, {
        status: response.status,
        headers: response.headers,
      })
    }
  return { as, asked: () => asked }
}

const tokenTo = (...actions: string[]): Promise<string> =>
  tokenFor('alice', [{ type: 'repository', name: repository, actions }])

let here: ReturnType<typeof anIsolate>
let pushing: Send
let pulling: Send
let image: Image

beforeEach(async () => {
  await namespaces('alice')
  here = anIsolate()
  pushing = here.as(await tokenTo('pull', 'push', 'delete'))
  pulling = here.as(await tokenTo('pull'))
  image = await anImage(pushing, repository, { layers: 1 })
  await putManifest(pushing, repository, 'latest', image.manifest)
})

const manifestAt = (reference: string): string => `/v2/${repository}/manifests/${reference}`
const blobAt = (digest: string): string => `/v2/${repository}/blobs/${digest}`
const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status

/** How many round trips the work makes for the requests themselves; pulls are written down beside them. */
async function roundTripsOf(work: () => Promise<unknown>): Promise<number> {
  const before = here.asked()
  await work()
  return here.asked() - before
}

describe('in one isolate', () => {
  it('manifests by digest and blobs are looked up once, by GET as by HEAD, and tags each time', async () => {
    const [digest, layer] = [image.digest, image.config.digest]
    for (const path of [manifestAt(digest), blobAt(layer)]) {
      await pulling('HEAD', path)
      expect(await roundTripsOf(() => pulling('HEAD', path))).toBe(0)
    }
    expect(await statusOf(pulling('GET', blobAt(layer)))).toBe(200)
    expect(await roundTripsOf(() => pulling('GET', blobAt(layer)))).toBe(0)
    await pulling('HEAD', manifestAt('latest'))
    expect(await roundTripsOf(() => pulling('HEAD', manifestAt('latest')))).toBe(1)
  })

  it('a push of a tag, and a pull that is written down, drop nothing of what is kept', async () => {
    await pulling('GET', blobAt(image.config.digest))
    await pulling('GET', manifestAt('latest'))
    expect(await statusOf(putManifest(pushing, repository, 'other', image.manifest))).toBe(201)
    expect(await roundTripsOf(() => pulling('GET', blobAt(image.config.digest)))).toBe(0)
  })

  it('what is not there is looked up each time, so a push is seen at once', async () => {
    const content = contentOf(500, 77)
    const path = blobAt(await digestOf(content))
    expect(await statusOf(pulling('GET', path))).toBe(404)
    await pushBlob(pushing, repository, content)
    expect(await statusOf(pulling('GET', path))).toBe(200)
  })

  it('a tag that moves is followed at once', async () => {
    const other = await anImage(pushing, repository, { layers: 1, seed: 50 })
    expect(header(await pulling('HEAD', manifestAt('latest')), 'docker-content-digest')).toBe(image.digest)
    await putManifest(pushing, repository, 'latest', other.manifest)
    expect(header(await pulling('HEAD', manifestAt('latest')), 'docker-content-digest')).toBe(other.digest)
  })

  it('a client that may push gets the answer of D1, as it renews the grace period', async () => {
    await pushing('GET', blobAt(image.config.digest))
    expect(await roundTripsOf(() => pushing('HEAD', blobAt(image.config.digest)))).toBe(1)
  })

  it('another caller with a right to something else is told nothing of it', async () => {
    expect(await statusOf(pulling('GET', blobAt(image.config.digest)))).toBe(200)
    const elsewhere = here.as(await tokenFor('alice', [{ type: 'repository', name: 'alice/b', actions: ['pull'] }]))
    expect(await statusOf(elsewhere('GET', `/v2/alice/b/blobs/${image.config.digest}`))).toBe(404)
    expect(await statusOf(elsewhere('GET', blobAt(image.config.digest)))).toBe(401)
  })
})

describe('nothing that this isolate has deleted is served', () => {
  let asRoot: Send

  beforeEach(async () => {
    await aPerson('root', { isAdmin: true })
    const authorization = `Basic ${btoa(`root:${await anAccessToken('root')}`)}`
    const anonymous = here.as('')
    asRoot = (method, path, { headers = {}, ...sending } = {}) =>
      anonymous(method, path, { ...sending, headers: { authorization, ...headers } })
  })

  const pullAll = async (): Promise<number[]> => [
    await statusOf(pulling('GET', manifestAt(image.digest))),
    await statusOf(pulling('GET', blobAt(image.config.digest))),
  ]

  it('neither a manifest nor a blob', async () => {
    expect(await pullAll()).toEqual([200, 200])
    expect(await statusOf(pushing('DELETE', manifestAt(image.digest)))).toBe(202)
    expect(await pullAll()).toEqual([404, 200])
    expect(await statusOf(pushing('DELETE', blobAt(image.config.digest)))).toBe(202)
    expect(await pullAll()).toEqual([404, 404])
  })

  it('nor a repository, even when another one has its name, and a new token is told of the new one alone', async () => {
    expect(await pullAll()).toEqual([200, 200])
    expect(await statusOf(asRoot('DELETE', `/api/v0/repositories/${repository}`))).toBe(204)
    expect(await pullAll()).toEqual([404, 404])
    const again = await anImage(pushing, repository, { layers: 1, seed: 60 })
    expect(await statusOf(putManifest(pushing, repository, 'latest', again.manifest))).toBe(201)
    expect(await pullAll()).toEqual([404, 404])
  })

  it('nor a blob that R2 has lost', async () => {
    expect(await pullAll()).toEqual([200, 200])
    await env.BUCKET.delete((await segmentKeys()).objects)
    expect(await statusOf(pulling('GET', blobAt(image.config.digest)))).toBe(500)
    expect(await statusOf(pulling('HEAD', blobAt(image.config.digest)))).toBe(404)
  })

  it('nor anything without a majority, once a setting says so', async () => {
    await pulling('GET', blobAt(image.config.digest))
    const body = JSON.stringify({ pullsWithoutMajority: false })
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
    expect(await statusOf(asRoot('POST', '/api/v0/meta/settings', { headers, body }))).toBe(202)
    expect(await roundTripsOf(() => pulling('GET', blobAt(image.config.digest)))).toBeGreaterThan(0)
  })
})

it('another isolate serves what was deleted for some seconds and no longer', async () => {
  const path = blobAt(image.config.digest)
  expect(await statusOf(pushing('DELETE', manifestAt(image.digest)))).toBe(202)
  expect(await statusOf(pulling('GET', path))).toBe(200)
  const elsewhere = anIsolate().as(await tokenTo('pull', 'push', 'delete'))
  expect(await statusOf(elsewhere('DELETE', path))).toBe(202)
  expect(await statusOf(pulling('GET', path))).toBe(200)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + keptMilliseconds })
  try {
    expect(await statusOf(pulling('GET', path))).toBe(404)
  } finally {
    vi.useRealTimers()
  }
})
