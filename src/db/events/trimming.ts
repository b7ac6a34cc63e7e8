/** Deletes old events, a bounded number with each function, which is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import type { EventShare } from './schema.ts'

/**
 * Returns the id of the newest event of a share beyond the number to keep; undefined when there is none. The ids of a
 * share have gaps, so this counts as many rows of the index as are kept.
 */
export async function newestBeyond(db: Database, share: EventShare, keep: number): Promise<number | undefined> {
  const [row] = await db.all<{ id: number }>(
    sql`SELECT id FROM events WHERE share = ${share} ORDER BY id DESC LIMIT 1 OFFSET ${keep}`,
  )
  return row?.id
}

export interface Trimmed {
  readonly events: number
  /** The present consumers that had not looked at some of these events. */
  readonly missedBy: readonly string[]
}

/** Deletes the oldest events from before a time, none newer than the event `upTo`. */
export const deleteEventsBefore = (db: Database, time: number, upTo: number, most: number): Promise<Trimmed> =>
  deleteEvents(
    db,
    sql`SELECT id FROM events WHERE published_at < ${time} AND id <= ${upTo} ORDER BY published_at LIMIT ${most}`,
    upTo,
  )

/** Deletes the oldest events of a share, none newer than the event `upTo`. */
export const deleteEventsUpTo = (db: Database, share: EventShare, upTo: number, most: number): Promise<Trimmed> =>
  deleteEvents(db, sql`SELECT id FROM events WHERE share = ${share} AND id <= ${upTo} ORDER BY id LIMIT ${most}`, upTo)

/**
 * Deletes events, and counts in the same transaction how many a consumer has missed.
 *
 * @param oldest selects their ids
 * @param upTo no event is newer, so consumers past it have missed nothing, and cost nothing
 */
async function deleteEvents(db: Database, oldest: SQL, upTo: number): Promise<Trimmed> {
  const isMissed = sql`(SELECT count(*) FROM (${oldest}) AS oldest WHERE oldest.id > cursor)`
  const { missed, deleted } = await runBatch(db, {
    missed: sql<{ name: string; removedAt: number | null }>`
      UPDATE event_consumers SET missed = missed + ${isMissed}
      WHERE cursor < ${upTo} AND ${isMissed} > 0 RETURNING name, removed_at AS removedAt`,
    deleted: sql`DELETE FROM events WHERE id IN (${oldest})`,
  })
  return {
    events: deleted.changes,
    missedBy: missed.rows.flatMap(({ name, removedAt }) => (removedAt === null ? [name] : [])),
  }
}
