/**
 * Reads the events before a consumer, and moves its cursor. The cursor moves in the transaction of what the consumer
 * writes, and only from where the worker saw it, so each event takes effect once, however many workers there are. Each
 * function is one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import { isOvertaken, runBatch, type Database, type Statements } from '../database.ts'
import { refuse } from '../refusals.ts'
import { selectConsumer, type ConsumerState } from './consumers.ts'
import { eventColumns, type StoredEvent } from './events.ts'
import type { ObjectType } from './object-types.ts'
import type { EventType } from './schema.ts'

export interface ConsumedEvent extends StoredEvent {
  /**
   * The beginning of the hour whose pulls the event stands for, while its count may grow; null for every other event.
   */
  readonly foldedSince: number | null
}

/** The events that a consumer wants. */
export interface WantedEvents {
  /** Undefined for all types. */
  readonly types?: readonly EventType[] | undefined
  /** Undefined for all types of objects. */
  readonly objectTypes?: readonly ObjectType[] | undefined
}

export interface PendingEvents {
  readonly state: ConsumerState
  /** The wanted events after the cursor, the oldest first. */
  readonly events: readonly ConsumedEvent[]
  /** The newest event that was looked at; undefined if there is none after the cursor. */
  readonly lookedUpTo: number | undefined
  /** A parked event that is to be tried again. */
  readonly retried: ConsumedEvent | undefined
}

/** The most events that are looked at to find wanted ones. */
const mostLookedAt = 1000

const isWanted = ({ types, objectTypes }: WantedEvents): SQL => sql`
  ${types === undefined ? sql`true` : sql`type IN (SELECT value FROM json_each(${JSON.stringify(types)}))`} AND
  ${objectTypes === undefined ? sql`true` : sql`object_type IN (SELECT value FROM json_each(${JSON.stringify(objectTypes)}))`}`

/**
 * Reads the state of a consumer and its next events.
 * Index: parked_events_retried. Key: event_consumers, events.
 *
 * @returns undefined for a consumer without a row
 */
export async function readPending(
  db: Database,
  name: string,
  wanted: WantedEvents,
  most: number,
): Promise<PendingEvents | undefined> {
  const following = sql`
    events WHERE id > (SELECT cursor FROM event_consumers WHERE name = ${name}) ORDER BY id LIMIT ${mostLookedAt}`
  const { state, events, looked, retried } = await runBatch(db, {
    state: selectConsumer(name),
    // Sorted again the rows would have to be whole first; nothing disturbs the order that they have.
    events: sql<ConsumedEvent>`
      SELECT id, ${eventColumns}, folded_since AS foldedSince
      FROM (SELECT * FROM ${following}) WHERE ${isWanted(wanted)} LIMIT ${most}`,
    looked: sql<{ id: number | null }>`SELECT max(id) AS id FROM (SELECT id FROM ${following})`,
    retried: sql<ConsumedEvent>`
      SELECT event_id AS id, ${eventColumns}, folded_since AS foldedSince FROM parked_events
      WHERE consumer = ${name} AND is_retried = 1 ORDER BY event_id LIMIT 1`,
  })
  if (state.first === undefined) return undefined
  return {
    state: state.first,
    events: events.rows,
    lookedUpTo: looked.first?.id ?? undefined,
    retried: retried.first,
  }
}

/**
 * The state that a worker saw. `missed` belongs to it: events that were deleted meanwhile count as missed and must not
 * be consumed too.
 */
type Seen = Pick<ConsumerState, 'name' | 'cursor' | 'missed'>

const isAsSeen = ({ name, cursor, missed }: Seen): SQL =>
  sql`name = ${name} AND cursor = ${cursor} AND missed = ${missed}`

/** Builds the statement that moves a cursor on and resets the attempts. Key: event_consumers. */
const move = (seen: Seen, to: number): SQL => sql`
  UPDATE event_consumers SET cursor = ${to}, attempts = 0, next_attempt_at = 0, last_error = NULL,
    narrowed_to = CASE WHEN narrowed_to > ${to} THEN narrowed_to END
  WHERE ${isAsSeen(seen)}`

