/** Decides what happens next with a consumer: pure functions of its row, its events and the time. */
import type { ConsumedEvent, PendingEvents } from '../db/events/consumption.ts'
import type { ConsumerChanges, ConsumerState } from '../db/events/consumers.ts'
import { longestRetryMilliseconds, retryDelay } from '../jobs/decisions.ts'
import type { EventConsumers } from './consumer.ts'

/** A batch that failed this often is consumed event by event. */
export const attemptsOfBatch = 3
/** An event that failed this often is parked. */
export const attemptsOfEvent = 5
/** A consumer with this many parked events parks no more: it waits until an administrator has looked at it. */
export const mostParked = 1000
/** The time for which the cursor of a consumer is kept while no capability declares it. */
export const forgottenAfterMilliseconds = 7 * 24 * 3600 * 1000
/** Retention keeps at most this many events for a consumer that is behind. */
export const mostHeldBack = 100_000

export interface Batch {
  readonly events: readonly ConsumedEvent[]
  /**
   * The id that the cursor moves to: that of the last event, or beyond it past events that the consumer does not want.
   */
  readonly to: number
}

/**
 * Returns the next events for a consumer, or one event while it is narrowed down to single ones.
 *
 * @param most the number of events that the consumer takes at once
 * @returns undefined if nothing is left
 */
export function nextBatch({ state, events, lookedUpTo }: PendingEvents, most: number): Batch | undefined {
  if (lookedUpTo === undefined) return undefined
  const given = events.slice(0, state.narrowedTo === null ? most : 1)
  const last = given.at(-1)
  const isAll = given.length === events.length && events.length < most
  return { events: given, to: isAll || last === undefined ? lookedUpTo : last.id }
}

export type AfterFailure =
  | { readonly kind: 'wait'; readonly attempts: number; readonly nextAttemptAt: number }
  | { readonly kind: 'narrow'; readonly to: number }
  | { readonly kind: 'park'; readonly id: number }

/** Decides what follows when a consumer failed at events, of which there is one at least. */
export function afterFailure(
  { attempts: before, parked }: Pick<ConsumerState, 'attempts' | 'parked'>,
  { events, to }: Batch,
  now: number,
): AfterFailure {
  const attempts = before + 1
  const [first, second] = events
  if (second !== undefined && attempts >= attemptsOfBatch) return { kind: 'narrow', to }
  if (second === undefined && first !== undefined && attempts >= attemptsOfEvent && parked < mostParked) {
    return { kind: 'park', id: first.id }
  }
  return { kind: 'wait', attempts, nextAttemptAt: now + retryDelay(attempts) }
}

/**
 * Tells whether a consumer waits after a failure. Ignores a wait longer than the longest one, which a wrong clock
 * wrote.
 */
export const hasToWait = (nextAttemptAt: number, now: number): boolean =>
  nextAttemptAt > now && nextAttemptAt <= now + longestRetryMilliseconds

/** Tells whether a consumer has something to do now. */
export const isDue = ({ removedAt, retried, cursor, newest, nextAttemptAt }: ConsumerState, now: number): boolean =>
  removedAt === null && (retried > 0 || (cursor < newest && !hasToWait(nextAttemptAt, now)))

/** Compares the rows of consumers with those that the capabilities declare. */
export function changesOf(states: readonly ConsumerState[], consumers: EventConsumers, now: number): ConsumerChanges {
  const present = new Set(states.filter(({ removedAt }) => removedAt === null).map(({ name }) => name))
  const isForgotten = ({ removedAt }: ConsumerState): boolean =>
    removedAt !== null && now - removedAt > forgottenAfterMilliseconds
  const undeclared = states.filter(({ name }) => !consumers.has(name))
  return {
    joined: [...consumers].flatMap(([name, { startsAt }]) => (present.has(name) ? [] : [{ name, startsAt }])),
    left: undeclared.filter(({ removedAt }) => removedAt === null).map(({ name }) => name),
    forgotten: undeclared.filter(isForgotten).map(({ name }) => name),
    removedBefore: now - forgottenAfterMilliseconds,
  }
}

/**
 * Returns the id of the newest event that retention may delete. Events that a consumer has not seen are kept, up to
 * `mostHeldBack`.
 */
export function deletableUpTo(states: readonly ConsumerState[]): number {
  const held = states.filter(({ removedAt }) => removedAt === null)
  return Math.min(...held.map(({ cursor, newest }) => Math.max(cursor, newest - mostHeldBack)), Number.MAX_SAFE_INTEGER)
}
