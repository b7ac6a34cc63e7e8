/** The consumers of events as rows: which there are, and how far each has come. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'

export interface ConsumerState {
  readonly name: string
  /** The newest event that it has consumed, or that it did not want. */
  readonly cursor: number
  /** How often in a row the events after the cursor have failed. */
  readonly attempts: number
  readonly nextAttemptAt: number
  /** Up to this event it takes one at a time; null: it takes whole batches. */
  readonly narrowedTo: number | null
  readonly lastError: string | null
  readonly missed: number
  readonly removedAt: number | null
  /** How many of its events are parked, and how many of those are to be tried again. */
  readonly parked: number
  readonly retried: number
  /** The newest event that there is. */
  readonly newest: number
}

/** The newest event by the primary key. Later ones have higher ids, also when all events were deleted meanwhile. */
const newest = sql`coalesce((SELECT max(id) FROM events), 0)`

/** The copies are found by the primary key of `parked_events`, and those to try again by `parked_events_retried`. */
export const consumerColumns: SQL = sql`
  name, cursor, attempts, next_attempt_at AS nextAttemptAt, narrowed_to AS narrowedTo, last_error AS lastError, missed,
  removed_at AS removedAt, (SELECT count(*) FROM parked_events WHERE consumer = name) AS parked,
  (SELECT count(*) FROM parked_events WHERE consumer = name AND is_retried = 1) AS retried, ${newest} AS newest`

/** All: one for each that a capability declares, or declared not long ago. */
export async function listConsumers(db: Database): Promise<ConsumerState[]> {
  return db.all<ConsumerState>(sql`SELECT ${consumerColumns} FROM event_consumers ORDER BY name`)
}

export async function findConsumer(db: Database, name: string): Promise<ConsumerState | undefined> {
  const [state] = await db.all<ConsumerState>(sql`SELECT ${consumerColumns} FROM event_consumers WHERE name = ${name}`)
  return state
}

export interface ConsumerChanges {
  /** Declared now. One that was there before goes on where it was. */
  readonly joined: readonly { readonly name: string; readonly startsAt: 'newest' | 'oldest' }[]
  /** Not declared any more. */
  readonly left: readonly string[]
  /** Not declared for so long that their rows and parked events go. */
  readonly forgotten: readonly string[]
  /** Those removed later are kept: another deployment may have declared them meanwhile. */
  readonly removedBefore: number
}

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
