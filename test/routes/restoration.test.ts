/** What clients see while the database is being restored. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { keptAnswers } from '../../src/db/cache.ts'
import { forgetHealth, healthError } from '../../src/replicas/health-check.ts'
import { forgetClusterView } from '../../src/replicas/view-cache.ts'
import worker from '../../src/worker.ts'
import { header, send, withPassword, withToken, tokenFor, problemOf } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { aPerson, clientOf } from '../support/people.ts'
import { bringTablesBack, takeTablesAway } from '../support/restoration.ts'
import { rowsOf } from '../support/schema.ts'

const repository = 'acme/app'
const sentence = expect.stringMatching(/^the registry is being restored from the backup b1, and serves nothing/)
const json = { 'content-type': 'application/vnd.oci.image.index.v1+json' }
const emptyIndex = JSON.stringify({ schemaVersion: 2, mediaType: json['content-type'], manifests: [] })
let token: string

afterEach(bringTablesBack)

async function beginRestoration(): Promise<void> {
  await pushImage(await clientOf(repository), repository, 'latest')
  token = await tokenFor('acme', [{ type: 'repository', name: repository, actions: ['pull', 'push'] }])
  await takeTablesAway('b1')
  keptAnswers(env.DB).drop()
  forgetHealth(env.REPLICAS)
}

describe('while the database is being restored', () => {
  it('every request is answered 503 with a sentence that says so, and none is served', async () => {
    await beginRestoration()
    const client = withToken(token)
    const login = withPassword('alice', 'a password')
    const requests: (readonly [string, Promise<Response>])[] = [
      ['ping', client('GET', '/v2/')],
      ['pull', client('GET', `/v2/${repository}/manifests/latest`)],
      ['tags', client('GET', `/v2/${repository}/tags/list`)],
      ['push', client('HEAD', `/v2/${repository}/blobs/sha256:${'0'.repeat(64)}`)],
      ['manifest', client('PUT', `/v2/${repository}/manifests/later`, { headers: json, body: emptyIndex })],
      ['token', login('GET', '/auth/token?service=registry.test&scope=repository:acme/app:pull')],
      ['login', login('GET', '/api/v0/repositories')],
      ['anonymous', send('GET', '/api/v0/repositories')],
      ['settings', login('GET', '/api/v0/meta/settings')],
      ['enzi', login('GET', '/enzi/v0/accounts')],
    ]
    for (const [name, request] of requests) {
      const response = await request
      if (response.status !== 503) {
        // What needs no table is the same as ever: that a login is missing, or that there is a registry.
        expect([name, response.status]).toEqual(name === 'ping' ? [name, 200] : ['anonymous', 401])
        await response.body?.cancel()
        continue
      }
      expect(header(response, 'retry-after')).toBe('15')
      if (name === 'push') continue
      expect([name, (await problemOf(response)).message]).toEqual([name, sentence])
    }
  })

  it('an isolate that knows no replicas says the same', async () => {
    await beginRestoration()
    forgetClusterView(env.REPLICAS)
    const response = await withToken(token)('POST', `/v2/${repository}/blobs/uploads/`)
    expect([response.status, (await problemOf(response)).message]).toEqual([503, sentence])
  })

  it('the probes and the page say so, although the replicas are well', async () => {
    await beginRestoration()
    for (const path of ['/health', '/_ping']) {
      const response = await send('GET', path)
      expect([response.status, await response.json()]).toEqual([503, { Error: sentence, Healthy: false }])
    }
    expect(await (await send('GET', '/')).text()).toContain('Not healthy: the registry is being restored')
  })

  it('a turn of the cron trigger does nothing else', async () => {
    await beginRestoration()
    const execution = createExecutionContext()
    // The restoration alone is gone on with, where that is installed; this one has no progress that could be read.
    const outcome = await worker.scheduled(createScheduledController(), env, execution).then(() => '', String)
    expect(outcome).toMatch(/^(?:Error: 1 of 1 tasks failed.*)?$/)
    await waitOnExecutionContext(execution)
    expect(await rowsOf(`SELECT name FROM sqlite_schema WHERE name = 'accounts'`)).toEqual([])
  })

  it('a missing table alone is a defect, and no restoration', async () => {
    await beginRestoration()
    await env.DB.prepare('DELETE FROM restoration').run()
    const response = await withPassword('alice', 'a password')('GET', '/api/v0/repositories')
    expect([response.status, (await problemOf(response)).message]).toEqual([
      500,
      expect.stringMatching(/^internal error/),
    ])
  })
})

describe('a database without any user', () => {
  const healthWith = async (recoverySecret: string | undefined): Promise<string> => {
    forgetHealth(env.REPLICAS)
    return healthError(testContext({ recoverySecret }))
  }

  it('is not healthy where a recovery secret is set, until a user is there', async () => {
    const secret = 'a secret of more than 32 characters'
    expect(await healthWith(secret)).toMatch(/^database: it has no user, as it is new or was lost: restore a backup/)
    expect(await healthWith(undefined)).not.toMatch(/user/)
    await aPerson('alice')
    expect(await healthWith(secret)).not.toMatch(/user/)
  })
})
