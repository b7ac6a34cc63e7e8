/** The history of the registry, and the consumers that read it. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { RepositoryName } from '../../names.ts'
import type { ObjectType } from './object-types.ts'

export const eventTypes = ['CREATE', 'GET', 'UPDATE', 'DELETE', 'FAIL'] as const
export type EventType = (typeof eventTypes)[number]

/**
 * Shares of the history, each kept by its own number. So events that anyone can cause (pulls, failed logins) never
 * displace changes, and pushes never displace changes of accounts, rights, tokens, settings, schedules or consumers. An
 * update of a repository counts as such: it changes who may see it.
 */
export const eventShares = ['frequent', 'content', 'security'] as const
export type EventShare = (typeof eventShares)[number]

const shareOfEvent = sql.raw(
  `iif(type IN ('GET', 'FAIL'), 'frequent', iif(object_type IN ('account', 'member', 'team', 'access', 'token', 'settings', 'cron', 'consumer') OR (object_type = 'repository' AND type = 'UPDATE'), 'security', 'content'))`,
)

/** Returns the columns that an event and its parked copy share. */
const toldByEvent = () => ({
  publishedAt: integer('published_at').notNull(),
  /** Null for anonymous callers and for the registry itself. */
  actorId: text('actor_id'),
  /** The name that the actor had, which outlives the account. */
  actor: text().notNull(),
  type: text({ enum: eventTypes }).notNull(),
  objectType: text('object_type').$type<ObjectType>().notNull(),
  objectId: text('object_id').notNull(),
  objectName: text('object_name').notNull(),
  /** Null if the object belongs to no repository. */
  repository: text().$type<RepositoryName>(),
  /** JSON: further details. */
  content: text(),
  /** The beginning of the hour whose anonymous or refused pulls it counts; null for every other event. */
  foldedSince: integer('folded_since'),
})

/** Written in the transaction of the change. Ids only grow, so the oldest are the lowest. */
export const events = sqliteTable(
  'events',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    ...toldByEvent(),
    share: text({ enum: eventShares }).generatedAlwaysAs(shareOfEvent, { mode: 'virtual' }),
  },
  (table) => [
    index('events_by_time').on(table.publishedAt),
    index('events_by_actor')
      .on(table.actorId, table.id)
      .where(sql`actor_id IS NOT NULL`),
    index('events_by_repository')
      .on(table.repository, table.id)
      .where(sql`repository IS NOT NULL`),
    index('events_by_share').on(table.share, table.id),
    uniqueIndex('events_folded')
      .on(table.repository, table.objectId, table.objectName, table.foldedSince, table.type, table.actor)
      .where(sql`folded_since IS NOT NULL`),
  ],
)

/**
 * The cursor of each consumer (see `events/consumer.ts`). D1 commits one transaction at a time and AUTOINCREMENT never
 * reuses an id, so no event appears below an id that was read: the id of an event is a cursor.
 */
export const eventConsumers = sqliteTable('event_consumers', {
  name: text().primaryKey(),
  /** The id of the newest event that it has consumed or did not want. */
  cursor: integer().notNull(),
  /** How often in a row the next events have failed. */
  attempts: integer().notNull(),
  /** The time of the next attempt. */
  nextAttemptAt: integer('next_attempt_at').notNull(),
  /** The last event that it takes one at a time, to find the failing one; null while it takes whole batches. */
  narrowedTo: integer('narrowed_to'),
  /** Why the last attempt failed; null if it did not. */
  lastError: text('last_error'),
  /** How many events were deleted before it looked at them. */
  missed: integer().notNull(),
  /** Since when no capability declares it; null while one does. */
  removedAt: integer('removed_at'),
})

/** Copies of the events at which a consumer failed, as retention deletes the events themselves. */
export const parkedEvents = sqliteTable(
  'parked_events',
  {
    consumer: text()
      .notNull()
      .references(() => eventConsumers.name, { onDelete: 'cascade' }),
    eventId: integer('event_id').notNull(),
    ...toldByEvent(),
    parkedAt: integer('parked_at').notNull(),
    reason: text().notNull(),
    /** An administrator asked to try it again. */
    isRetried: integer('is_retried', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.consumer, table.eventId] }),
    index('parked_events_retried')
      .on(table.consumer, table.eventId)
      .where(sql`is_retried = 1`),
  ],
)
