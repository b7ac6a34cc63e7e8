/** Consumers of events: their cursors, their failures, and retention beside them. */
import { plantedIn } from './mutation.ts'

export const consumers = [
  ...plantedIn(
    'src/db/events/consumption.ts',
    ['test/events/consumers.property.test.ts', 'test/events/consumer-retention.test.ts'],
    [
      {
        breaks: 'an overtaken worker writes its effects again',
        find: 'sql`NOT EXISTS (SELECT 1 FROM event_consumers WHERE ${isAsSeen(seen)})`',
        replace: 'sql`NOT EXISTS (SELECT 1 FROM event_consumers WHERE name = ${seen.name})`',
      },
      {
        breaks: 'events that were deleted meanwhile are consumed and counted as missed',
        find: 'AND cursor = ${cursor} AND missed = ${missed}`',
        replace: 'AND cursor = ${cursor} AND missed >= ${Math.min(missed, 0)}`',
        tests: ['test/events/consumer-retention.test.ts'],
      },
      {
        breaks: 'a consumer stays narrowed for ever',
        find: 'narrowed_to = CASE WHEN narrowed_to > ${to} THEN narrowed_to END',
        replace: 'narrowed_to = CASE WHEN ${to} > 0 THEN narrowed_to END',
        tests: ['test/events/consumer-job.test.ts'],
      },
      {
        breaks: 'the failure of a worker that was overtaken counts',
        find: 'WHERE ${isAsSeen(seen)} AND attempts = ${seen.attempts}`,',
        replace: 'WHERE ${isAsSeen(seen)} AND attempts >= ${seen.attempts - 9}`,',
        tests: ['test/db/events/consumption.test.ts'],
      },
      {
        breaks: 'an event is parked by a worker that was overtaken',
        find: 'AND EXISTS (SELECT 1 FROM event_consumers WHERE ${isAsSeen(seen)} AND attempts = ${seen.attempts})`,',
        replace: 'AND EXISTS (SELECT 1 FROM event_consumers WHERE name = ${seen.name})`,',
        tests: ['test/db/events/consumption.test.ts'],
      },
      {
        breaks: 'a retried event takes effect once for each worker',
        find: 'sql`NOT EXISTS (SELECT 1 FROM parked_events WHERE ${isRetried(name, id)})`',
        replace: 'sql`NOT EXISTS (SELECT 1 FROM event_consumers WHERE name = ${name})`',
        tests: ['test/db/events/consumption.test.ts'],
      },
      {
        breaks: 'an event that failed again is tried for ever',
        find: 'SET is_retried = 0, reason',
        replace: 'SET is_retried = 1, reason',
        tests: ['test/events/consumer-job.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/events/consumers.ts',
    ['test/events/consumer-job.test.ts'],
    [
      {
        breaks: 'a new consumer is given the whole history',
        find: "WHEN 'oldest' THEN 0 ELSE ${newest} END",
        replace: "WHEN 'oldest' THEN 0 ELSE min(${newest}, 0) END",
      },
      {
        breaks: 'a consumer that comes back is not declared any more',
        find: 'DO UPDATE SET removed_at = NULL',
        replace: 'DO UPDATE SET removed_at = removed_at',
      },
    ],
  ),
  ...plantedIn(
    'src/events/consumer-decisions.ts',
    ['test/events/consumer-decisions.test.ts'],
    [
      {
        breaks: 'the cursor passes by events that were not consumed',
        find: 'given.length === events.length && events.length < most',
        replace: 'given.length <= events.length',
      },
      {
        breaks: 'a batch is parked in place of the event that fails',
        find: 'if (second !== undefined && attempts >= attemptsOfBatch) return',
        replace: 'if (second !== undefined && attempts > 99) return',
      },
      {
        breaks: 'events are parked without an end',
        find: 'attempts >= attemptsOfEvent && parked < mostParked',
        replace: 'attempts >= attemptsOfEvent && parked >= 0',
      },
      {
        breaks: 'a consumer that waits after a failure gets a job each minute',
        find: '(cursor < newest && !hasToWait(nextAttemptAt, now))',
        replace: '(cursor < newest && nextAttemptAt >= 0)',
      },
      {
        breaks: 'a consumer that was taken out is forgotten at once',
        find: 'removedAt !== null && now - removedAt > forgottenAfterMilliseconds',
        replace: 'removedAt !== null && now - removedAt >= 0',
      },
      {
        breaks: 'a dead consumer keeps the history for ever',
        find: 'Math.max(cursor, newest - mostHeldBack)',
        replace: 'Math.min(cursor, newest)',
      },
      {
        breaks: 'retention waits for a consumer that was taken out',
        find: 'const held = states.filter(({ removedAt }) => removedAt === null)',
        replace: 'const held = states.filter(({ cursor }) => cursor >= 0)',
      },
    ],
  ),
  ...plantedIn(
    'src/db/events/trimming.ts',
    ['test/events/consumer-retention.test.ts'],
    [
      {
        breaks: 'what a consumer has seen counts as missed when it is deleted',
        find: 'AS oldest WHERE oldest.id > cursor)`',
        replace: 'AS oldest WHERE oldest.id > 0)`',
      },
      {
        breaks: 'events that wait for a consumer that is stuck are looked at in each trim',
        find: 'WHERE id > ${upTo} LIMIT 1',
        replace: 'WHERE id < ${Math.min(upTo, 0)} LIMIT 1',
      },
    ],
  ),
  ...plantedIn(
    'src/db/events/trimming.ts',
    ['test/db/events/trimming.test.ts'],
    [
      {
        breaks: 'age deletes what a consumer has not seen',
        find: 'WHERE published_at < ${publishedAt} AND id <= ${upTo} ORDER BY',
        replace: 'WHERE published_at < ${publishedAt} AND id >= ${Math.min(upTo, 0)} ORDER BY',
      },
    ],
  ),
  ...plantedIn(
    'src/events/consumer-slice.ts',
    ['test/events/consumer-job.test.ts'],
    [
      {
        breaks: 'an overloaded database counts as a failure of the events',
        within: 'async function consumeBatch',
        find: 'if (passes(error)) throw error',
        replace: 'if (passes(error) && events.length < 0) throw error',
      },
      {
        breaks: 'a failed batch is tried again at once',
        find: 'if (hasToWait(nextAttemptAt, context.clock())) {',
        replace: 'if (context.clock() < 0) {',
      },
    ],
  ),
  ...plantedIn(
    'src/events/consumer-job.ts',
    ['test/events/consumer-job.test.ts'],
    [
      {
        breaks: 'events at which workers crash are tried for ever',
        find: 'let isFailing = crashed',
        replace: 'let isFailing = crashed && !crashed',
      },
      {
        breaks: 'two jobs of one consumer run beside each other',
        find: 'isExclusive: true,',
        replace: 'isExclusive: false,',
      },
      {
        breaks: 'the job of one consumer keeps the others waiting',
        find: '`${consumerAction}:${name}`',
        replace: '`${consumerAction}:${name.slice(0, 0)}`',
      },
    ],
  ),
  ...plantedIn(
    'src/db/jobs/recurring-jobs.ts',
    ['test/events/consumer-job.test.ts'],
    [
      {
        breaks: 'finished jobs of consumers pile up',
        find: "WHERE action = ${action} AND status = 'done'",
        replace: "WHERE action = ${action} AND status = 'canceled'",
      },
    ],
  ),
  ...plantedIn(
    'src/metrics/event-counts-store.ts',
    ['test/metrics/event-counter.test.ts'],
    [
      {
        breaks: 'the count of events begins again with each batch',
        find: 'SET count = count + excluded.count',
        replace: 'SET count = excluded.count',
      },
    ],
  ),
]
