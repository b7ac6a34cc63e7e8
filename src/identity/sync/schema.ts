/**
 * The sync of a directory: which teams and owners come from it, what a run has gathered, and how the last one ended.
 * What is gathered belongs to a part, which one worker writes alone: so a slow worker that lost its job disturbs nothing.
 */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts, teams } from '../../db/accounts/schema.ts'

/** Where the members of a team, or the owners of an organization, come from: DTR's `memberSyncConfig`. */
export const memberSyncs = sqliteTable(
  'member_syncs',
  {
    /** The id of the team, or of the organization for its owners. */
    id: text().primaryKey(),
    organizationId: text('organization_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** Null for the owners of the organization. */
    teamId: text('team_id').references(() => teams.id, { onDelete: 'cascade' }),
    isEnabled: integer('is_enabled', { mode: 'boolean' }).notNull(),
    /** DTR's MemberSyncOpts, as JSON. */
    options: text().notNull(),
  },
  (table) => [
    index('member_syncs_by_organization').on(table.organizationId),
    index('member_syncs_by_team').on(table.teamId),
    index('member_syncs_enabled')
      .on(table.id)
      .where(sql`is_enabled = 1`),
  ],
)

/** A user that a search of this run has found. */
export const foundUsers = sqliteTable(
  'found_users',
  {
    part: text().notNull(),
    subject: text().notNull(),
    name: text().notNull(),
    /** The name in a form that is unique in a run. */
    nameKey: text('name_key').notNull(),
    fullName: text('full_name').notNull(),
    dn: text().notNull(),
    dnKey: text('dn_key').notNull(),
    /** The name that an account would get; null where none fits. */
    accountName: text('account_name'),
  },
  (table) => [
    primaryKey({ columns: [table.part, table.subject] }),
    index('found_users_by_name').on(table.part, table.nameKey),
    index('found_users_by_dn').on(table.part, table.dnKey),
  ],
)

/** A target of this run whose members were gathered: `admins`, or the id of a team or an organization. */
export const foundTargets = sqliteTable(
  'found_targets',
  {
    part: text().notNull(),
    target: text().notNull(),
    /** The number of entries that the directory names, users or not. */
    named: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.part, table.target] })],
)

/** A user whom the directory names for a target. */
export const foundMembers = sqliteTable(
  'found_members',
  {
    part: text().notNull(),
    target: text().notNull(),
    subject: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.part, table.target, table.subject] })],
)

/** How many entries a search found in the last sync that was carried out, by the fingerprint of the search. */
export const searchCounts = sqliteTable('search_counts', {
  search: text().primaryKey(),
  found: integer().notNull(),
})

/** How the last sync ended: one row. */
export const directorySyncs = sqliteTable('directory_syncs', {
  id: integer().primaryKey(),
  outcome: text({ enum: ['done', 'held', 'failed'] }).notNull(),
  /** Why it was held back or failed; of one that was carried out, what it left as it is. */
  reason: text().notNull(),
  jobId: text('job_id').notNull(),
  endedAt: integer('ended_at').notNull(),
  /** The end of the last one that was carried out; null for none yet. */
  doneAt: integer('done_at'),
  /** How long that one took; null for none yet. */
  doneMilliseconds: integer('done_milliseconds'),
  /** The users that all syncs have created and deactivated, and the syncs that were held back or failed. */
  created: integer().notNull().default(0),
  deactivated: integer().notNull().default(0),
  failures: integer().notNull().default(0),
})
