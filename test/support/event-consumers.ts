/** Events and consumers for tests: what a consumer was given stands in a table of the test, in the order of the transactions. */
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { openDatabase } from '../../src/db/database.ts'
import type { ConsumedEvent } from '../../src/db/events/consumption.ts'
import { listConsumers, type ConsumerState } from '../../src/db/events/consumers.ts'
import type { EventConsumer } from '../../src/events/consumer.ts'
import { rowsOf } from './schema.ts'

const db = openDatabase(env.DB)

export const makeSeenTable = async (): Promise<void> => {
  await env.DB.exec(
    'CREATE TABLE IF NOT EXISTS seen (at INTEGER PRIMARY KEY AUTOINCREMENT, consumer TEXT, event_id INTEGER)',
  )
}

export const dropSeenTable = async (): Promise<void> => {
  await env.DB.exec('DROP TABLE IF EXISTS seen')
}

/** Writes down in the transaction of the cursor which events it was given. */
export const aConsumer = (name: string, changes: Partial<EventConsumer> = {}): EventConsumer => ({
  startsAt: 'oldest',
  mostEvents: 3,
  consume: (_context, events) => ({ seen: noteSeen(name, events) }),
  ...changes,
})

export const noteSeen = (name: string, events: readonly ConsumedEvent[]) => sql`
  INSERT INTO seen (consumer, event_id)
  SELECT ${name}, value FROM json_each(${JSON.stringify(events.map(({ id }) => id))}) ORDER BY key`

/** The ids of the events that a consumer was given, in their order. */
export async function seenBy(name: string): Promise<number[]> {
  const rows = await rowsOf<{ id: number }>(`SELECT event_id AS id FROM seen WHERE consumer = '${name}' ORDER BY at`)
  return rows.map(({ id }) => id)
}

export async function parkedBy(name: string): Promise<number[]> {
  const rows = await rowsOf<{ id: number }>(
    `SELECT event_id AS id FROM parked_events WHERE consumer = '${name}' ORDER BY event_id`,
  )
  return rows.map(({ id }) => id)
}

export async function stateOf(name: string): Promise<ConsumerState> {
  const state = (await listConsumers(db)).find((one) => one.name === name)
  if (state === undefined) throw new Error(`there is no consumer ${name}`)
  return state
}

/** Writes events. @returns their ids */
export async function someEvents(
  count: number,
  { type = 'CREATE', objectType = 'tag', objectName = 'v1', publishedAt = 1000 } = {},
): Promise<number[]> {
  const { results } = await env.DB.prepare(
    `INSERT INTO events (published_at, actor, type, object_type, object_id, object_name)
     SELECT ?1, 'alice', ?2, ?3, 'id', ?4 FROM json_each(?5) WHERE true RETURNING id`,
  )
    .bind(publishedAt, type, objectType, objectName, JSON.stringify(Array.from({ length: count })))
    .all<{ id: number }>()
  return results.map(({ id }) => id)
}
