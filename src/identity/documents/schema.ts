/** The settings documents of identity providers: `/enzi/v0/config/auth/…`. */
import { sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const settingsDocuments = sqliteTable('settings_documents', {
  /** The end of the path. */
  name: text({ enum: ['ldap', 'oidc', 'saml'] }).primaryKey(),
  /** JSON, without secrets. */
  document: text().notNull(),
  /** What is secret of it (see `auth/sealing.ts`); empty for nothing. */
  sealed: text().notNull(),
  sealedWith: text('sealed_with').notNull(),
})
