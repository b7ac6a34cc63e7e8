/** Consumers as jobs of the cron trigger: where they begin, when they go on, and what becomes of events that fail. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { requestRetry } from '../../src/db/events/parked-events.ts'
import type { EventConsumer } from '../../src/events/consumer.ts'
import { attemptsOfBatch, attemptsOfEvent, forgottenAfterMilliseconds } from '../../src/events/consumer-decisions.ts'
import { consumerJob } from '../../src/events/consumer-job.ts'
import { longestReason } from '../../src/events/consumer-slice.ts'
import { runJobsCron } from '../../src/jobs/cron.ts'
import { enqueueJob } from '../../src/jobs/enqueue.ts'
import type { JobsContext } from '../../src/jobs/job-type.ts'
import { objectSize } from '../../src/storage/objects.ts'
import { countRows } from '../support/content.ts'
import { rowsReadBy } from '../support/counting.ts'
import {
  aConsumer,
  dropSeenTable,
  makeSeenTable,
  noteSeen,
  parkedBy,
  seenBy,
  someEvents,
  stateOf,
} from '../support/event-consumers.ts'
import { faultyBucket } from '../support/faults.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { jobsContext, root } from '../support/jobs.ts'
import { rowsOf } from '../support/schema.ts'

const db = openDatabase(env.DB)
const minute = 60_000

let now: number

beforeAll(makeSeenTable)
afterAll(dropSeenTable)
beforeEach(() => {
  now = 1_000_000
})

const contextWith = (
  consumers: Readonly<Record<string, EventConsumer>>,
  changes: Partial<JobsContext> = {},
): JobsContext => ({
  ...jobsContext({ clock: () => now }),
  jobTypes: new Map([['events', consumerJob(new Map(Object.entries(consumers)))]]),
  ...changes,
})

/** One turn of the cron trigger. */
const tick = (consumers: Readonly<Record<string, EventConsumer>>, changes: Partial<JobsContext> = {}): Promise<void> =>
  runJobsCron(contextWith(consumers, changes), now)

interface JobRow {
  readonly id: string
  readonly status: string
  readonly key: string
}

const jobs = (): Promise<JobRow[]> =>
  rowsOf<JobRow>('SELECT id, status, exclusion_key AS key FROM jobs ORDER BY scheduled_at, key')

const statuses = async (): Promise<string[]> => (await jobs()).map(({ status }) => status)

/** Fails at events of this name. */
const failingAt = (name: string, changes: Partial<EventConsumer> = {}): EventConsumer =>
  aConsumer('counter', {
    consume: (_context, events) => {
      if (events.some(({ objectName }) => objectName === name)) throw new Error(`cannot take ${name}`)
      return { seen: noteSeen('counter', events) }
    },
    ...changes,
  })

describe('a new consumer', () => {
  it('begins with what happens from then on', async () => {
    await someEvents(3)
    const consumers = { counter: aConsumer('counter', { startsAt: 'newest' }) }
    await tick(consumers)
    const later = await someEvents(2)
    await tick(consumers)
    expect(await seenBy('counter')).toEqual(later)
  })

  it('begins with the oldest event that is kept if it says so', async () => {
    const ids = await someEvents(3)
    const consumers = { counter: aConsumer('counter', { startsAt: 'oldest' }) }
    await tick(consumers)
    await tick(consumers)
    expect(await seenBy('counter')).toEqual(ids)
  })
})

