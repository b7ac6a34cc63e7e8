/** Workers that were overtaken: what one saw of a consumer is not so any more, and it changes nothing. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { changeConsumers, type ConsumerState } from '../../../src/db/events/consumers.ts'
import {
  moveCursor,
  parkAgain,
  parkEvent,
  readPending,
  recordFailure,
  settleParked,
} from '../../../src/db/events/consumption.ts'
import { requestRetry } from '../../../src/db/events/parked-events.ts'
import { countRows } from '../../support/content.ts'
import {
  dropSeenTable,
  makeSeenTable,
  noteSeen,
  parkedBy,
  seenBy,
  someEvents,
  stateOf,
} from '../../support/event-consumers.ts'
import { root } from '../../support/jobs.ts'

const db = openDatabase(env.DB)
const name = 'counter'
const now = 1000

let ids: number[]
let seen: ConsumerState

beforeAll(makeSeenTable)
afterAll(dropSeenTable)
beforeEach(async () => {
  ids = await someEvents(3)
  await changeConsumers(db, { joined: [{ name, startsAt: 'oldest' }], left: [], forgotten: [], removedBefore: 0 }, now)
  seen = await stateOf(name)
})

const first = (): number => ids[0] ?? 0
const effects = async () => {
  const pending = await readPending(db, name, {}, 1)
  return { seen: noteSeen(name, pending?.events ?? []) }
}
const failure = { attempts: 1, nextAttemptAt: 5, narrowedTo: null, reason: 'refused' }

it('the batch of a worker takes effect once, and one that was overtaken has none', async () => {
  const same = await effects()
  expect(await moveCursor(db, seen, first(), same)).toBe(true)
  expect(await moveCursor(db, seen, first(), same)).toBe(false)
  expect(await seenBy(name)).toEqual([first()])
})

it('a failure counts once, and not after the cursor has moved', async () => {
  await recordFailure(db, seen, failure)
  await recordFailure(db, seen, { ...failure, attempts: 1, reason: 'late' })
  expect(await stateOf(name)).toMatchObject({ attempts: 1, lastError: 'refused' })
  await moveCursor(db, seen, first(), {})
  await recordFailure(db, { ...seen, attempts: 0 }, failure)
  expect(await stateOf(name)).toMatchObject({ attempts: 0, lastError: null, cursor: first() })
})

it('an event is parked once, and not after it was consumed or counted as failed', async () => {
  const why = { reason: 'refused', now }
  await recordFailure(db, seen, failure)
  expect(await parkEvent(db, seen, first(), why)).toBe(false)
  const current = await stateOf(name)
  expect(await parkEvent(db, current, first(), why)).toBe(true)
  expect(await parkEvent(db, current, first(), why)).toBe(false)
  expect([await parkedBy(name), (await stateOf(name)).cursor]).toEqual([[first()], first()])
})

it('an event that was deleted is not parked', async () => {
  await env.DB.prepare('DELETE FROM events').run()
  expect(await parkEvent(db, seen, first(), { reason: 'refused', now })).toBe(false)
  expect(await countRows('parked_events')).toBe(0)
})

it('a retry takes effect once, and one that was overtaken does not park the event again', async () => {
  const same = await effects()
  await parkEvent(db, seen, first(), { reason: 'refused', now })
  expect(await settleParked(db, name, first(), same)).toBe(false)
  await requestRetry(db, name, first(), { by: root, now })
  expect(await settleParked(db, name, first(), same)).toBe(true)
  expect(await settleParked(db, name, first(), same)).toBe(false)
  await parkAgain(db, name, first(), { reason: 'late', now })
  expect([await seenBy(name), await parkedBy(name)]).toEqual([[first()], []])
})
