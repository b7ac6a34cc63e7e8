/** Policies by which tags of a repository are deleted. */
import { integer, index, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { repositories } from './repositories.ts'

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
    lastPrunedAt: integer('last_pruned_at'),
  },
  (table) => [index('pruning_policies_by_repository').on(table.repositoryId, table.id)],
)
