import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { forgetConnections } from '../../src/metrics/stub-status.ts'
import { forgetHealth } from '../../src/replicas/health-check.ts'
import { forgetClusterView } from '../../src/replicas/view-cache.ts'
import { header, send } from '../support/client.ts'
import { drill, dropCluster, ownCluster, replicaOf, withCluster } from '../support/replicas.ts'

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

describe('/nginx_status', () => {
  it('has the format of nginx, and counts what is asked', async () => {
    const read = async (): Promise<number> => {
      const response = await send('GET', '/nginx_status')
      expect(response.status).toBe(200)
      expect(header(response, 'content-type')).toMatch(/^text\/plain/)
      const text = await response.text()
      const found =
        /^Active connections: [1-9]\d* \nserver accepts handled requests\n (\d+) (\d+) (\d+) \nReading: 0 Writing: \d+ Waiting: 0 \n$/.exec(
          text,
        )
      expect([text, found !== null]).toEqual([text, true])
      return Number(found?.[3])
    }
    const askedFive = async (): Promise<number> => {
      const before = await read()
      for (let turn = 0; turn < 5; turn++) await send('GET', '/v2/')
      return (await read()) - before
    }
    // The sum never falls: after tests whose replicas were lost with their counts, it would stay until it is passed.
    await ownCluster(3)
    // As if an isolate had just begun.
    forgetHealth(env.REPLICAS)
    forgetClusterView(env.REPLICAS)
    forgetConnections(env.REPLICAS)
    await expect.poll(askedFive).toBeGreaterThanOrEqual(6)
  })

  it('never falls, also when the replica that was told is lost', async () => {
    const [first = ''] = await ownCluster(3)
    const read = async () => {
      forgetClusterView(env.REPLICAS)
      const [, count = ''] = / (\d+) \d+ \d+ \n/.exec(await (await send('GET', '/nginx_status')).text()) ?? []
      return Number(count)
    }
    await replicaOf(first).report({ requests: 1000 })
    const before = await read()
    expect(before).toBeGreaterThan(1000)
    await drill(first)
    expect(await read()).toBeGreaterThanOrEqual(before)
  })
})
