/** Failures about consumers of events and parked events. */
import type { FailureTypes } from './failure.ts'
import { quote } from './text.ts'

export const eventsFailures = {
  'consumer-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_CONSUMER',
    sentence: ({ name }: { name: string }) =>
      `there is no consumer of events ${quote(name)}: list the consumers to find the right name`,
  },
  'parked-event-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_PARKED_EVENT',
    sentence: ({ consumer, id }: { consumer: string; id: number }) =>
      `${consumer} has no parked event ${id}: list its parked events to find the right id`,
  },
} as const satisfies FailureTypes
