/** What load balancers see while replicas go and come back. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import type { Subsystem } from '../../src/replicas/types.ts'
import { ageHealth, forgetHealth } from '../../src/replicas/health-check.ts'
import { forgetClusterView } from '../../src/replicas/view-cache.ts'
import { header, send } from '../support/client.ts'
import { slowDatabase } from '../support/intercepted-database.ts'
import {
  alarms,
  alteredReplicas,
  countingReplicas,
  drill,
  dropCluster,
  endDrill,
  ownCluster,
  withCluster,
} from '../support/replicas.ts'

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

/** As if an isolate had just begun. */
function forget(): void {
  forgetHealth(env.REPLICAS)
  forgetClusterView(env.REPLICAS)
}

interface Health {
  readonly status: number
  readonly body: unknown
  readonly milliseconds: number
}

async function ask(path = '/health'): Promise<Health> {
  const begunAt = Date.now()
  const response = await send('GET', path)
  return { status: response.status, body: await response.json(), milliseconds: Date.now() - begunAt }
}

const healthy = { Error: '', Healthy: true }

describe('/health and /_ping', () => {
  beforeEach(forget)

  it('say that the registry is healthy, without credentials, and are not to be stored', async () => {
    await ownCluster(3)
    forget()
    for (const path of ['/health', '/_ping', '/_ping/']) {
      const response = await send('GET', path)
      expect([path, response.status, await response.json()]).toEqual([path, 200, healthy])
      expect(header(response, 'cache-control')).toBe('no-store')
      const head = await send('HEAD', path)
      expect([path, head.status, await head.text()]).toEqual([path, 200, ''])
    }
  })

  for (const count of [3, 5, 7]) {
    it(`of ${count} replicas bear the loss of a minority, fail within a second without a majority, and recover`, async () => {
      const ids = await ownCluster(count)
      const most = (count - 1) / 2
      const [one = '', ...others] = ids
      const lost = others.slice(0, most)
      await drill(...lost)
      await alarms(...ids.filter((id) => !lost.includes(id)))
      forget()
      expect(await ask()).toMatchObject({ status: 200, body: healthy })

      await drill(one)
      forget()
      const { status, body, milliseconds } = await ask('/_ping')
      expect([status, milliseconds < 1000]).toEqual([503, true])
      expect(body).toMatchObject({ Healthy: false, Error: expect.stringMatching(/^no majority of replicas: /) })
      expect((await send('HEAD', '/health')).status).toBe(503)

      await endDrill(one)
      await alarms(one)
      // The others look at it again at their alarms; here at once.
      await alarms(...ids.filter((id) => !lost.includes(id)))
      forget()
      expect(await ask()).toMatchObject({ status: 200, body: healthy })
    })
  }

  const askOver = async (bindings: Partial<typeof env>) => {
    const context = createExecutionContext()
    const begunAt = Date.now()
    const response = await answerRequest(new Request('http://registry.test/_ping'), { ...env, ...bindings }, context)
    const milliseconds = Date.now() - begunAt
    const { Error: error } = await response.json<{ Error: string }>()
    await waitOnExecutionContext(context)
    return { status: response.status, error, milliseconds }
  }

  /** What replicas say when one subsystem fails for all of them. */
  const failing = (subsystem: Subsystem) =>
    alteredReplicas((view) => ({
      ...view,
      probes: view.probes.map((probe) =>
        probe.subsystem === subsystem ? { ...probe, error: 'a secret detail' } : probe,
      ),
      observations: view.observations.map((seen) => ({
        ...seen,
        healthy: false,
        error: `${subsystem}: a secret detail`,
      })),
    }))

  for (const subsystem of ['registry', 'rethinkdb', 'garant', 'notary'] as const) {
    it(`name ${subsystem} when it fails, and not how`, async () => {
      const ids = await ownCluster(3)
      await alarms(...ids)
      const { status, error } = await askOver({ REPLICAS: failing(subsystem) })
      expect(status).toBe(503)
      expect(error).toMatch(
        new RegExp(`^${subsystem} is failing: only \\d of \\d replicas (?:is|are) healthy, so there is no majority`),
      )
      expect(error).not.toContain('secret')
    })
  }

  it('name D1 also when it hangs, once the replicas are known', async () => {
    const ids = await ownCluster(3)
    await alarms(...ids)
    const replicas = failing('rethinkdb')
    await askOver({ REPLICAS: replicas })
    ageHealth(replicas, 4000)
    const { status, error } = await askOver({ REPLICAS: replicas, DB: hangingDatabase() })
    expect([status, error.startsWith('rethinkdb is failing: ')]).toEqual([503, true])
  })

  it('do not wait for a replica that hangs, as long as the others are a majority', async () => {
    const [hanging = '', ...others] = await ownCluster(3)
    await alarms(hanging, ...others)
    const replicas = alteredReplicas(async (view) => {
      if (view.id === hanging) await scheduler.wait(3000)
      return view
    })
    const { status, milliseconds } = await askOver({ REPLICAS: replicas })
    expect([status, milliseconds < 500]).toEqual([200, true])
  })

  it('say that a cluster is not healthy whose founders see a subsystem fail', async () => {
    const ids = await ownCluster(3)
    await alarms(...ids)
    const begunAgo = (milliseconds: number) =>
      env.DB.prepare('UPDATE cluster SET ready_at = NULL, created_at = ?')
        .bind(Date.now() - milliseconds)
        .run()
    const silent = () => alteredReplicas((view) => ({ ...view, probes: [], probedAt: 0, observations: [] }))
    await begunAgo(0)
    expect(await askOver({ REPLICAS: failing('registry') })).toMatchObject({ status: 503 })
    await begunAgo(0)
    expect(await askOver({ REPLICAS: silent() })).toMatchObject({ status: 200 })
    // A minute is what they get.
    await begunAgo(61_000)
    expect(await askOver({ REPLICAS: silent() })).toMatchObject({ status: 503 })
  })

  it('ask the replicas once for all who ask at the same time', async () => {
    await ownCluster(3)
    const { replicas, calls } = countingReplicas()
    const context = createExecutionContext()
    const askAgain = async () => {
      const response = await answerRequest(
        new Request('http://registry.test/health'),
        { ...env, REPLICAS: replicas },
        context,
      )
      return response.status
    }
    const statuses = await Promise.all(Array.from({ length: 50 }, askAgain))
    await waitOnExecutionContext(context)
    expect(new Set(statuses)).toEqual(new Set([200]))
    // Once for the answer, once for what the isolate knows, and what it has counted.
    expect(calls.length).toBeLessThanOrEqual(7)
  })

  it('ask the replicas again only when three seconds have gone by', async () => {
    await ownCluster(3)
    const { replicas, calls } = countingReplicas()
    const get = async (): Promise<number> => {
      const context = createExecutionContext()
      const response = await answerRequest(
        new Request('http://registry.test/health'),
        { ...env, REPLICAS: replicas },
        context,
      )
      await waitOnExecutionContext(context)
      return response.status
    }
    expect(await get()).toBe(200)
    const asked = calls.length
    for (let turn = 0; turn < 20; turn++) expect(await get()).toBe(200)
    expect(calls.length).toBe(asked)
  })

  it('are well as soon as D1 is, in an isolate that has begun while D1 stalled', async () => {
    await ownCluster(3)
    const { replicas } = countingReplicas()
    const stalledUntil = Date.now() + 1200
    const database = slowDatabase(() => stalledUntil - Date.now())
    expect(await askOver({ REPLICAS: replicas, DB: database })).toMatchObject({ status: 503 })
    await scheduler.wait(stalledUntil - Date.now())
    expect(await askOver({ REPLICAS: replicas, DB: database })).toMatchObject({ status: 200 })
  })

  it('bear one look that takes too long in a registry that was well, not two in a row, and one good look heals', async () => {
    await ownCluster(3)
    let delay = 0
    const replicas = alteredReplicas(async (view) => {
      await scheduler.wait(delay)
      return view
    })
    expect(await askOver({ REPLICAS: replicas })).toMatchObject({ status: 200 })
    delay = 1500
    ageHealth(replicas, 4000)
    expect(await askOver({ REPLICAS: replicas })).toMatchObject({ status: 200 })
    expect(await askOver({ REPLICAS: replicas })).toMatchObject({ status: 503 })
    delay = 0
    expect(await askOver({ REPLICAS: replicas })).toMatchObject({ status: 200 })
  })

  it('answer within a second when the replicas hang, and when D1 does', async () => {
    await ownCluster(3)
    const hanging = countingReplicas(5000).replicas
    for (const [hung, bindings] of [
      ['no majority of replicas', { ...env, REPLICAS: hanging }],
      ['rethinkdb', { ...env, DB: hangingDatabase(), REPLICAS: countingReplicas().replicas }],
    ] as const) {
      const begunAt = Date.now()
      const response = await answerRequest(
        new Request('http://registry.test/_ping'),
        bindings,
        createExecutionContext(),
      )
      expect([hung, response.status, Date.now() - begunAt < 1000]).toEqual([hung, 503, true])
      expect(await response.json()).toMatchObject({ Healthy: false, Error: expect.stringContaining(hung) })
    }
  })
})

function hangingDatabase(): D1Database {
  const never = new Promise<never>(() => undefined)
  const statement = { bind: () => statement, all: () => never, raw: () => never, run: () => never, first: () => never }
  return new Proxy(env.DB, {
    get: (target, name) => (name === 'prepare' ? () => statement : Reflect.get(target, name)),
  })
}
