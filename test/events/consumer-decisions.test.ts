/** What becomes of a consumer, decided from its row alone. */
import { describe, expect, it } from 'vitest'
import type { ConsumedEvent, PendingEvents } from '../../src/db/events/consumption.ts'
import type { ConsumerState } from '../../src/db/events/consumers.ts'
import {
  afterFailure,
  attemptsOfBatch,
  attemptsOfEvent,
  changesOf,
  deletableUpTo,
  isDue,
  mostHeldBack,
  mostParked,
  nextBatch,
} from '../../src/events/consumer-decisions.ts'

const minute = 60_000

const aState = (changes: Partial<ConsumerState> = {}): ConsumerState => ({
  name: 'counter',
  cursor: 10,
  attempts: 0,
  nextAttemptAt: 0,
  narrowedTo: null,
  lastError: null,
  missed: 0,
  removedAt: null,
  parked: 0,
  retried: 0,
  newest: 10,
  ...changes,
})

const anEvent = (id: number): ConsumedEvent => ({
  id,
  publishedAt: 1,
  actorId: null,
  actor: '',
  type: 'CREATE',
  objectType: 'tag',
  objectId: '',
  objectName: '',
  repository: null,
  content: null,
  foldedSince: null,
})

const pending = (ids: readonly number[], lookedUpTo: number | undefined, state = aState()): PendingEvents => ({
  state,
  events: ids.map(anEvent),
  lookedUpTo,
  retried: undefined,
})

const toOf = (found: PendingEvents, most: number): number | undefined => nextBatch(found, most)?.to

describe('the next batch', () => {
  it('ends with its last event when there may be more, and else with the last that was looked at', () => {
    expect(toOf(pending([11, 13], 17), 2)).toBe(13)
    expect(toOf(pending([11, 13], 17), 3)).toBe(17)
    expect(toOf(pending([], 17), 3)).toBe(17)
    expect(toOf(pending([], undefined), 3)).toBeUndefined()
  })

  it('is one event while the one that fails is looked for', () => {
    const narrowed = aState({ narrowedTo: 13 })
    const batch = nextBatch(pending([11, 13], 17, narrowed), 3)
    expect([batch?.events.map(({ id }) => id), batch?.to]).toEqual([[11], 11])
    expect(toOf(pending([13], 17, narrowed), 3)).toBe(17)
  })
})

describe('after a failure', () => {
  const one = { events: [anEvent(11)], to: 17 }
  const two = { events: [anEvent(11), anEvent(13)], to: 17 }
  const after = (attempts: number, batch = one, parked = 0) => afterFailure({ attempts, parked }, batch, 0)

  it('the wait doubles from a minute to an hour', () => {
    const waits = Array.from({ length: 9 }, (_, attempts) => after(attempts, one, mostParked)).map((next) =>
      next.kind === 'wait' ? next.nextAttemptAt / minute : undefined,
    )
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('several events are narrowed down, and one is parked, in the end', () => {
    expect(after(attemptsOfBatch - 2, two).kind).toBe('wait')
    expect(after(attemptsOfBatch - 1, two)).toEqual({ kind: 'narrow', to: 17 })
    expect(after(attemptsOfEvent - 2).kind).toBe('wait')
    expect(after(attemptsOfEvent - 1)).toEqual({ kind: 'park', id: 11 })
    expect(after(attemptsOfEvent - 1, one, mostParked - 1).kind).toBe('park')
    expect(after(attemptsOfEvent - 1, one, mostParked).kind).toBe('wait')
  })
})

it('a consumer is due with new events at its time, or with a parked event to try again, while it is declared', () => {
  expect(isDue(aState(), 5)).toBe(false)
  expect(isDue(aState({ newest: 11 }), 5)).toBe(true)
  expect(isDue(aState({ newest: 11, nextAttemptAt: 5 }), 5)).toBe(true)
  expect(isDue(aState({ newest: 11, nextAttemptAt: 6 }), 5)).toBe(false)
  expect(isDue(aState({ retried: 1, nextAttemptAt: 6 }), 5)).toBe(true)
  expect(isDue(aState({ newest: 11, retried: 1, removedAt: 1 }), 5)).toBe(false)
})

it('retention may delete what every declared consumer has seen, and what is too far behind', () => {
  const newest = 10 * mostHeldBack
  const upTo = (...cursors: readonly number[]): number =>
    deletableUpTo(cursors.map((cursor) => aState({ cursor, newest })))
  expect(upTo()).toBe(Number.MAX_SAFE_INTEGER)
  expect(upTo(newest, newest - 5)).toBe(newest - 5)
  expect(upTo(newest, newest - mostHeldBack - 1)).toBe(newest - mostHeldBack)
  expect(deletableUpTo([aState({ cursor: 3, newest, removedAt: 1 })])).toBe(Number.MAX_SAFE_INTEGER)
})

it('a consumer that was taken out is remembered for a week', () => {
  const removedAt = 1000
  const week = 7 * 24 * 60 * minute
  const forgottenAt = (now: number): readonly string[] => changesOf([aState({ removedAt })], new Map(), now).forgotten
  expect(forgottenAt(removedAt)).toEqual([])
  expect(forgottenAt(removedAt + week)).toEqual([])
  expect(forgottenAt(removedAt + week + 1)).toEqual(['counter'])
})
