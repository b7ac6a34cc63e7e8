/** Counts each event once: the counts are written in the transaction that moves the cursor. */
import type { EventConsumer } from '../events/consumer.ts'
import { addEventCounts } from './event-counts-store.ts'

export const eventCounter: EventConsumer = {
  startsAt: 'newest',
  mostEvents: 500,
  consume: (_context, events) => ({ counts: addEventCounts(events) }),
}
