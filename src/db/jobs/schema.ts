/** Background jobs, their logs and their schedules. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** DTR's words. The last four are how a job may end. */
export const jobStatuses = [
  'waiting',
  'running',
  'cancel_request',
  'done',
  'canceled',
  'errored',
  'worker_dead',
] as const
export type JobStatus = (typeof jobStatuses)[number]

export const jobs = sqliteTable(
  'jobs',
  {
    id: text().primaryKey(),
    /** The job that failed, of which this one is another try. */
    retryFromId: text('retry_from_id'),
    /** The invocation of the Worker that runs it, or ran it last. */
    workerId: text('worker_id'),
    status: text({ enum: jobStatuses }).notNull(),
    action: text().notNull(),
    /** What it does so alone: of the jobs with one key a single one goes on; null: it keeps no other from its turn. */
    exclusionKey: text('exclusion_key'),
    scheduledAt: integer('scheduled_at').notNull(),
    lastUpdated: integer('last_updated').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    retriesLeft: integer('retries_left').notNull(),
    retriesTotal: integer('retries_total').notNull(),
    /** JSON. */
    capacityMap: text('capacity_map').notNull(),
    /** JSON: what the action needs to know. */
    parameters: text().notNull(),
    /** A duration ("30m") from its start after which it ends, its work unfinished; empty: none. */
    deadline: text().notNull(),
    stopTimeout: text('stop_timeout').notNull(),
    /** The worker renews the lease before this time; afterwards any worker may take the job. */
    leaseUntil: integer('lease_until'),
    /** Grows with each worker that takes it up: a worker that lost it can write nothing. */
    attempt: integer().notNull(),
    /** How many workers have died of it in a row, without a slice that was done. */
    deaths: integer().notNull(),
    /** JSON: where the next slice continues. */
    checkpoint: text(),
    /** The next number of its log. */
    lineCount: integer('line_count').notNull(),
    /** What a due job waits for; null: a worker may take it up. */
    waitingFor: text('waiting_for'),
  },
  (table) => [
    index('jobs_unfinished')
      .on(table.scheduledAt, table.id)
      .where(sql`status IN ('waiting', 'running', 'cancel_request')`),
    index('jobs_by_time').on(table.scheduledAt, table.id),
    index('jobs_by_action').on(table.action, table.scheduledAt, table.id),
    index('jobs_ended')
      .on(table.endedAt)
      .where(sql`ended_at IS NOT NULL`),
  ],
)

export const jobLogs = sqliteTable(
  'job_logs',
  {
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    lineNumber: integer('line_number').notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.lineNumber] })],
)

/** One an action. */
export const crons = sqliteTable(
  'crons',
  {
    action: text().primaryKey(),
    id: text().notNull(),
    /** Six fields, of which the first are the seconds, in UTC; or "@hourly" and the like. */
    schedule: text().notNull(),
    retries: integer().notNull(),
    capacityMap: text('capacity_map').notNull(),
    parameters: text().notNull(),
    deadline: text().notNull(),
    stopTimeout: text('stop_timeout').notNull(),
    nextRun: integer('next_run').notNull(),
  },
  (table) => [index('crons_by_next_run').on(table.nextRun)],
)
