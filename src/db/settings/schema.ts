/** The settings of the whole registry. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The settings that were ever set; all others have their defaults. Values are JSON. */
export const settings = sqliteTable('settings', {
  name: text().primaryKey(),
  value: text().notNull(),
  /** The milliseconds of a duration ("36h30m"), for statements that read it; null for any other value. */
  milliseconds: integer(),
})
