import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { problemOf } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { over } from '../../support/jobs.ts'
import { aPerson, type Person } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'

const consumers = '/api/v0/events/consumers'

let admin: Person

beforeEach(async () => {
  admin = await aPerson('root', { isAdmin: true })
})

/** A consumer, `webhook` unless it says otherwise, with so many parked events. */
async function aConsumer(parked: number, name = 'webhook'): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO event_consumers (name, cursor, attempts, next_attempt_at, last_error, missed)
     VALUES (?, (SELECT coalesce(max(id), 3) FROM events) - 3, 2, 90000, 'the receiver is away', 4)`,
  )
    .bind(name)
    .run()
  await env.DB.prepare(
    `INSERT INTO parked_events (consumer, event_id, published_at, actor, type, object_type, object_id, object_name,
       repository, parked_at, reason, is_retried)
     SELECT ?1, key + 1, 1000, 'alice', 'CREATE', 'tag', 'sha256:…', 'v' || key, 'acme/app', 61000, 'refused', 0
     FROM json_each(?2)`,
  )
    .bind(name, JSON.stringify(Array.from({ length: parked })))
    .run()
}

it('administrators see how each consumer gets on', async () => {
  await env.DB.batch(
    Array.from({ length: 5 }, () =>
      env.DB.prepare(
        `INSERT INTO events (published_at, actor, type, object_type, object_id, object_name)
         VALUES (1, '', 'CREATE', 'tag', '', '')`,
      ),
    ),
  )
  await aConsumer(2)
  await env.DB.prepare(
    `INSERT INTO event_consumers (name, cursor, attempts, next_attempt_at, missed, removed_at)
     VALUES ('gone', (SELECT max(id) FROM events), 0, 0, 0, 5)`,
  ).run()
  expect(await (await admin.ask('GET', consumers)).json()).toEqual({
    consumers: [
      { name: 'gone', isInstalled: false, lag: 0, failedAttempts: 0, parked: 0, missed: 0 },
      {
        name: 'webhook',
        isInstalled: true,
        lag: 3,
        failedAttempts: 2,
        nextAttemptAt: '1970-01-01T00:01:30.000Z',
        lastError: 'the receiver is away',
        parked: 2,
        missed: 4,
      },
    ],
  })
})

it('parked events are listed page by page, the oldest first', async () => {
  await aConsumer(5)
  const seen: string[] = []
  for (let start = '0'; start !== '';) {
    const response = await admin.ask('GET', `${consumers}/webhook/parked?pageSize=2&pageStart=${start}`)
    const page = await response.json<{ events: { id: string }[] }>()
    seen.push(page.events.map(({ id }) => id).join())
    start = response.headers.get('x-next-page-start') ?? ''
  }
  expect(seen).toEqual(['1,2', '3,4', '5'])
  const { events: all } = await (await admin.ask('GET', `${consumers}/webhook/parked`)).json<{ events: unknown[] }>()
  expect(all[0]).toEqual({
    id: '1',
    publishedAt: '1970-01-01T00:00:01.000Z',
    actorName: 'alice',
    type: 'CREATE',
    objectType: 'tag',
    objectName: 'v0',
    repository: 'acme/app',
    parkedAt: '1970-01-01T00:01:01.000Z',
    reason: 'refused',
    isRetried: false,
  })
})

it('a parked event that is retried gets a job at once, one for several, and each request is an event', async () => {
  await aConsumer(3)
  for (const id of [2, 3]) expect((await admin.ask('POST', `${consumers}/webhook/parked/${id}/retry`)).status).toBe(204)
  expect(await rowsOf('SELECT event_id AS id, is_retried AS retried FROM parked_events')).toEqual([
    { id: 1, retried: 0 },
    { id: 2, retried: 1 },
    { id: 3, retried: 1 },
  ])
  const [job] = await rowsOf<{ id: string }>("SELECT id FROM jobs WHERE exclusion_key = 'events:webhook'")
  // No capability declares the consumer, which the job says; `test/metrics` has one that is declared.
  expect(await over(job?.id ?? '')).toMatchObject({ status: 'canceled' })
  expect(await events("object_type = 'consumer'")).toMatchObject([
    { actor: 'root', type: 'UPDATE', objectName: 'webhook', content: { operation: 'retry', event: 2 } },
    { actor: 'root', type: 'UPDATE', objectName: 'webhook', content: { operation: 'retry', event: 3 } },
  ])
})

it('a parked event that is dropped is gone, and the request is an event', async () => {
  await aConsumer(2)
  expect((await admin.ask('DELETE', `${consumers}/webhook/parked/1`)).status).toBe(204)
  expect(await rowsOf('SELECT event_id AS id FROM parked_events')).toEqual([{ id: 2 }])
  expect(await countRows('jobs')).toBe(0)
  expect(await events("object_type = 'consumer'")).toMatchObject([
    { actor: 'root', type: 'DELETE', objectName: 'webhook', content: { operation: 'drop', event: 1 } },
  ])
})

it('what does not exist is not found, and causes no event', async () => {
  await aConsumer(1)
  await aConsumer(0, 'other')
  const asked: readonly (readonly [string, string, number, string])[] = [
    ['GET', 'nothing/parked', 404, 'NO_SUCH_CONSUMER'],
    ['POST', 'nothing/parked/1/retry', 404, 'NO_SUCH_CONSUMER'],
    ['DELETE', 'nothing/parked/1', 404, 'NO_SUCH_CONSUMER'],
    ['POST', 'other/parked/1/retry', 404, 'NO_SUCH_PARKED_EVENT'],
    ['DELETE', 'webhook/parked/2', 404, 'NO_SUCH_PARKED_EVENT'],
    ['DELETE', 'webhook/parked/x', 400, 'INVALID_PARAMETERS'],
  ]
  for (const [method, path, status, code] of asked) {
    const response = await admin.ask(method, `${consumers}/${path}`)
    expect([path, response.status, (await problemOf(response)).code]).toEqual([path, status, code])
  }
  expect([await countRows('parked_events'), await countRows('events'), await countRows('jobs')]).toEqual([1, 0, 0])
})
