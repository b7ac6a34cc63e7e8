/** The rows of the consumers of events, with their cursors. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'

export interface ConsumerState {
  readonly name: string
  /** The id of the newest event that it has consumed or did not want. */
  readonly cursor: number
  /** How often in a row the next events have failed. */
  readonly attempts: number
  readonly nextAttemptAt: number
  /** The last event that it takes one at a time; null while it takes whole batches. */
  readonly narrowedTo: number | null
  readonly lastError: string | null
  readonly missed: number
  readonly removedAt: number | null
  /** The number of its parked events, and of those that are to be tried again. */
  readonly parked: number
  readonly retried: number
  /** The id of the newest event. */
  readonly newest: number
}

/** Selects the id of the newest event. Ids only grow, even after all events were deleted. Key: events. */
const newest = sql`coalesce((SELECT max(id) FROM events), 0)`

/** Selects the columns of `ConsumerState`. Index: parked_events_retried. Key: parked_events. */
const consumerColumns: SQL = sql`
  name, cursor, attempts, next_attempt_at AS nextAttemptAt, narrowed_to AS narrowedTo, last_error AS lastError, missed,
  removed_at AS removedAt, (SELECT count(*) FROM parked_events WHERE consumer = name) AS parked,
  (SELECT count(*) FROM parked_events WHERE consumer = name AND is_retried = 1) AS retried, ${newest} AS newest`

/** Lists all consumers that a capability declares, or declared not long ago. Key: event_consumers. */
export async function listConsumers(db: Database): Promise<ConsumerState[]> {
  return db.all<ConsumerState>(sql`SELECT ${consumerColumns} FROM event_consumers ORDER BY name`)
}

/** Selects a consumer. Key: event_consumers. */
export const selectConsumer = (name: string): SQL<ConsumerState> =>
  sql`SELECT ${consumerColumns} FROM event_consumers WHERE name = ${name}`

export async function findConsumer(db: Database, name: string): Promise<ConsumerState | undefined> {
  const [state] = await db.all<ConsumerState>(selectConsumer(name))
  return state
}

export interface ConsumerChanges {
  /** Declared now. A row that is there keeps its cursor. */
  readonly joined: readonly { readonly name: string; readonly startsAt: 'newest' | 'oldest' }[]
  /** No longer declared. */
  readonly left: readonly string[]
  /** Undeclared for so long that their rows and parked events are deleted. */
  readonly forgotten: readonly string[]
  /** Keeps those removed later: another deployment may have declared them meanwhile. */
  readonly removedBefore: number
}

/** Adds, marks and deletes consumers. Key: event_consumers. */
export async function changeConsumers(
  db: Database,
  { joined, left, forgotten, removedBefore }: ConsumerChanges,
  now: number,
): Promise<void> {
  await runBatch(db, {
    joined: sql`
      INSERT INTO event_consumers (name, cursor, attempts, next_attempt_at, missed)
      SELECT value ->> 'name', CASE value ->> 'startsAt' WHEN 'oldest' THEN 0 ELSE ${newest} END, 0, 0, 0
      FROM json_each(${JSON.stringify(joined)}) WHERE true
      ON CONFLICT (name) DO UPDATE SET removed_at = NULL`,
    left: sql`
      UPDATE event_consumers SET removed_at = ${now}
      WHERE removed_at IS NULL AND name IN (SELECT value FROM json_each(${JSON.stringify(left)}))`,
    forgotten: sql`
      DELETE FROM event_consumers
      WHERE removed_at < ${removedBefore} AND name IN (SELECT value FROM json_each(${JSON.stringify(forgotten)}))`,
  })
}
