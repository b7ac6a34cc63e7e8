/** Which account belongs to which user of another provider. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from '../../db/accounts/schema.ts'

export const identities = sqliteTable(
  'identities',
  {
    /** `ldap`, the issuer of an OpenID provider, or `saml:` and the entity ID of an identity provider. */
    provider: text().notNull(),
    /** The id that the provider never gives to another user: `entryUUID`, `objectGUID`, the subject of an issuer. */
    subject: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The name as the provider has it now: the account keeps its own, and with it its namespace. */
    name: text().notNull(),
    /** The distinguished name in the directory; empty for a provider without any. */
    dn: text().notNull().default(''),
    /** The same in the form in which two spellings are equal (`dn.ts`). */
    dnKey: text('dn_key').notNull().default(''),
    /** The time of the last login or sync that found the user. */
    lastSeenAt: integer('last_seen_at').notNull(),
    /** When a sync deactivated the account, as the provider no longer shows the user; null for an account that no sync did. */
    vanishedAt: integer('vanished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.subject] }),
    index('identities_by_account').on(table.accountId),
    index('identities_by_dn').on(table.provider, table.dnKey),
  ],
)
