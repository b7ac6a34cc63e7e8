/** Events, counted by the consumer of the metrics and told to Prometheus. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { runJobsCron } from '../../src/jobs/cron.ts'
import { listEventCounts } from '../../src/metrics/event-counts-store.ts'
import { countRows } from '../support/content.ts'
import { someEvents } from '../support/event-consumers.ts'
import { jobsContext, over } from '../support/jobs.ts'
import { aPerson } from '../support/people.ts'
import { rowsOf } from '../support/schema.ts'

const db = openDatabase(env.DB)
const tick = (): Promise<void> => runJobsCron(jobsContext(), Date.now())

it('each event since the start is counted once, by its type and object, however often the cron trigger comes', async () => {
  await someEvents(2)
  await tick()
  await someEvents(1200)
  await someEvents(3, { type: 'DELETE', objectType: 'manifest' })
  await tick()
  await someEvents(4)
  await tick()
  await tick()
  expect(await listEventCounts(db)).toEqual([
    { type: 'CREATE', objectType: 'tag', count: 1204 },
    { type: 'DELETE', objectType: 'manifest', count: 3 },
  ])
})

it('the metrics tell the counts, and how each consumer gets on', async () => {
  await tick()
  await someEvents(5)
  await tick()
  await someEvents(3, { type: 'FAIL', objectType: 'login' })
  await env.DB.prepare("UPDATE event_consumers SET missed = 7, attempts = 2 WHERE name = 'metrics'").run()
  const admin = await aPerson('root', { isAdmin: true })
  const { newest } = (await env.DB.prepare('SELECT max(id) AS newest FROM events').first<{ newest: number }>()) ?? {}
  const { cursor } = (await env.DB.prepare('SELECT cursor FROM event_consumers').first<{ cursor: number }>()) ?? {}
  const text = await (await admin.ask('GET', '/api/v0/admin/metrics')).text()
  expect(text).toContain(
    '# TYPE breakwater_events_total counter\nbreakwater_events_total{type="CREATE",object="tag"} 5\n',
  )
  expect(text).toContain(`breakwater_event_consumer_lag{consumer="metrics"} ${(newest ?? 0) - (cursor ?? 0)}\n`)
  expect(text).toContain('breakwater_event_consumer_failed_attempts{consumer="metrics"} 2\n')
  expect(text).toContain('breakwater_event_consumer_parked{consumer="metrics"} 0\n')
  expect(text).toContain('breakwater_event_consumer_missed_total{consumer="metrics"} 7\n')
})

it('a parked event that an administrator retries is counted at once, and once', async () => {
  await tick()
  await env.DB.prepare(
    `INSERT INTO parked_events (consumer, event_id, published_at, actor, type, object_type, object_id, object_name,
       parked_at, reason, is_retried) VALUES ('metrics', 7, 1, '', 'CREATE', 'blob', '', '', 1, 'refused', 0)`,
  ).run()
  const admin = await aPerson('root', { isAdmin: true })
  expect((await admin.ask('POST', '/api/v0/events/consumers/metrics/parked/7/retry')).status).toBe(204)
  const [job] = await rowsOf<{ id: string }>("SELECT id FROM jobs WHERE action = 'events'")
  expect(await over(job?.id ?? '')).toMatchObject({ status: 'done' })
  await tick()
  expect(await countRows('parked_events')).toBe(0)
  expect(await rowsOf("SELECT count FROM event_counts WHERE object_type = 'blob'")).toEqual([{ count: 1 }])
})
