/** The configuration of the directory. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const directories = sqliteTable('directories', {
  /** 1: there is one directory at most. */
  id: integer().primaryKey(),
  /** The settings document without passwords, in JSON. */
  document: text().notNull(),
  /** The passwords of the readers by the domains of their servers, in JSON, encrypted (`auth/sealing.ts`). */
  sealed: text().notNull(),
  sealedWith: text('sealed_with').notNull(),
  updatedAt: integer('updated_at').notNull(),
})
