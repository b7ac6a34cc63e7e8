/** What was taken away and is not yet in the bucket of backups. Triggers write the rows, so no path can forget one. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * - `token`: an access token was deleted or made inactive
 * - `account-deleted`, `account-inactive`, `administrator`: an account is gone, inactive, or no administrator any more
 * - `password`: another password, or the same hashed again
 * - `identity`: the user of a directory or another provider is linked to an account no more
 * - `public-key`, `signer`, `trust-root`: whose signatures count no more
 */
export const revocationKinds = [
  'token',
  'account-deleted',
  'account-inactive',
  'administrator',
  'password',
  'identity',
  'public-key',
  'signer',
  'trust-root',
] as const

export const revocations = sqliteTable('revocations', {
  id: integer().primaryKey({ autoIncrement: true }),
  kind: text({ enum: revocationKinds }).notNull(),
  /** The hash of a token, which no token ever has again; the id or the name of the others. */
  subject: text().notNull(),
  /** No foreign key: the account may be gone. Empty for a trust root. */
  accountId: text('account_id').notNull(),
  label: text().notNull(),
  /** Milliseconds since 1970, by the clock of the database. */
  at: integer().notNull(),
})
