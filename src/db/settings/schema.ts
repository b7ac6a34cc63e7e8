/** What administrators decided for the whole registry. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Only what differs from the default has a row; values are JSON. */
export const settings = sqliteTable('settings', {
  name: text().primaryKey(),
  value: text().notNull(),
  /** What a duration ("36h30m") comes to, for the statements that read one; null: it is none. */
  milliseconds: integer(),
})
