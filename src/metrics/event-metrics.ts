/** The metrics of events and their consumers. */
import type { ConsumerState } from '../db/events/consumers.ts'
import type { EventCount } from './event-counts-store.ts'
import type { Metric } from './prometheus.ts'

export const eventMetrics = (counts: readonly EventCount[], consumers: readonly ConsumerState[]): readonly Metric[] => [
  {
    name: 'breakwater_events_total',
    type: 'counter',
    help: 'Events; pulls of one image by callers without a login are one event an hour',
    samples: counts.map(({ type, objectType, count }) => ({ labels: { type, object: objectType }, value: count })),
  },
  ofConsumers(
    consumers,
    'breakwater_event_consumer_lag',
    'gauge',
    'Number of events that the consumer is behind, at most',
    ({ newest, cursor }) => Math.max(0, newest - cursor),
  ),
  ofConsumers(
    consumers,
    'breakwater_event_consumer_failed_attempts',
    'gauge',
    'Failed attempts in a row',
    ({ attempts }) => attempts,
  ),
  ofConsumers(consumers, 'breakwater_event_consumer_parked', 'gauge', 'Parked events', ({ parked }) => parked),
  ofConsumers(
    consumers,
    'breakwater_event_consumer_missed_total',
    'counter',
    'Events that were deleted before the consumer looked at them',
    ({ missed }) => missed,
  ),
]

const ofConsumers = (
  consumers: readonly ConsumerState[],
  name: string,
  type: Metric['type'],
  help: string,
  valueOf: (state: ConsumerState) => number,
): Metric => ({
  name,
  type,
  help,
  samples: consumers
    .filter(({ removedAt }) => removedAt === null)
    .map((state) => ({ labels: { consumer: state.name }, value: valueOf(state) })),
})