describe('the job of a consumer', () => {
  it('is made when there are new events alone, and takes the place of the one before', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    expect(await jobs()).toEqual([])
    for (const count of [5, 1]) {
      await someEvents(count)
      now += minute
      await tick(consumers)
      await tick(consumers)
      expect(await statuses()).toEqual(['done'])
    }
    expect(await seenBy('counter')).toHaveLength(6)
    // A job that caused events would find something to do for ever.
    expect(await countRows('events')).toBe(6)
  })

  it('is one at a time for each consumer, whether the cron trigger or an administrator makes it', async () => {
    const consumers = { counter: aConsumer('counter'), webhook: aConsumer('webhook') }
    await tick(consumers)
    await someEvents(1)
    const context = contextWith(consumers)
    const order = { action: 'events', retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
    const make = (consumer: string): Promise<unknown> =>
      enqueueJob(context, { ...order, parameters: { consumer } }, now, { by: root, now })
    await make('counter')
    await expect(make('counter')).rejects.toMatchObject({ failure: { kind: 'job-running' } })
    await expect(make('nothing')).rejects.toMatchObject({ failure: { kind: 'body-invalid' } })
    await context.jobTypes.get('events')?.makeDueJobs?.(context)
    expect((await jobs()).map(({ key }) => key)).toEqual(['events:counter', 'events:webhook'])
  })

  it('passes by the events that its consumer does not want, however many they are', async () => {
    await someEvents(1500, { type: 'GET' })
    const wanted = [...(await someEvents(1)), ...(await someEvents(1))]
    await someEvents(1, { objectType: 'account' })
    const consumers = { counter: aConsumer('counter', { types: ['CREATE'], objectTypes: ['tag', 'manifest'] }) }
    await tick(consumers)
    await tick(consumers)
    expect(await seenBy('counter')).toEqual(wanted)
    const { cursor, newest } = await stateOf('counter')
    expect(cursor).toBe(newest)
  })

  it('reads no more than what is new', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    await someEvents(3000)
    await env.DB.prepare('UPDATE event_consumers SET cursor = (SELECT max(id) - 2 FROM events)').run()
    const read = await rowsReadBy((counted) => tick(consumers, { db: counted }))
    expect(read).toBeLessThan(150)
    expect(await seenBy('counter')).toHaveLength(2)
  })
})

