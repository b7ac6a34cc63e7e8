/** Single sign-on: logins that are under way, the sessions that came of them, and groups of teams. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts, sessions, teams } from '../../db/accounts/schema.ts'

/** Logins that a command waits for: with a code that it has, or that it will have when a browser approves it. */
export const oidcLogins = sqliteTable(
  'oidc_logins',
  {
    /** SHA-256 of the code. */
    hash: text().primaryKey(),
    /** RFC 7636: the hash of what only the command knows. */
    challenge: text().notNull(),
    purpose: text({ enum: ['login', 'link'] }).notNull(),
    /** SHA-256 of the code that a user types; null for a command that listens itself. */
    userCodeHash: text('user_code_hash'),
    /** What the command says of its machine, and the network that it came from. */
    device: text().notNull(),
    network: text().notNull(),
    /** The user of the provider; null while no browser has approved. */
    issuer: text(),
    subject: text(),
    sid: text(),
    /** The name that the provider has. */
    name: text().notNull().default(''),
    /** Null for a login that links an account. */
    accountId: text('account_id').references(() => accounts.id, { onDelete: 'cascade' }),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    uniqueIndex('oidc_logins_by_user_code').on(table.userCodeHash),
    index('oidc_logins_by_subject').on(table.issuer, table.subject),
    index('oidc_logins_by_sid').on(table.issuer, table.sid),
    index('oidc_logins_by_network').on(table.network),
    index('oidc_logins_by_account').on(table.accountId),
    index('oidc_logins_expiry').on(table.expiresAt),
  ],
)

/** Sessions that began with a login at the provider, which can end them. */
export const oidcSessions = sqliteTable(
  'oidc_sessions',
  {
    hash: text()
      .primaryKey()
      .references(() => sessions.hash, { onDelete: 'cascade' }),
    issuer: text().notNull(),
    subject: text().notNull(),
    /** The session at the provider; null for a provider that names none. */
    sid: text(),
  },
  (table) => [
    index('oidc_sessions_by_subject').on(table.issuer, table.subject),
    index('oidc_sessions_by_sid').on(table.issuer, table.sid),
  ],
)

/** Messages of providers that count once. */
export const usedMessages = sqliteTable(
  'used_messages',
  {
    /** SHA-256 of the kind, the provider and the name of the message. */
    hash: text().primaryKey(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('used_messages_expiry').on(table.expiresAt)],
)

/** Teams whose members from the provider are those of a group. */
export const teamGroups = sqliteTable(
  'team_groups',
  {
    teamId: text('team_id')
      .primaryKey()
      .references(() => teams.id, { onDelete: 'cascade' }),
    groupName: text('group_name').notNull(),
  },
  (table) => [index('team_groups_by_name').on(table.groupName, table.teamId)],
)
