/** One slice of a consumer's work: a batch of events, or a parked one that is tried again. */
import type { LastingContext } from '../context.ts'
import type { Statements } from '../db/database.ts'
import {
  moveCursor,
  parkAgain,
  parkEvent,
  readPending,
  recordFailure,
  settleParked,
  type ConsumedEvent,
  type PendingEvents,
} from '../db/events/consumption.ts'
import { RegistryError } from '../errors.ts'
import { ExpectedError } from '../failures/failure.ts'
import type { JobSlice } from '../jobs/job-type.ts'
import { messageOf, passes } from '../jobs/job-worker.ts'
import { isoTime } from '../util/iso-time.ts'
import { withinTime } from '../util/timeout.ts'
import type { EventConsumer } from './consumer.ts'
import { afterFailure, hasToWait, nextBatch, type Batch } from './consumer-decisions.ts'

/** The most characters of an error that a row keeps. */
export const longestReason = 1000

/**
 * Consumes the next batch of events, or retries a parked event.
 *
 * @param consumed the number of events that this job has consumed so far
 * @throws the error of the consumer after it was recorded, if the consumer has to wait; and every failure that passes
 *   by itself
 */
export async function consumeSlice(
  context: LastingContext,
  name: string,
  consumer: EventConsumer,
  consumed: number,
): Promise<JobSlice> {
  const pending = await readPending(context.db, name, consumer, consumer.mostEvents)
  if (pending === undefined) return { checkpoint: consumed, isDone: true, lines: [`there is no consumer ${name}`] }
  if (pending.retried !== undefined) {
    return { checkpoint: consumed, isDone: false, lines: await retry(context, name, consumer, pending.retried) }
  }
  const { nextAttemptAt } = pending.state
  const batch = nextBatch(pending, consumer.mostEvents)
  if (batch === undefined) return { checkpoint: consumed, isDone: true, lines: [] }
  if (hasToWait(nextAttemptAt, context.clock())) {
    return { checkpoint: consumed, isDone: true, lines: [`waits until ${isoTime(nextAttemptAt)}`] }
  }
  return consumeBatch(context, consumer, pending, batch, consumed)
}

async function consumeBatch(
  context: LastingContext,
  consumer: EventConsumer,
  pending: PendingEvents,
  batch: Batch,
  consumed: number,
): Promise<JobSlice> {
  const { events, to } = batch
  try {
    const effects = events.length === 0 ? {} : await consume(context, consumer, events)
    const isMoved = await moveCursor(context.db, pending.state, to, effects)
    return { checkpoint: consumed + (isMoved ? events.length : 0), isDone: false, lines: [] }
  } catch (error) {
    if (passes(error)) throw error
    return { checkpoint: consumed, isDone: false, lines: await fail(context, pending, batch, error) }
  }
}

/** Less than the 30 seconds after which a worker counts as crashed. */
const longestConsumptionMilliseconds = 20_000

/**
 * Runs the consumer, for 20 seconds at most.
 *
 * @throws the consumer's error; as `consumer-failed` if it only reads like an overloaded D1
 */
async function consume(
  context: LastingContext,
  consumer: EventConsumer,
  events: readonly ConsumedEvent[],
): Promise<Statements> {
  try {
    return await withinTime(
      Promise.resolve(consumer.consume(context, events)),
      longestConsumptionMilliseconds,
      () => new Error(`it did not end within ${longestConsumptionMilliseconds / 1000} seconds`),
    )
  } catch (error) {
    // A receiver elsewhere may fail with the words of a lost connection to D1.
    if (passes(error) && !isOfRegistry(error)) throw consumerFailed(error)
    throw error
  }
}

const consumerFailed = (cause: unknown): RegistryError =>
  new RegistryError({ kind: 'consumer-failed', message: messageOf(cause) }, { cause })

const isOfRegistry = (error: unknown): boolean =>
  error instanceof ExpectedError || messageOf(error).startsWith('D1_ERROR')

/**
 * Records that events failed.
 *
 * @returns lines for the log
 * @throws the error, if the consumer has to wait
 */
async function fail(
  { db, clock }: LastingContext,
  { state }: PendingEvents,
  batch: Batch,
  error: unknown,
): Promise<readonly string[]> {
  const now = clock()
  const reason = reasonOf(error)
  const next = afterFailure(state, batch, now)
  if (next.kind === 'park') {
    const isParked = await parkEvent(db, state, next.id, { reason, now })
    return isParked ? [`parked the event ${next.id}: ${reason}`] : []
  }
  if (next.kind === 'narrow') {
    await recordFailure(db, state, { attempts: 0, nextAttemptAt: 0, narrowedTo: next.to, reason })
    return [`takes one event at a time up to ${next.to}: ${reason}`]
  }
  const { attempts, nextAttemptAt } = next
  await recordFailure(db, state, { attempts, nextAttemptAt, narrowedTo: state.narrowedTo, reason })
  throw error
}

async function retry(
  context: LastingContext,
  name: string,
  consumer: EventConsumer,
  event: ConsumedEvent,
): Promise<readonly string[]> {
  const { db, clock } = context
  try {
    const isSettled = await settleParked(db, name, event.id, await consume(context, consumer, [event]))
    return isSettled ? [`consumed the parked event ${event.id}`] : []
  } catch (error) {
    if (passes(error)) throw error
    const reason = reasonOf(error)
    await parkAgain(db, name, event.id, { reason, now: clock() })
    return [`the event ${event.id} stays parked: ${reason}`]
  }
}

const reasonOf = (error: unknown): string => {
  const message = messageOf(error)
  return message.length > longestReason ? `${message.slice(0, longestReason)}…` : message
}
