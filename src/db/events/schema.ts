/** What happened: the history of the registry. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { RepositoryName } from '../../names.ts'
import type { ObjectType } from './object-types.ts'

export const eventTypes = ['CREATE', 'GET', 'UPDATE', 'DELETE', 'FAIL'] as const
export type EventType = (typeof eventTypes)[number]

/**
 * Shares of the history, each kept by its own number: what anyone can cause as often as they like (pulls, failed logins)
 * never takes the place of what was changed, and pushes never that of a change of accounts, rights, tokens or settings.
 * An update of a repository changes who may see it.
 */
export const eventShares = ['frequent', 'content', 'security'] as const
export type EventShare = (typeof eventShares)[number]

const shareOfEvent = sql.raw(
  `iif(type IN ('GET', 'FAIL'), 'frequent', iif(object_type IN ('account', 'member', 'team', 'access', 'token', 'settings', 'cron') OR (object_type = 'repository' AND type = 'UPDATE'), 'security', 'content'))`,
)

/** What an event tells, in its row and in that of a parked copy. */
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
  /** Null for what is no repository's. */
  repository: text().$type<RepositoryName>(),
  /** JSON: what else there is to say. */
  content: text(),
  /** When the hour began whose pulls by callers without a login it stands for; null for every other event. */
  foldedSince: integer('folded_since'),
})

/** Written in the transaction of what it tells of. Ids only grow, so the oldest are the lowest. */
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
      .on(table.repository, table.objectId, table.objectName, table.foldedSince)
      .where(sql`folded_since IS NOT NULL`),
  ],
)

/**
 * How far each consumer has come (see `events/consumer.ts`). D1 commits one transaction at a time and AUTOINCREMENT never
 * gives an id again, so no event appears below an id that was read: the id of an event is a cursor.
 */
export const eventConsumers = sqliteTable('event_consumers', {
  name: text().primaryKey(),
  /** The newest event that it has consumed, or that it did not want. */
  cursor: integer().notNull(),
  /** How often in a row the events after the cursor have failed. */
  attempts: integer().notNull(),
  /** It goes on at this time, and not before. */
  nextAttemptAt: integer('next_attempt_at').notNull(),
  /** Up to this event it takes one at a time, to find the one that fails; null: it takes whole batches. */
  narrowedTo: integer('narrowed_to'),
  /** Why the last attempt failed; null: it did not. */
  lastError: text('last_error'),
  /** How many events were deleted before it looked at them. */
  missed: integer().notNull(),
  /** Since when no capability declares it; null: one does. */
  removedAt: integer('removed_at'),
})

/** Copies of the events that a consumer failed at and left behind: retention deletes the events themselves. */
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
