/** Numbers of all trust data. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * Numbers for monitoring systems, so that none is counted when it is asked for: published collections, publications, and
 * pulls that a policy refused. Triggers keep them, the second one aside.
 */
export const trustCounts = sqliteTable('trust_counts', {
  name: text({ enum: ['collections', 'publications', 'refusals'] }).primaryKey(),
  count: integer().notNull(),
})
