/** Policies by which tags of a repository are deleted. */
import { sql } from 'drizzle-orm'
import { integer, index, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { repositories } from '../db/repositories/schema.ts'

export const pruningPolicies = sqliteTable(
  'pruning_policies',
  {
    id: text().primaryKey(),
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    enabled: integer({ mode: 'boolean' }).notNull(),
    /** JSON: rules that must all match. */
    rules: text().notNull(),
    createdAt: integer('created_at').notNull(),
    /** Grows with each change: what an earlier one would have deleted stays. */
    version: integer().notNull(),
    /** Tags that were updated since then alone are looked at; zero: all. */
    tagsSince: integer('tags_since').notNull(),
    /** The time at which it last deleted a tag; null: never yet. */
    lastPrunedAt: integer('last_pruned_at'),
  },
  (table) => [
    index('pruning_policies_by_repository').on(table.repositoryId, table.id),
    index('pruning_policies_enabled')
      .on(table.repositoryId)
      .where(sql`enabled = 1`),
  ],
)