describe('events that fail', () => {
  it('are tried again after a minute, then after twice as long, and never in between', async () => {
    const consumers = { counter: failingAt('bad', { mostEvents: 1 }) }
    await tick(consumers)
    await someEvents(1, { objectName: 'bad' })
    const attempts: number[] = []
    for (let time = 0; time < 8; time++) {
      await tick(consumers)
      attempts.push((await stateOf('counter')).attempts)
      now += minute
    }
    expect(attempts).toEqual([1, 2, 2, 3, 3, 3, 3, 4])
    expect(await stateOf('counter')).toMatchObject({ lastError: 'cannot take bad', parked: 0 })
    expect(await statuses()).toEqual(['errored', 'errored', 'errored', 'errored'])
  })

  it('wait also when an administrator makes the job', async () => {
    const consumers = { counter: failingAt('bad') }
    await tick(consumers)
    await someEvents(1, { objectName: 'bad' })
    await tick(consumers)
    const order = { action: 'events', retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
    const parameters = { consumer: 'counter' }
    await enqueueJob(contextWith(consumers), { ...order, parameters }, now, { by: root, now })
    await tick(consumers)
    expect((await statuses()).toSorted()).toEqual(['done', 'errored'])
    expect(await stateOf('counter')).toMatchObject({ attempts: 1 })
  })

  it('leave no trace once they succeed', async () => {
    const failing = { counter: failingAt('bad') }
    await tick(failing)
    const ids = await someEvents(2, { objectName: 'bad' })
    await tick(failing)
    expect(await stateOf('counter')).toMatchObject({ attempts: 1, nextAttemptAt: now + minute })
    now += minute
    await tick({ counter: aConsumer('counter') })
    expect(await seenBy('counter')).toEqual(ids)
    expect(await stateOf('counter')).toMatchObject({ attempts: 0, nextAttemptAt: 0, lastError: null })
  })

  it('are narrowed down to the one that fails, which is parked, and the others are consumed', async () => {
    const consumers = { counter: failingAt('bad', { mostEvents: 4 }) }
    await tick(consumers)
    const ids = [...(await someEvents(2)), ...(await someEvents(1, { objectName: 'bad' })), ...(await someEvents(4))]
    const bad = ids[2] ?? 0
    for (let attempt = 0; attempt < attemptsOfBatch + attemptsOfEvent - 1; attempt++) {
      expect(await parkedBy('counter')).toEqual([])
      await tick(consumers)
      now += 60 * minute
    }
    expect(await parkedBy('counter')).toEqual([bad])
    expect(await seenBy('counter')).toEqual(ids.filter((id) => id !== bad))
    expect(await rowsOf('SELECT object_name AS name, reason, is_retried AS retried FROM parked_events')).toEqual([
      { name: 'bad', reason: 'cannot take bad', retried: 0 },
    ])
    // Whole batches again.
    expect(await stateOf('counter')).toMatchObject({ narrowedTo: null, attempts: 0, lastError: null, parked: 1 })
  })

  it('wait and are not parked while as many are parked as may be', async () => {
    const consumers = { counter: failingAt('bad', { mostEvents: 1 }) }
    await tick(consumers)
    await env.DB.prepare(
      `INSERT INTO parked_events (consumer, event_id, published_at, actor, type, object_type, object_id, object_name,
         parked_at, reason, is_retried)
       SELECT 'counter', -key - 1, 1, '', 'GET', 'tag', '', '', 1, '', 0 FROM json_each(?)`,
    )
      .bind(JSON.stringify(Array.from({ length: 1000 })))
      .run()
    await someEvents(1, { objectName: 'bad' })
    for (let attempt = 0; attempt < attemptsOfEvent + 2; attempt++) {
      await tick(consumers)
      now += 60 * minute
    }
    expect(await stateOf('counter')).toMatchObject({ parked: 1000, attempts: attemptsOfEvent + 2 })
  })

  it('are told with the beginning of a long reason', async () => {
    const consume = (): never => {
      throw new Error('x'.repeat(5000))
    }
    const consumers = { counter: aConsumer('counter', { consume }) }
    await tick(consumers)
    await someEvents(1)
    await tick(consumers)
    expect((await stateOf('counter')).lastError).toBe(`${'x'.repeat(longestReason)}…`)
  })

  it('are not to blame when D1 is overloaded', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    const ids = await someEvents(2)
    const overloaded = interceptedDatabase(async (statements, run) => {
      const isOfConsumer = statements.some((text) => text.includes('INTO seen'))
      if (isOfConsumer) throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')
      return run()
    })
    await tick(consumers, { db: openDatabase(overloaded) })
    expect(await stateOf('counter')).toMatchObject({ attempts: 0, lastError: null })
    now += minute
    await tick(consumers)
    expect(await seenBy('counter')).toEqual(ids)
    expect(await stateOf('counter')).toMatchObject({ attempts: 0, lastError: null })
  })

  it('are not to blame when R2 does not answer', async () => {
    const consumers = {
      counter: aConsumer('counter', {
        async consume({ bucket }, events) {
          await objectSize(bucket, 'segments/one')
          return { seen: noteSeen('counter', events) }
        },
      }),
    }
    await tick(consumers)
    const ids = await someEvents(2)
    const { bucket, failed } = faultyBucket({ call: 'head', message: 'Unspecified error (0)', times: 3 })
    await tick(consumers, { bucket })
    expect([failed(), await stateOf('counter')]).toMatchObject([3, { attempts: 0, lastError: null }])
    now += minute
    await tick(consumers, { bucket })
    expect(await seenBy('counter')).toEqual(ids)
  })

  it('fail when a receiver elsewhere fails, whatever its words are, and whatever is thrown', async () => {
    let thrown: unknown = new Error('Network connection lost.')
    const consume: EventConsumer['consume'] = () => {
      throw thrown
    }
    const consumers = { counter: aConsumer('counter', { consume }) }
    await tick(consumers)
    await someEvents(1)
    await tick(consumers)
    expect(await stateOf('counter')).toMatchObject({
      attempts: 1,
      lastError: 'the consumer failed: Network connection lost.',
    })
    const itsOwnCause = new Error('in circles')
    itsOwnCause.cause = itsOwnCause
    for (const [at, odd] of [Object.create(null), Object.assign(new Error(), { message: 7 }), itsOwnCause].entries()) {
      thrown = odd
      now += 60 * minute
      await tick(consumers)
      expect(await stateOf('counter')).toMatchObject({ attempts: at + 2 })
    }
  })

  it('are taken beside a job that is scheduled for later', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    const ids = await someEvents(2)
    const order = { action: 'events', parameters: { consumer: 'counter' }, retries: 0, capacityMap: {}, deadline: '' }
    const inAYear = now + 365 * 24 * 60 * minute
    await enqueueJob(contextWith(consumers), { ...order, stopTimeout: '' }, inAYear, { by: root, now })
    await tick(consumers)
    expect(await seenBy('counter')).toEqual(expect.arrayContaining(ids))
  })

  it('count as failed when their worker crashed', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    await someEvents(1)
    const context = contextWith(consumers)
    await context.jobTypes.get('events')?.makeDueJobs?.(context)
    await env.DB.prepare("UPDATE jobs SET status = 'running', worker_id = 'dead', lease_until = 1").run()
    await tick(consumers)
    expect(await stateOf('counter')).toMatchObject({ attempts: 1, nextAttemptAt: now + minute })
    expect(await seenBy('counter')).toEqual([])
    now += minute
    await tick(consumers)
    expect(await seenBy('counter')).toHaveLength(1)
  })

  it('fail as a whole when a statement of the consumer fails, and nothing of them is written', async () => {
    const consume: EventConsumer['consume'] = (_context, events) => ({
      seen: noteSeen('counter', events),
      again: noteSeen('counter', events),
    })
    const consumers = { counter: aConsumer('counter', { consume }) }
    await env.DB.exec('CREATE UNIQUE INDEX seen_once ON seen (consumer, event_id)')
    try {
      await tick(consumers)
      await someEvents(2)
      await tick(consumers)
    } finally {
      await env.DB.exec('DROP INDEX seen_once')
    }
    expect(await seenBy('counter')).toEqual([])
    expect(await stateOf('counter')).toMatchObject({ attempts: 1 })
  })
})

