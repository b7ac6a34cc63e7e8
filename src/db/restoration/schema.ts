/** The restoration that is under way. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One row, which exists from the beginning of a restoration to its end. No restoration replaces the table itself. */
export const restoration = sqliteTable('restoration', {
  /** Always 1. */
  id: integer().primaryKey(),
  restoreId: text('restore_id').notNull(),
  backupId: text('backup_id').notNull(),
  /** The account that began it; empty for the holder of the recovery secret. */
  begunBy: text('begun_by').notNull(),
  begunAt: integer('begun_at').notNull(),
  /** The SHA-256 of the token that continues it, as the accounts are away meanwhile. */
  tokenHash: text('token_hash').notNull(),
  /** Set in the transaction that takes the tables away: from then on the registry serves nothing. */
  tablesAreAway: integer('tables_are_away', { mode: 'boolean' }).notNull(),
  /** JSON: what was ordered. */
  wanted: text().notNull(),
  /** JSON: what is done. */
  progress: text().notNull(),
  /** Who works on it, until when in milliseconds since 1970; empty and zero for none. */
  leaseHolder: text('lease_holder').notNull(),
  leaseUntil: integer('lease_until').notNull(),
})
