/** What monitoring systems read. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetClusterView } from '../../src/replicas/view-cache.ts'
import { header } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { aJob } from '../support/jobs.ts'
import { aPerson, clientOf } from '../support/people.ts'
import { dropCluster, ownCluster, withCluster } from '../support/replicas.ts'

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

describe('metrics', () => {
  beforeEach(async () => {
    await ownCluster(3)
  })

  it('are in the format of Prometheus, with what was asked of the registry', async () => {
    const root = await aPerson('root', { isAdmin: true })
    await pushImage(await clientOf('alice/app'), 'alice/app', 'latest')
    await vi.waitFor(
      async () => {
        forgetClusterView(env.REPLICAS)
        const response = await root.client('GET', '/api/v0/admin/metrics', {
          headers: { accept: 'text/plain;version=0.0.4;q=0.3,*/*;q=0.1' },
        })
        expect(response.status).toBe(200)
        expect(header(response, 'content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
        const metrics = parse(await response.text())
        expect(total(metrics, 'breakwater_pushes_total')).toBeGreaterThan(0)
        expect(total(metrics, 'breakwater_requests_total')).toBeGreaterThan(0)
        expect(total(metrics, 'breakwater_request_duration_seconds_count')).toBe(
          total(metrics, 'breakwater_requests_total'),
        )
        expect(total(metrics, 'breakwater_replicas')).toBe(3)
        expect(total(metrics, 'breakwater_replicas_healthy')).toBe(3)
        expect(total(metrics, 'breakwater_replicas_majority')).toBe(2)
        expect(total(metrics, 'breakwater_read_only')).toBe(0)
        expect(total(metrics, 'breakwater_database_bytes')).toBeGreaterThan(0)
        expect(total(metrics, 'breakwater_database_max_bytes')).toBe(10_000_000_000)
      },
      { timeout: 5000, interval: 200 },
    )
  })

  it('are for system administrators alone', async () => {
    expect((await (await aPerson('bob')).ask('GET', '/api/v0/admin/metrics')).status).toBe(403)
  })
})

/** Each line must be one of the format. */
function parse(text: string): Map<string, number[]> {
  expect(text.endsWith('\n')).toBe(true)
  const found = new Map<string, number[]>()
  for (const line of text.slice(0, -1).split('\n')) {
    if (/^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))$/.test(line)) continue
    const sample = /^([a-z_]+)(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? ([0-9.e+-]+)$/.exec(line)
    expect([line, sample !== null]).toEqual([line, true])
    const [, name = '', value] = sample ?? []
    found.set(name, [...(found.get(name) ?? []), Number(value)])
  }
  return found
}

const total = (metrics: Map<string, number[]>, name: string): number =>
  (metrics.get(name) ?? []).reduce((sum, value) => sum + value, 0)

it('jobs are metrics: how many are not over, and how the last of each action ended', async () => {
  const admin = await aPerson('root', { isAdmin: true })
  await aJob({ action: 'sleep' })
  const now = Date.now()
  const failed = await aJob({ action: 'false' }, now - 1000)
  await env.DB.prepare("UPDATE jobs SET status = 'errored', ended_at = 5000 WHERE id = ?").bind(failed.id).run()
  const text = await (await admin.ask('GET', '/api/v0/admin/metrics')).text()
  expect(text).toContain('breakwater_jobs{status="waiting"} 1\n')
  expect(text).toContain('breakwater_job_last_end_timestamp_seconds{action="false"} 5\n')
  expect(text).toContain('breakwater_job_last_failed{action="false"} 1\n')
})
