/** The counts of events, which outlive the events. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { ObjectType } from '../db/events/object-types.ts'
import { eventTypes } from '../db/events/schema.ts'

export const eventCounts = sqliteTable(
  'event_counts',
  {
    type: text({ enum: eventTypes }).notNull(),
    objectType: text('object_type').$type<ObjectType>().notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.type, table.objectType] })],
)
