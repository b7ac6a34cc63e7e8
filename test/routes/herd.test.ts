/** A thousand machines pull one image at once, from a database that runs one query at a time. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { origin, tokenFor, withToken } from '../support/client.ts'
import { anImage, countRows, putManifest, type Image } from '../support/content.ts'
import { anAccessToken, anAccount } from '../support/people.ts'
import { queuedDatabase } from '../support/queued-database.ts'

const repository = 'alice/app'
const pulls = 2000
const password = 'password of alice'
const basicOf = (secret: string): string => `Basic ${btoa(`alice:${secret}`)}`
const scope = `scope=repository:${repository}:pull`

let image: Image

beforeEach(async () => {
  await anAccount('alice', password)
  const access = [{ type: 'repository', name: repository, actions: ['pull', 'push'] }]
  const client = withToken(await tokenFor('alice', access))
  image = await anImage(client, repository, { layers: 1 })
  expect((await putManifest(client, repository, 'latest', image.manifest)).status).toBe(201)
})

/** R2 that reads each object once: what is measured here is D1. */
function rememberingBucket(): R2Bucket {
  const known = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  const read = async (key: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array((await (await env.BUCKET.get(key))?.arrayBuffer()) ?? new ArrayBuffer())
  return new Proxy(env.BUCKET, {
    get(_, name) {
      if (name !== 'get') throw new Error(`a pull needs no ${String(name)} of R2`)
      return async (key: string) => {
        const reading = known.get(key) ?? read(key)
        known.set(key, reading)
        const bytes = await reading
        return { size: bytes.length, body: new Response(bytes).body }
      }
    },
  })
}

type Ask = (method: string, path: string, authorization: string) => Promise<Response>

/** Requests to the app with a database of its own, as an isolate has it. */
function isolateWith(database: D1Database): { readonly ask: Ask; readonly settle: () => Promise<void> } {
  const context = createExecutionContext()
  const bindings = { ...env, DB: database, BUCKET: rememberingBucket(), PULL_LOG_SECONDS: '1' }
  const ask: Ask = async (method, path, authorization) => {
    const headers = { authorization, 'cf-connecting-ip': '192.0.2.1' }
    return answerRequest(new Request(new URL(path, origin), { method, headers }), bindings, context)
  }
  return { ask, settle: () => waitOnExecutionContext(context) }
}

/** What a machine asks for, one after the other. @returns the statuses */
async function pull(ask: Ask, basic: string): Promise<string> {
  const login = await ask('GET', `/auth/token?${scope}`, basic)
  if (login.status !== 200) return `login ${login.status}`
  const bearer = `Bearer ${(await login.json<{ token: string }>()).token}`
  const statuses: number[] = []
  const blobs = [image.config, ...image.layers].map(({ digest }) => `blobs/${digest}`)
  for (const [method, path] of [
    ['HEAD', 'manifests/latest'],
    ['GET', `manifests/${image.digest}`],
    ...blobs.map((blob) => ['GET', blob] as const),
  ] as const) {
    const response = await ask(method, `/v2/${repository}/${path}`, bearer)
    await response.arrayBuffer()
    statuses.push(response.status)
  }
  return statuses.join(' ')
}

const queue = { milliseconds: 5, mostQueued: 100 }

describe('D1 that takes 5 ms a query and has a queue of 100', () => {
  it('serves 2,000 pulls of one image at once, by an access token', async () => {
    const { database, counted } = queuedDatabase(queue)
    const { ask, settle } = isolateWith(database)
    const basic = basicOf(await anAccessToken('alice'))
    const statuses = await Promise.all(Array.from({ length: pulls }, () => pull(ask, basic)))
    await settle()
    expect(new Set(statuses)).toEqual(new Set(['200 200 200 200']))
    expect(counted.refused).toBe(0)
    // A few for each of the questions of a pull, in place of 12,000.
    expect(counted.asked).toBeLessThan(200)
    const counters = await env.DB.prepare('SELECT pulls FROM repositories').first()
    expect(counters).toEqual({ pulls })
  }, 300_000)

  it('serves 500 logins at once with the same password from one address', async () => {
    const { database, counted } = queuedDatabase(queue)
    const { ask, settle } = isolateWith(database)
    const path = `/auth/token?${scope}`
    const logins = await Promise.all(Array.from({ length: 500 }, () => ask('GET', path, basicOf(password))))
    await settle()
    expect(new Set(logins.map(({ status }) => status))).toEqual(new Set([200]))
    expect(counted.refused).toBe(0)
    expect(counted.asked).toBeLessThan(50)
    // They were one guess, which was right.
    expect(await countRows('login_failures')).toBe(0)
  }, 300_000)
})