describe('a parked event', () => {
  /** @returns the id of an event that is parked */
  async function parked(): Promise<number> {
    const consumers = { counter: failingAt('bad', { mostEvents: 1 }) }
    await tick(consumers)
    const [id = 0] = await someEvents(1, { objectName: 'bad' })
    for (let attempt = 0; attempt < attemptsOfEvent; attempt++) {
      await tick(consumers)
      now += 60 * minute
    }
    expect(await parkedBy('counter')).toEqual([id])
    return id
  }

  it('that is tried again is consumed once and is not parked any more, also after the event itself was deleted', async () => {
    const id = await parked()
    await env.DB.prepare('DELETE FROM events').run()
    expect(await requestRetry(db, 'counter', id, { by: root, now })).toBe(true)
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    await tick(consumers)
    // The request is an event too.
    const [first, ...others] = await seenBy('counter')
    expect(first).toBe(id)
    expect(others).not.toContain(id)
    expect(await parkedBy('counter')).toEqual([])
  })

  it('that fails again stays parked with the new reason, and is not tried by itself', async () => {
    const id = await parked()
    await requestRetry(db, 'counter', id, { by: root, now })
    let calls = 0
    const consume: EventConsumer['consume'] = (_context, events) => {
      if (events.every(({ objectName }) => objectName !== 'bad')) return {}
      calls++
      throw new Error('still not')
    }
    for (let turn = 0; turn < 3; turn++) await tick({ counter: aConsumer('counter', { consume }) })
    expect(calls).toBe(1)
    expect(await rowsOf('SELECT reason, is_retried AS retried FROM parked_events')).toEqual([
      { reason: 'still not', retried: 0 },
    ])
  })
})

describe('a consumer whose capability was taken out', () => {
  it('keeps its cursor for a week and goes on where it was', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    await tick({})
    const ids = await someEvents(2)
    now += forgottenAfterMilliseconds
    await tick({})
    expect(await stateOf('counter')).toMatchObject({ removedAt: 1_000_000 })
    await tick(consumers)
    await tick(consumers)
    expect(await seenBy('counter')).toEqual(ids)
    expect(await stateOf('counter')).toMatchObject({ removedAt: null })
  })

  it('is forgotten with its parked events afterwards', async () => {
    await tick({ counter: aConsumer('counter') })
    await env.DB.prepare(
      `INSERT INTO parked_events (consumer, event_id, published_at, actor, type, object_type, object_id, object_name,
         parked_at, reason, is_retried) VALUES ('counter', 1, 1, '', 'GET', 'tag', '', '', 1, '', 1)`,
    ).run()
    await tick({})
    now += forgottenAfterMilliseconds + 1
    await tick({})
    expect([await countRows('event_consumers'), await countRows('parked_events')]).toEqual([0, 0])
    expect(await jobs()).toEqual([])
  })

  it('ends its waiting job, which says why', async () => {
    const consumers = { counter: aConsumer('counter') }
    await tick(consumers)
    await someEvents(1)
    const context = contextWith(consumers)
    await context.jobTypes.get('events')?.makeDueJobs?.(context)
    await tick({})
    expect(await statuses()).toEqual(['canceled'])
    expect(await rowsOf('SELECT substr(data, 26) AS line FROM job_logs')).toEqual([
      { line: 'there is no consumer counter' },
    ])
  })
})
