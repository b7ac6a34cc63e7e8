/** Parked events, for administrators. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import type { ConsumedEvent } from './consumption.ts'
import { eventColumns, recordEvents, type Attribution } from './events.ts'

export interface ParkedEvent extends ConsumedEvent {
  readonly parkedAt: number
  readonly reason: string
  /** 1 after an administrator asked to try it again. */
  readonly isRetried: number
}

/**
 * Lists the parked events of a consumer, the oldest first.
 * Key: parked_events.
 *
 * @param from the first id; undefined for the oldest
 */
export async function listParked(
  db: Database,
  consumer: string,
  { from, limit }: { readonly from: number | undefined; readonly limit: number },
): Promise<ParkedEvent[]> {
  return db.all<ParkedEvent>(sql`
    SELECT event_id AS id, ${eventColumns}, folded_since AS foldedSince, parked_at AS parkedAt, reason,
      is_retried AS isRetried
    FROM parked_events WHERE consumer = ${consumer} AND event_id >= ${from ?? 0} ORDER BY event_id LIMIT ${limit}`)
}

/** Selects, after FROM, a parked event. Key: parked_events. */
const isParked = (consumer: string, id: number): SQL =>
  sql`parked_events WHERE consumer = ${consumer} AND event_id = ${id}`

/** Builds the statement that records what an administrator does with a parked event. */
const recordChange = (
  type: 'UPDATE' | 'DELETE',
  operation: string,
  consumer: string,
  id: number,
  attribution: Attribution,
): SQL =>
  recordEvents(
    { actor: attribution.by, type, objectType: 'consumer', content: { operation, event: id }, now: attribution.now },
    { objectId: sql`consumer`, objectName: sql`consumer`, from: isParked(consumer, id) },
  )

/**
 * Asks the consumer to try a parked event again.
 * Key: parked_events.
 *
 * @returns whether it is parked
 */
export async function requestRetry(
  db: Database,
  consumer: string,
  id: number,
  attribution: Attribution,
): Promise<boolean> {
  const { requested } = await runBatch(db, {
    event: recordChange('UPDATE', 'retry', consumer, id, attribution),
    requested: sql`
      UPDATE parked_events SET is_retried = 1 WHERE consumer = ${consumer} AND event_id = ${id} RETURNING event_id`,
  })
  return requested.rows.length === 1
}

/** Drops a parked event: the consumer never consumes it. @returns whether it was parked */
export async function dropParked(
  db: Database,
  consumer: string,
  id: number,
  attribution: Attribution,
): Promise<boolean> {
  const { dropped } = await runBatch(db, {
    event: recordChange('DELETE', 'drop', consumer, id, attribution),
    dropped: sql`DELETE FROM ${isParked(consumer, id)} RETURNING event_id`,
  })
  return dropped.rows.length === 1
}
