/** What happened: the history of the registry. */
import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
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

/** Written in the transaction of what it tells of. Ids only grow, so the oldest are the lowest. */
export const events = sqliteTable(
  'events',
  {
    id: integer().primaryKey({ autoIncrement: true }),
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
