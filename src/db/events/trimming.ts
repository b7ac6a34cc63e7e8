/** Deletes old events, a bounded number with each function, which is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import type { EventShare } from './schema.ts'

/**
 * Returns the id of the newest event of a share beyond the number to keep; undefined when there is none. The ids of a
 * share have gaps, so this counts as many rows of the index as are kept.
 * Index: events_by_share.
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

/** Where an event stands in the order of time. */
export interface TimePlace {
  readonly publishedAt: number
  readonly id: number
}

/**
 * Finds the first event in the order of time that a trim by age keeps: one that is newer than `upTo`, or at the latest the
 * first one that is young enough. It looks at the next `most` events only, as far as they go.
 * Index: events_by_time.
 */
export async function firstKept(db: Database, time: number, upTo: number, most: number): Promise<TimePlace> {
  const inOrder = sql`
    SELECT published_at AS publishedAt, id FROM events WHERE published_at < ${time} ORDER BY published_at, id LIMIT ${most}`
  // SQLite makes the rows one by one, as far as they are asked for.
  const [place] = await db.all<TimePlace>(sql`SELECT publishedAt, id FROM (${inOrder}) WHERE id > ${upTo} LIMIT 1`)
  return place ?? { publishedAt: time, id: 0 }
}

/**
 * Deletes the oldest events from before the place of one, none newer than the event `upTo`. Two searches, as SQLite does
 * not search an index by a time and an id at once.
 * Index: events_by_time.
 */
export function deleteEventsBefore(db: Database, place: TimePlace, upTo: number, most: number): Promise<Trimmed> {
  const { publishedAt, id } = place
  const earlier = sql`
    SELECT id FROM events WHERE published_at < ${publishedAt} AND id <= ${upTo} ORDER BY published_at LIMIT ${most}`
  const atOnce = sql`SELECT id FROM events WHERE published_at = ${publishedAt} AND id < ${id} ORDER BY id LIMIT ${most}`
  return deleteEvents(db, sql`SELECT id FROM (${earlier}) UNION ALL SELECT id FROM (${atOnce}) LIMIT ${most}`, upTo)
}

/** Deletes the oldest events of a share, none newer than the event `upTo`. Index: events_by_share. */
export const deleteEventsUpTo = (db: Database, share: EventShare, upTo: number, most: number): Promise<Trimmed> =>
  deleteEvents(db, sql`SELECT id FROM events WHERE share = ${share} AND id <= ${upTo} ORDER BY id LIMIT ${most}`, upTo)

/**
 * Deletes events, and counts in the same transaction how many a consumer has missed.
 * Key: events. Scan: event_consumers, one row for each consumer.
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
