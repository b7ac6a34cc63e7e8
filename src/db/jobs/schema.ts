/** Background jobs, their logs and their schedules. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** DTR's statuses. A job ends with one of the last four. */
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
    /** Of the jobs with one key only one runs at a time; null for a job that keeps no other one waiting. */
    exclusionKey: text('exclusion_key'),
    scheduledAt: integer('scheduled_at').notNull(),
    lastUpdated: integer('last_updated').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    retriesLeft: integer('retries_left').notNull(),
    retriesTotal: integer('retries_total').notNull(),
    /** JSON. */
    capacityMap: text('capacity_map').notNull(),
    /** JSON: the parameters of the action. */
    parameters: text().notNull(),
    /** The duration ("30m") after which it ends unfinished; empty for none. */
    deadline: text().notNull(),
    stopTimeout: text('stop_timeout').notNull(),
    /** The worker renews the lease before this time; afterwards any worker may take the job. */
    leaseUntil: integer('lease_until'),
    /** Grows with each worker that takes the job, so a worker that lost it can write nothing. */
    attempt: integer().notNull(),
    /** How many workers have died of it in a row, without finishing a slice. */
    deaths: integer().notNull(),
    /** JSON: where the next slice continues. */
    checkpoint: text(),
    /** The number of the next line of its log. */
    lineCount: integer('line_count').notNull(),
    /** What a due job waits for; null if a worker may take it. */
    waitingFor: text('waiting_for'),
  },
  (table) => [
    index('jobs_unfinished')
      .on(table.scheduledAt, table.id)
      .where(sql`status IN ('waiting', 'running', 'cancel_request')`),
    index('jobs_by_time').on(table.scheduledAt, table.id),
    index('jobs_by_action').on(table.action, table.scheduledAt, table.id),
    index('jobs_done')
      .on(table.action, table.exclusionKey)
      .where(sql`status = 'done'`),
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

/** Schedules, one for each action. */
export const crons = sqliteTable(
  'crons',
  {
    action: text().primaryKey(),
    id: text().notNull(),
    /** Six fields in UTC, the seconds first; or "@hourly" and the like. */
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
