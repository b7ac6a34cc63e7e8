/** How D1 finds the rows of each statement of a consumer: the tables of events, jobs and parked events grow. */
import { expect, it } from 'vitest'
import type { Database } from '../../../src/db/database.ts'
import { changeConsumers, findConsumer, listConsumers } from '../../../src/db/events/consumers.ts'
import {
  moveCursor,
  parkAgain,
  parkEvent,
  readPending,
  recordFailure,
  settleParked,
} from '../../../src/db/events/consumption.ts'
import { dropParked, listParked, requestRetry } from '../../../src/db/events/parked-events.ts'
import { deleteEventsBefore, deleteEventsUpTo, firstKept } from '../../../src/db/events/trimming.ts'
import { makeRecurringJobs } from '../../../src/db/jobs/recurring-jobs.ts'
import { someEvents } from '../../support/event-consumers.ts'
import { plansOf } from '../../support/explaining.ts'
import { aJob, root } from '../../support/jobs.ts'

const name = 'counter'
const seen = { name, cursor: 0, missed: 0, attempts: 0 }
const attribution = { by: root, now: 1 }
const wanted = { types: ['CREATE'], objectTypes: ['tag'] } as const

/** What each does, and the index by which the table that grows is searched. */
const works: Readonly<Record<string, readonly [(db: Database) => Promise<unknown>, readonly RegExp[]]>> = {
  listConsumers: [
    listConsumers,
    [/^SEARCH events$/, /^SEARCH parked_events USING COVERING INDEX parked_events_retried/],
  ],
  findConsumer: [
    (db) => findConsumer(db, name),
    [/^SEARCH event_consumers USING INDEX sqlite_autoindex_event_consumers_1/],
  ],
  changeConsumers: [
    (db) =>
      changeConsumers(
        db,
        { joined: [{ name, startsAt: 'newest' }], left: ['x'], forgotten: ['y'], removedBefore: 0 },
        1,
      ),
    [/^SEARCH events$/],
  ],
  readPending: [
    (db) => readPending(db, name, wanted, 3),
    [
      /^SEARCH events USING INTEGER PRIMARY KEY \(rowid>\?\)/,
      /^SEARCH parked_events USING INDEX parked_events_retried/,
    ],
  ],
  recordFailure: [
    (db) => recordFailure(db, seen, { attempts: 1, nextAttemptAt: 1, narrowedTo: null, reason: '' }),
    [/^SEARCH event_consumers /],
  ],
  parkEvent: [
    (db) => parkEvent(db, seen, 1, { reason: '', now: 1 }),
    [/^SEARCH events USING INTEGER PRIMARY KEY \(rowid=\?\)/],
  ],
  requestRetry: [
    (db) => requestRetry(db, name, 1, attribution),
    [/^SEARCH parked_events .*\(consumer=\? AND event_id=\?\)/],
  ],
  parkAgain: [
    (db) => parkAgain(db, name, 1, { reason: '', now: 1 }),
    [/^SEARCH parked_events .*\(consumer=\? AND event_id=\?\)/],
  ],
  listParked: [
    (db) => listParked(db, name, { from: 1, limit: 3 }),
    [/^SEARCH parked_events .*\(consumer=\? AND event_id>\?\)/],
  ],
  dropParked: [
    (db) => dropParked(db, name, 1, attribution),
    [/^SEARCH parked_events .*\(consumer=\? AND event_id=\?\)/],
  ],
  moveCursor: [(db) => moveCursor(db, seen, 1, {}), [/^SEARCH event_consumers /]],
  settleParked: [(db) => settleParked(db, name, 1, {}), [/^SEARCH parked_events .*\(consumer=\? AND event_id=\?\)/]],
  makeRecurringJobs: [
    (db) => makeRecurringJobs(db, 'events', [], 1),
    [/^SEARCH jobs USING (?:COVERING )?INDEX jobs_done \(action=\? AND exclusion_key=\?\)/],
  ],
  deleteEventsBefore: [
    (db) => deleteEventsBefore(db, { publishedAt: 1, id: 1 }, 1, 10),
    [
      /^SEARCH events USING COVERING INDEX events_by_time \(published_at<\?/,
      /^SEARCH events USING COVERING INDEX events_by_time \(published_at=\? AND rowid<\?\)/,
    ],
  ],
  firstKept: [
    (db) => firstKept(db, 1, 1, 10),
    [/^SEARCH events USING COVERING INDEX events_by_time \(published_at<\?\)/],
  ],
  deleteEventsUpTo: [
    (db) => deleteEventsUpTo(db, 'content', 1, 10),
    [
      /^SEARCH events USING COVERING INDEX events_by_share \(share=\? AND id<\?\)|^SEARCH events USING .* events_by_share \(share=\?/,
    ],
  ],
}

it.each(Object.entries(works))('%s scans no table that grows', async (_, [work, searches]) => {
  await someEvents(3)
  await aJob({ action: 'sleep' })
  const plans = await plansOf(work)
  const steps = [...plans.values()].flat()
  expect(steps.filter((step) => /^SCAN (events|parked_events|jobs|job_logs)\b/.test(step))).toEqual([])
  expect(searches.filter((search) => !steps.some((step) => search.test(step)))).toEqual([])
})
