/** Recurring jobs: each takes the place of the one before that ended well, and those that failed stay. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase, type Database } from '../../../src/db/database.ts'
import type { NewJob } from '../../../src/db/jobs/jobs.ts'
import { makeRecurringJobs } from '../../../src/db/jobs/recurring-jobs.ts'
import { countRows } from '../../support/content.ts'
import { rowsReadBy } from '../../support/counting.ts'

const now = 1000

const aNewJob = (): NewJob => ({
  id: crypto.randomUUID(),
  retryFromId: null,
  action: 'events',
  exclusionKey: 'events:counter',
  scheduledAt: now,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: '{}',
  deadline: '',
  stopTimeout: '',
})

const make = (db: Database) => makeRecurringJobs(db, 'events', [aNewJob()], now)

/** Ends the jobs that are under way. */
const end = (status: 'done' | 'errored') =>
  env.DB.prepare("UPDATE jobs SET status = ?, ended_at = ? WHERE status = 'waiting'").bind(status, now).run()

it('a new job replaces the one that is done, and none that failed', async () => {
  const db = openDatabase(env.DB)
  await make(db)
  await end('errored')
  await make(db)
  await end('done')
  expect(await make(db)).toHaveLength(1)
  expect(await countRows('jobs', "status = 'errored'")).toBe(1)
  expect(await countRows('jobs')).toBe(2)
})

it('a new job costs the same, however many of its action have failed', async () => {
  await make(openDatabase(env.DB))
  await end('errored')
  await env.DB.prepare(
    `INSERT INTO jobs (id, status, action, exclusion_key, scheduled_at, last_updated, ended_at, retries_left, retries_total,
       capacity_map, parameters, deadline, stop_timeout, attempt, deaths, line_count)
     WITH RECURSIVE series (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM series WHERE at < 2000)
     SELECT 'job ' || at, 'errored', 'events', 'events:counter', at, at, at, 0, 0, '{}', '{}', '', '', 1, 0, 0 FROM series`,
  ).run()
  expect(await rowsReadBy(make)).toBeLessThan(30)
})
