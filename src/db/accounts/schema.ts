/**
 * Users and organizations, their members and teams, and how users prove who they are.
 *
 * Users and organizations share one table, because both own a namespace and a name is unique among them.
 */
import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { LimitLevel } from '../../access-limit.ts'
import type { AccountName, TeamName } from '../../names.ts'

export const accounts = sqliteTable(
  'accounts',
  {
    /** A UUID: what the API calls `id`. */
    id: text().primaryKey(),
    name: text().$type<AccountName>().notNull().unique(),
    isOrganization: integer('is_organization', { mode: 'boolean' }).notNull().default(false),
    fullName: text('full_name').notNull().default(''),
    /**
     * PHC string, whose parameters travel with it so that they can be raised later; null for an organization. Triggers refuse
     * one for an imported user and for a service account.
     */
    passwordHash: text('password_hash'),
    isAdmin: integer('is_admin', { mode: 'boolean' }).notNull().default(false),
    isActive: integer('is_active', { mode: 'boolean' }).notNull().default(true),
    /** Another provider knows the user, whose password is there and not here. */
    isImported: integer('is_imported', { mode: 'boolean' }).notNull().default(false),
    /** For an organization: its owners among imported users come from the provider alone, as a capability says. */
    ownersSynced: integer('owners_synced', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    // For the filters of a list, and to tell whether an administrator is the last one.
    index('accounts_by_kind').on(table.isOrganization, table.name),
    index('accounts_admins')
      .on(table.name)
      .where(sql`is_admin = 1`),
    index('accounts_inactive')
      .on(table.name)
      .where(sql`is_active = 0`),
  ],
)

const organizationId = () =>
  text('organization_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })
const userId = () =>
  text('user_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })
const accountId = () =>
  text('account_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })

/** The users of an organization; `isAdmin` makes one an owner. */
export const members = sqliteTable(
  'members',
  {
    organizationId: organizationId(),
    userId: userId(),
    isAdmin: integer('is_admin', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.userId] }),
    index('members_by_user').on(table.userId, table.organizationId),
    index('members_admins')
      .on(table.organizationId, table.userId)
      .where(sql`is_admin = 1`),
  ],
)

export const teams = sqliteTable(
  'teams',
  {
    id: text().primaryKey(),
    organizationId: organizationId(),
    name: text().$type<TeamName>().notNull(),
    description: text().notNull().default(''),
    /** Rank of the level on every repository of the organization (see `access-levels.ts`); null without such a grant. */
    namespaceRank: integer('namespace_rank'),
    /** Its members among imported users come from the provider alone, as a capability says. */
    membersSynced: integer('members_synced', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('teams_by_name').on(table.organizationId, table.name)],
)

/** A member who leaves the organization leaves its teams, through the foreign key to `members`. */
export const teamMembers = sqliteTable(
  'team_members',
  {
    teamId: text('team_id')
      .notNull()
      .references(() => teams.id, { onDelete: 'cascade' }),
    organizationId: text('organization_id').notNull(),
    userId: text('user_id').notNull(),
    /** Whether the member may change the members of the team. */
    isAdmin: integer('is_admin', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.teamId, table.userId] }),
    foreignKey({
      columns: [table.organizationId, table.userId],
      foreignColumns: [members.organizationId, members.userId],
    }).onDelete('cascade'),
    index('team_members_by_user').on(table.userId, table.organizationId),
  ],
)

/**
 * Users that are machines of an organization. A trigger deletes the account with its row here: so it goes with the
 * organization too. Triggers (`service_account_…`) say what such an account never gets, whatever writes it: a password, a user
 * of another provider, the rights of an administrator, of an owner or in a team, another organization. `insertSession` gives it
 * no session.
 */
export const serviceAccounts = sqliteTable(
  'service_accounts',
  {
    accountId: text('account_id')
      .primaryKey()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    organizationId: organizationId(),
    description: text().notNull().default(''),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('service_accounts_by_organization').on(table.organizationId)],
)

/** Personal access tokens. The secret itself is shown once and kept nowhere. */
export const accessTokens = sqliteTable(
  'access_tokens',
  {
    /** SHA-256 of the secret in hexadecimal digits: what the API calls `hashedToken`, and the token's name in it. */
    hash: text().primaryKey(),
    accountId: accountId(),
    label: text().notNull(),
    isActive: integer('is_active', { mode: 'boolean' }).notNull().default(true),
    createdBy: text('created_by').notNull(),
    /** The client that asked for it, by its User-Agent. */
    creatorAgent: text('creator_agent').notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    /** Null for a token that is older than this column: it has no end. */
    expiresAt: integer('expires_at'),
    level: text().$type<LimitLevel>().notNull().default('all'),
    /** `LimitedPlaces` as JSON; null for a token that opens all that its account may reach. */
    places: text(),
  },
  (table) => [
    index('access_tokens_by_account').on(table.accountId, table.createdAt),
    index('access_tokens_by_end').on(table.expiresAt),
  ],
)

/** Sessions that `/auth/login` opened, by the hash of the secret, as access tokens. */
export const sessions = sqliteTable(
  'sessions',
  {
    hash: text().primaryKey(),
    accountId: accountId(),
    expiresAt: integer('expires_at').notNull(),
    createdAt: integer('created_at').notNull().default(0),
    /** To the minute. */
    lastUsedAt: integer('last_used_at').notNull().default(0),
    /** Where it was opened, and by which User-Agent. */
    address: text().notNull().default(''),
    agent: text().notNull().default(''),
  },
  (table) => [index('sessions_by_account').on(table.accountId), index('sessions_expiry').on(table.expiresAt)],
)

/** Counts of failed logins, by account and by network (see `auth/throttle.ts`). */
export const loginFailures = sqliteTable(
  'login_failures',
  {
    /** `address …`, `account …`, `account … from …`, one guess of the latter (`… tried …`), or `access tokens from …`. */
    key: text().primaryKey(),
    count: integer().notNull(),
    lastAt: integer('last_at').notNull(),
  },
  (table) => [index('login_failures_age').on(table.lastAt)],
)

/** Addresses from which an account has logged in: what strangers try elsewhere does not slow them down. */
export const loginAddresses = sqliteTable(
  'login_addresses',
  {
    accountId: accountId(),
    address: text().notNull(),
    lastAt: integer('last_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.address] }), index('login_addresses_age').on(table.lastAt)],
)
