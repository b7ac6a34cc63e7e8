/**
 * Consumers of events: what a capability does with what happened, after it happened. The table `events` is an outbox. An
 * event is written in the transaction of its change, and each consumer reads on from its own cursor, in jobs: no request
 * waits for a consumer.
 */
import type { LastingContext } from '../context.ts'
import type { Statements } from '../db/database.ts'
import type { ConsumedEvent, WantedEvents } from '../db/events/consumption.ts'

export interface EventConsumer extends WantedEvents {
  /** Where a new consumer begins: after the newest event, or with the oldest that is kept. */
  readonly startsAt: 'newest' | 'oldest'
  /** The most events of one batch. */
  readonly mostEvents: number
  /**
   * Consumes events, which come in the order of their ids.
   *
   * The statements that it returns run in the transaction that moves its cursor, so what it writes to D1 happens exactly
   * once. What it does elsewhere happens at least once: after a crash it is given the same events again. It has to end
   * within 20 seconds, as its worker counts as crashed after 30. What it throws counts as a failure of the events, unless
   * the failure passes by itself as an overloaded D1 does.
   */
  consume(context: LastingContext, events: readonly ConsumedEvent[]): Promise<Statements> | Statements
}

/** The consumers by name. */
export type EventConsumers = ReadonlyMap<string, EventConsumer>
