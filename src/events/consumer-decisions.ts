/** What becomes of a consumer: pure functions of its row, its events and the time. */
import type { ConsumedEvent, PendingEvents } from '../db/events/consumption.ts'
import type { ConsumerChanges, ConsumerState } from '../db/events/consumers.ts'
import { longestRetryMilliseconds, retryDelay } from '../jobs/decisions.ts'
import type { EventConsumers } from './consumer.ts'

/** After so many failures a batch is consumed event by event. */
export const attemptsOfBatch = 3
/** After so many failures an event is parked. */
export const attemptsOfEvent = 5
/** With so many parked events a consumer parks no more: it waits, and an administrator has to look at it. */
export const mostParked = 1000
/** A deployment that lacks a capability for less than this loses no cursor. */
export const forgottenAfterMilliseconds = 7 * 24 * 3600 * 1000
/** So many events behind the newest one a consumer no longer keeps retention from its work. */
export const mostHeldBack = 100_000

export interface Batch {
  readonly events: readonly ConsumedEvent[]
  /** Where the cursor is after them. Events that the consumer does not want are passed by. */
  readonly to: number
}

/** @param most how many events the consumer takes at once @returns undefined if nothing is left */
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

/** Tells whether a consumer waits after a failure. No wait is longer than an hour: one that seems so is of a wrong clock. */
export const hasToWait = (nextAttemptAt: number, now: number): boolean =>
  nextAttemptAt > now && nextAttemptAt <= now + longestRetryMilliseconds

/** Tells whether a consumer has something to do now. */
export const isDue = ({ removedAt, retried, cursor, newest, nextAttemptAt }: ConsumerState, now: number): boolean =>
  removedAt === null && (retried > 0 || (cursor < newest && !hasToWait(nextAttemptAt, now)))

/** Compares the rows with what the capabilities declare. */
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

/** The newest event that retention may delete: what a consumer has not seen is kept, within a bound. */
export function deletableUpTo(states: readonly ConsumerState[]): number {
  const held = states.filter(({ removedAt }) => removedAt === null)
  return Math.min(...held.map(({ cursor, newest }) => Math.max(cursor, newest - mostHeldBack)), Number.MAX_SAFE_INTEGER)
}
