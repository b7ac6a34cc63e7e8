/** A push, a pull and a login succeed although D1 fails once, at whichever round trip and with whichever text. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { header, origin, problemOf, tokenFor, type Body } from '../support/client.ts'
import { contentOf, countRows, digestOf } from '../support/content.ts'
import { faultyDatabase } from '../support/database-faults.ts'
import { interruptedTexts, passingTexts } from '../support/passing-texts.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { anAccount } from '../support/people.ts'

const repository = 'alice/app'
const password = 'password of alice'
const scope = [{ type: 'repository', name: repository, actions: ['pull', 'push'] }]

async function ask(
  database: D1Database,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Body = null,
): Promise<Response> {
  const context = createExecutionContext()
  const request = new Request(new URL(path, origin), { method, headers, body })
  const response = await answerRequest(request, { ...env, DB: database }, context)
  const read = new Response(await response.arrayBuffer(), {
    status: response.status === 204 ? 200 : response.status,
    headers: response.headers,
  })
  // What is counted after an answer, such as a pull, may be lost: no client feels it.
  await waitOnExecutionContext(context).catch(() => undefined)
  return read
}

/** What clients do, each request once. @returns the statuses of all answers */
async function everyday(database: D1Database, token: string, seed: number): Promise<string> {
  const authorization = `Bearer ${token}`
  const statuses: number[] = []
  const step = async (...[method, path, headers, body]: [string, string, Record<string, string>?, Body?]) => {
    const response = await ask(database, method, path, { authorization, ...headers }, body)
    statuses.push(response.status)
    return response
  }
  await step('GET', '/auth/token', { authorization: `Basic ${btoa(`alice:${password}`)}` })
  const content = contentOf(100, seed)
  const digest = await digestOf(content)
  await step('HEAD', `/v2/${repository}/blobs/${digest}`)
  const started = await step('POST', `/v2/${repository}/blobs/uploads/`)
  const patched = await step('PATCH', header(started, 'location'), {}, content)
  await step('PUT', `${header(patched, 'location')}?digest=${digest}`)
  const whole = contentOf(90, seed)
  const another = await step('POST', `/v2/${repository}/blobs/uploads/`)
  const wholeDigest = await digestOf(whole)
  await step('PUT', `${header(another, 'location')}?digest=${wholeDigest}`, {}, whole)
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: wholeDigest, size: 90 },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 100 }],
  })
  await step('PUT', `/v2/${repository}/manifests/v${seed}`, { 'content-type': mediaType }, manifest)
  await step('GET', `/v2/${repository}/manifests/v${seed}`)
  await step('GET', `/v2/${repository}/blobs/${digest}`)
  await step('GET', `/v2/${repository}/tags/list`)
  return statuses.join(' ')
}

const allWell = '200 404 202 202 201 202 201 201 200 200 200'
/** More than all of that takes; the loop ends when a fault finds no round trip any more. */
const mostTrips = 60

describe('one failure of D1', () => {
  beforeEach(() => anAccount('alice', password))

  const cases = [
    ...passingTexts.map((text) => ({ text, isDone: false, when: 'before it does anything' })),
    ...interruptedTexts.map((text) => ({ text, isDone: true, when: 'after it has done all' })),
  ]
  it.each(cases)(
    '$text $when: is felt by no client',
    async ({ text, isDone }) => {
      const token = await tokenFor('alice', scope)
      let trips = 0
      for (let hasFailed = true; hasFailed && trips < mostTrips; trips++) {
        const faulty = faultyDatabase({ text, after: trips, isDone })
        expect([trips, await everyday(faulty.database, token, trips + 1)]).toEqual([trips, allWell])
        hasFailed = faulty.hasFailed()
      }
      expect([trips > 10, trips < mostTrips]).toEqual([true, true])
      // Nothing was told twice, and nothing was lost.
      const pushes = `type = 'CREATE' AND object_type = 'tag'`
      expect([await countRows('tags'), await countRows('events', pushes)]).toEqual([trips, trips])
      expect(await countRows('segments', 'blob_digest IS NULL AND session_id IS NULL')).toBe(0)
    },
    60_000,
  )
})

it('D1 that goes on failing is told to Docker as 503 and to others as 429, each with when to come back', async () => {
  await anAccount('alice', password)
  const authorization = `Bearer ${await tokenFor('alice', scope)}`
  const full = interceptedDatabase(async () => {
    throw new Error('D1_ERROR: D1 DB is overloaded. Too many requests queued.')
  })
  for (const [agent, status] of [
    ['docker/28.3.2 go/go1.24', 503],
    ['skopeo/1.18.0', 429],
  ] as const) {
    const refused = await ask(full, 'GET', `/v2/${repository}/tags/list`, { authorization, 'user-agent': agent })
    expect([refused.status, header(refused, 'retry-after')]).toEqual([status, '5'])
    expect((await problemOf(refused)).code).toBe('TOOMANYREQUESTS')
  }
})
