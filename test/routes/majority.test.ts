/** What works, and what does not, while too few replicas are healthy; and what it costs to know. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { emergencyRepair } from '../../src/replicas/membership.ts'
import { ageClusterView, clusterViewNow, forgetClusterView } from '../../src/replicas/view-cache.ts'
import { forgetHealth } from '../../src/replicas/health-check.ts'
import { header, origin, problemOf, send, tokenFor, withPassword } from '../support/client.ts'
import { contentOf, countRows, digestOf, pushBlob, pushImage, putManifest, type Image } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { countingClient } from '../support/counting.ts'
import { anAccount, aPerson, clientOf, type Person } from '../support/people.ts'
import { slowDatabase } from '../support/intercepted-database.ts'
import {
  alarms,
  countingReplicas,
  drill,
  dropCluster,
  endDrill,
  look,
  ownCluster,
  viewOf,
  withCluster,
} from '../support/replicas.ts'

const repository = 'alice/app'

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

describe('without a majority', () => {
  let admin: Person
  let ids: string[]
  let image: Image

  beforeEach(async () => {
    ids = await ownCluster(3)
    admin = await aPerson('root', { isAdmin: true })
    image = await pushImage(await clientOf(repository), repository, 'latest')
    const [survivor = '', ...others] = ids
    await drill(...others)
    await alarms(survivor)
    forgetClusterView(env.REPLICAS)
  })

  async function expectRefusal(response: Response, code: string): Promise<void> {
    expect([response.url, response.status]).toEqual([response.url, 503])
    expect(Number(header(response, 'retry-after'))).toBeGreaterThan(0)
    const problem = await problemOf(response)
    expect(problem.code).toBe(code)
    expect(problem.message).toContain('no majority of healthy replicas (of 3)')
    expect(problem.message).toContain('breakwater replica status')
    expect(problem.message).toContain('emergency-repair')
  }

  it('pushes and deletions are refused with what to do, and pulls are served', async () => {
    const client = await clientOf(repository)
    const at = `/v2/${repository}`
    const rows = () =>
      Promise.all(['tags', 'manifests', 'repository_blobs', 'upload_sessions'].map((table) => countRows(table)))
    const before = await rows()
    await expectRefusal(await client('POST', `${at}/blobs/uploads/`), 'UNSUPPORTED')
    await expectRefusal(await client('PATCH', `${at}/blobs/uploads/x`, { body: contentOf(10) }), 'UNSUPPORTED')
    await expectRefusal(await client('PUT', `${at}/blobs/uploads/x?digest=${image.digest}`), 'UNSUPPORTED')
    await expectRefusal(await client('DELETE', `${at}/blobs/uploads/x`), 'UNSUPPORTED')
    await expectRefusal(await putManifest(client, repository, 'next', image.manifest), 'UNSUPPORTED')
    for (const gone of ['manifests/latest', `manifests/${image.digest}`, `blobs/${image.config.digest}`]) {
      await expectRefusal(await client('DELETE', `${at}/${gone}`), 'UNSUPPORTED')
    }
    expect(await rows()).toEqual(before)
    expect((await client('GET', `${at}/manifests/latest`)).status).toBe(200)
    expect((await client('GET', `${at}/blobs/${image.config.digest}`)).status).toBe(200)
    expect((await client('GET', `${at}/tags/list`)).status).toBe(200)
  })

  it('changes over the API are refused; logins, access tokens and settings are not', async () => {
    for (const [method, path, body] of [
      ['POST', '/api/v0/repositories/alice', { name: 'new' }],
      ['PATCH', '/api/v0/repositories/alice/app', { visibility: 'public' }],
      ['DELETE', '/api/v0/repositories/alice/app', undefined],
      ['DELETE', '/api/v0/repositories/alice/app/tags/latest', undefined],
      ['PUT', '/api/v0/repositoryNamespaces/alice/teamAccess/x', { accessLevel: 'admin' }],
      ['POST', '/enzi/v0/accounts', { name: 'carol', password: 'password of carol' }],
      ['POST', '/api/v0/admin/read_only', { on: true }],
    ] as const) {
      await expectRefusal(await admin.ask(method, path, body), 'NO_MAJORITY')
    }
    await anAccount('bob', 'password of bob')
    const login = await send('POST', '/enzi/v0/auth/login', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'bob', password: 'password of bob' }),
    })
    expect(login.status).toBe(200)
    expect((await withPassword('bob', 'password of bob')('GET', '/auth/token')).status).toBe(200)
    expect((await admin.ask('POST', '/api/v0/api_tokens', { tokenLabel: 'laptop' })).status).toBe(200)
    expect((await admin.ask('GET', '/api/v0/repositories/alice/app')).status).toBe(200)
    expect((await admin.ask('POST', '/api/v0/meta/settings', { createRepositoryOnPush: false })).status).toBe(202)
    // No replica is told more than before.
    expect((await send('DELETE', '/api/v0/repositories/alice/app')).status).toBe(401)
  })

  it('pulls are refused too where the settings say so, and only there', async () => {
    const client = await clientOf(repository)
    const paths = [
      `/v2/${repository}/manifests/latest`,
      `/v2/${repository}/manifests/${image.digest}`,
      `/v2/${repository}/blobs/${image.config.digest}`,
    ]
    expect((await admin.ask('POST', '/api/v0/meta/settings', { pullsWithoutMajority: false })).status).toBe(202)
    for (const path of paths) await expectRefusal(await client('GET', path), 'UNSUPPORTED')
    expect((await client('GET', `/v2/${repository}/manifests/none`)).status).toBe(404)
    await endDrill(...ids)
    await alarms(...ids, ...ids)
    forgetClusterView(env.REPLICAS)
    for (const path of paths) expect((await client('GET', path)).status).toBe(200)
  })

  it('service comes back by itself, once enough replicas do', async () => {
    const client = await clientOf(repository)
    await expectRefusal(await client('POST', `/v2/${repository}/blobs/uploads/`), 'UNSUPPORTED')
    const [survivor = '', other = ''] = ids
    await endDrill(other)
    await alarms(other, survivor)
    // The isolate looks again by itself; until it has, it says what it knew.
    ageClusterView(env.REPLICAS, 11_000)
    await client('POST', `/v2/${repository}/blobs/uploads/`)
    await scheduler.wait(200)
    await pushBlob(client, repository, contentOf(300, 5))
  })
})

for (const count of [3, 5, 7]) {
  it(`${count} replicas bear the loss of a minority; without a majority only pulls go on; one that comes back is enough; one survivor can be the cluster`, async () => {
    const ids = await ownCluster(count)
    const [survivor = '', next = '', ...others] = ids
    await alarms(...ids)
    const client = await clientOf(repository)
    const reads = async () => {
      const pull = await client('GET', `/v2/${repository}/manifests/latest`)
      return [pull.status, (await send('GET', '/health')).status]
    }
    const forget = () => {
      forgetClusterView(env.REPLICAS)
      forgetHealth(env.REPLICAS)
    }
    const lost = others.slice(0, (count - 1) / 2)
    const left = ids.filter((id) => !lost.includes(id))
    await drill(...lost)
    await alarms(...left)
    forget()
    await pushImage(client, repository, 'latest')
    expect(await reads()).toEqual([200, 200])

    await drill(next)
    await alarms(...left.filter((id) => id !== next))
    forget()
    expect((await client('POST', `/v2/${repository}/blobs/uploads/`)).status).toBe(503)
    expect(await reads()).toEqual([200, 503])

    await endDrill(next)
    await alarms(next, ...left)
    forget()
    await pushImage(client, repository, 'again')
    expect(await reads()).toEqual([200, 200])

    await drill(...ids.filter((id) => id !== survivor))
    await alarms(survivor)
    forget()
    expect((await client('POST', `/v2/${repository}/blobs/uploads/`)).status).toBe(503)
    await emergencyRepair(testContext(), survivor)
    forget()
    await pushImage(client, repository, 'repaired')
    expect(await reads()).toEqual([200, 200])
    await endDrill(...ids)
    await alarms(...ids)
    for (const id of ids) expect([id, (await viewOf(id)).retired]).toEqual([id, id !== survivor])
    expect((await look()).verdicts).toMatchObject({ healthyCount: 1, majority: 1 })
  })
}

/** How often a replica was asked; beside that, one of them is told what the isolate has counted. */
function looks(calls: readonly string[]): number {
  const others = calls.filter((call) => call !== 'view')
  expect(others.length <= calls.length / 3 && others.every((call) => call === 'report')).toBe(true)
  return calls.length - others.length
}