/** Runs a batch that may refuse itself. @returns whether it was done */
async function isDone(batch: Promise<unknown>): Promise<boolean> {
  try {
    await batch
    return true
  } catch (error) {
    if (isOvertaken(error)) return false
    throw error
  }
}

const flat = (effects: Statements): SQL[] =>
  Object.values(effects)
    .flat()
    .filter((some) => some !== undefined)

/**
 * Moves a cursor together with what the consumer writes.
 * Key: event_consumers.
 *
 * @returns whether it was done; if not, the events were consumed or deleted meanwhile, and nothing was changed
 */
export const moveCursor = (db: Database, seen: Seen, to: number, effects: Statements): Promise<boolean> =>
  isDone(
    runBatch(db, {
      asSeen: refuse(
        'another worker consumed it',
        sql`NOT EXISTS (SELECT 1 FROM event_consumers WHERE ${isAsSeen(seen)})`,
      ),
      effects: flat(effects),
      moved: move(seen, to),
    }),
  )

export interface FailedAttempt {
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly narrowedTo: number | null
  readonly reason: string
}

/** Records a failed attempt, unless another worker has done so or has moved the cursor. Key: event_consumers. */
export async function recordFailure(
  db: Database,
  seen: Seen & Pick<ConsumerState, 'attempts'>,
  { attempts, nextAttemptAt, narrowedTo, reason }: FailedAttempt,
): Promise<void> {
  await runBatch(db, {
    failed: sql`
      UPDATE event_consumers SET attempts = ${attempts}, next_attempt_at = ${nextAttemptAt}, narrowed_to = ${narrowedTo},
        last_error = ${reason}
      WHERE ${isAsSeen(seen)} AND attempts = ${seen.attempts}`,
  })
}

/**
 * Parks an event and moves the cursor past it, unless another worker has moved it.
 * Key: events, event_consumers.
 *
 * @returns whether it was parked
 */
export async function parkEvent(
  db: Database,
  seen: Seen & Pick<ConsumerState, 'attempts'>,
  id: number,
  { reason, now }: { readonly reason: string; readonly now: number },
): Promise<boolean> {
  const { parked } = await runBatch(db, {
    parked: sql`
      INSERT INTO parked_events (consumer, event_id, published_at, actor_id, actor, type, object_type, object_id, object_name,
        repository, content, folded_since, parked_at, reason, is_retried)
      SELECT ${seen.name}, id, published_at, actor_id, actor, type, object_type, object_id, object_name, repository, content,
        folded_since, ${now}, ${reason}, 0
      FROM events WHERE id = ${id}
        AND EXISTS (SELECT 1 FROM event_consumers WHERE ${isAsSeen(seen)} AND attempts = ${seen.attempts})`,
    moved: sql`${move(seen, id)} AND attempts = ${seen.attempts}`,
  })
  return parked.changes === 1
}

const isRetried = (name: string, id: number): SQL => sql`consumer = ${name} AND event_id = ${id} AND is_retried = 1`

/**
 * Deletes a parked event together with what the consumer writes.
 * Key: parked_events.
 *
 * @returns as `moveCursor`
 */
export const settleParked = (db: Database, name: string, id: number, effects: Statements): Promise<boolean> =>
  isDone(
    runBatch(db, {
      asSeen: refuse(
        'another worker consumed it',
        sql`NOT EXISTS (SELECT 1 FROM parked_events WHERE ${isRetried(name, id)})`,
      ),
      effects: flat(effects),
      settled: sql`DELETE FROM parked_events WHERE ${isRetried(name, id)}`,
    }),
  )

/** Stores the new reason of a parked event that failed again. Key: parked_events. */
export async function parkAgain(
  db: Database,
  name: string,
  id: number,
  { reason, now }: { readonly reason: string; readonly now: number },
): Promise<void> {
  await db.run(sql`
    UPDATE parked_events SET is_retried = 0, reason = ${reason}, parked_at = ${now} WHERE ${isRetried(name, id)}`)
}