describe('to know the majority', () => {
  const scope = [{ type: 'repository', name: repository, actions: ['pull', 'push', 'delete'] }]

  beforeAll(dropCluster)
  beforeEach(withCluster)

  it('a push asks each replica once in ten seconds an isolate, and D1 nothing', async () => {
    await clientOf(repository)
    const { replicas, calls } = countingReplicas()
    const { client, counted, reset, settle } = countingClient(await tokenFor('alice', scope), replicas)
    await client('POST', `/v2/${repository}/blobs/uploads/`)
    await settle()
    expect(looks(calls)).toBe(3)
    reset()
    const posted = await Promise.all(
      Array.from({ length: 50 }, () => client('POST', `/v2/${repository}/blobs/uploads/`)),
    )
    expect(posted.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202))
    const content = contentOf(300)
    const started = header(posted[0] ?? new Response(), 'location')
    const patched = await client('PATCH', started, { body: new Response(content).body })
    const digest = await digestOf(content)
    expect((await client('PUT', `${header(patched, 'location')}?digest=${digest}`)).status).toBe(201)
    expect((await client('DELETE', `/v2/${repository}/blobs/${digest}`)).status).toBe(202)
    await settle()
    expect(looks(calls)).toBe(3)
    // The bytes, the closing and the deletion: nothing else.
    expect(counted.roundTrips).toBe(4)

    ageClusterView(replicas, 10_001)
    reset()
    await Promise.all(Array.from({ length: 50 }, () => client('POST', `/v2/${repository}/blobs/uploads/`)))
    await settle()
    expect(looks(calls)).toBe(6)
    expect(counted.roundTrips).toBe(0)
  })

  it('a push does not wait while the view is fresh, however slow the replicas are', async () => {
    await clientOf(repository)
    const { replicas, calls } = countingReplicas(400)
    const { client, settle } = countingClient(await tokenFor('alice', scope), replicas)
    expect((await client('POST', `/v2/${repository}/blobs/uploads/`)).status).toBe(202)
    await settle()
    ageClusterView(replicas, 10_001)
    const begun = Date.now()
    for (let at = 0; at < 5; at++) await client('POST', `/v2/${repository}/blobs/uploads/`)
    expect(Date.now() - begun).toBeLessThan(300)
    await settle()
    expect(looks(calls)).toBe(6)
  })

  /** Starts an upload over bindings that are slow, as the first change of an isolate. */
  async function startUpload(bindings: Pick<typeof env, 'REPLICAS' | 'DB'>) {
    const headers = { authorization: `Bearer ${await tokenFor('alice', scope)}` }
    const request = new Request(`${origin}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers })
    const context = createExecutionContext()
    const begun = Date.now()
    const response = await answerRequest(request, { ...env, ...bindings }, context)
    return { response, milliseconds: Date.now() - begun, context }
  }

  it.each([
    ['D1 and the replicas take 600 ms each', 600, 600],
    ['the replicas miss the first look', 0, 1200],
    ['D1 takes two seconds', 2000, 0],
  ])('the first change of an isolate survives when %s', async (_, database, replica) => {
    await clientOf(repository)
    const slow = { REPLICAS: countingReplicas(replica).replicas, DB: slowDatabase(() => database) }
    const { response, context } = await startUpload(slow)
    expect(response.status).toBe(202)
    await waitOnExecutionContext(context)
  })

  it('changes that come while the first look is made sure of are not refused', async () => {
    await clientOf(repository)
    const slow = { REPLICAS: countingReplicas(1200).replicas, DB: env.DB }
    const first = startUpload(slow)
    await scheduler.wait(1000)
    const second = startUpload(slow)
    expect([(await first).response.status, (await second).response.status]).toEqual([202, 202])
    await waitOnExecutionContext((await first).context)
  })

  it('replicas that never answer are no majority, and that is known at once from then on', async () => {
    await clientOf(repository)
    const hanging = { REPLICAS: countingReplicas(8000).replicas, DB: env.DB }
    const first = await startUpload(hanging)
    expect([first.response.status, first.milliseconds < 6500]).toEqual([503, true])
    const second = await startUpload(hanging)
    expect([second.response.status, second.milliseconds < 300]).toEqual([503, true])
    expect((await problemOf(second.response)).message).toContain('no majority of healthy replicas (of 3)')
  })

  it('an isolate that cannot even ask who the replicas are waits six seconds, then refuses and says why', async () => {
    await clientOf(repository)
    const { replicas, calls } = countingReplicas()
    const { response, milliseconds, context } = await startUpload({ REPLICAS: replicas, DB: slowDatabase(() => 7000) })
    expect(response.status).toBe(503)
    expect(Number(header(response, 'retry-after'))).toBeGreaterThan(0)
    expect((await problemOf(response)).message).toMatch(/^the replicas did not answer in time/)
    expect([milliseconds > 5900, milliseconds < 7000]).toEqual([true, true])
    expect(calls).toEqual([])
    await waitOnExecutionContext(context)
  })

  it('a pull asks no replica, and neither does a login', async () => {
    await pushImage(await clientOf(repository), repository, 'latest')
    const { replicas, calls } = countingReplicas()
    const { client, anonymous, counted, reset, settle } = countingClient(await tokenFor('alice', scope), replicas)
    for (const path of ['manifests/latest', 'tags/list']) {
      reset()
      expect((await client('GET', `/v2/${repository}/${path}`)).status).toBe(200)
      expect(counted.roundTrips).toBe(1)
    }
    expect((await anonymous('GET', '/auth/token')).status).toBe(200)
    expect((await client('GET', '/v2/')).status).toBe(200)
    await settle()
    expect(calls).toEqual([])
  })

  it('what the isolate has counted is reported to one replica with the next view', async () => {
    const { replicas, calls } = countingReplicas()
    const begun: Promise<void>[] = []
    const context = {
      ...testContext(),
      replicas,
      background: (work: Promise<void>) => void begun.push(work),
      takeCounters: () => ({ 'test.pulls': 7 }),
    }
    await clusterViewNow(context)
    await Promise.all(begun)
    expect(calls).toEqual(['view', 'view', 'view', 'report'])
    const sums = Array.from((await look()).views.values(), (view) => view?.counters['test.pulls'] ?? 0)
    expect(sums.sort()).toEqual([0, 0, 7])
  })

  it('is not needed before there is a cluster: the first push makes it, and works', async () => {
    await dropCluster()
    await pushImage(await clientOf(repository), repository, 'latest')
    await scheduler.wait(300)
    expect(await countRows('cluster', 'ready_at IS NOT NULL')).toBe(1)
  })
})
