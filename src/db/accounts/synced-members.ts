/**
 * Members whom a sync decides about: users of another provider in teams, and among owners, that a capability syncs with it.
 * What is changed by hand would be changed back, so it is refused.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../../names.ts'
import { refuse } from '../refusals.ts'

/** Selects a user of another provider, after FROM. Index: accounts_name_unique. */
const imported = (name: AccountName): SQL =>
  sql`accounts AS imported WHERE imported.name = ${name} AND imported.is_imported = 1`

/**
 * Refuses a batch that adds a user of another provider to a synced team, or takes one from it.
 * Key: teams, team_members.
 *
 * @param change members stay members when it is decided whether they administer the team
 */
export const refuseSyncedTeam = (teamId: string, name: AccountName, change: 'add' | 'remove'): SQL =>
  refuse(
    'a sync decides it',
    sql`EXISTS (
      SELECT 1 FROM ${imported(name)}
        AND EXISTS (SELECT 1 FROM teams WHERE id = ${teamId} AND members_synced = 1)
        AND ${change === 'add' ? sql`NOT` : sql``} EXISTS (
          SELECT 1 FROM team_members WHERE team_id = ${teamId} AND user_id = imported.id))`,
  )

/** Refuses a batch that changes a user of another provider among synced owners. Key: accounts. */
export const refuseSyncedOwners = (organizationId: string, name: AccountName): SQL =>
  refuse(
    'a sync decides it',
    sql`EXISTS (
      SELECT 1 FROM ${imported(name)}
        AND EXISTS (SELECT 1 FROM accounts WHERE id = ${organizationId} AND owners_synced = 1))`,
  )

/**
 * Refuses a batch that takes a user of another provider from an organization, and so from its synced teams.
 * Index: team_members_by_user. Key: teams.
 */
export const refuseLeavingSyncedTeams = (organizationId: string, name: AccountName): SQL =>
  refuse(
    'a sync decides it',
    sql`EXISTS (
      SELECT 1 FROM ${imported(name)} AND EXISTS (
        SELECT 1 FROM team_members JOIN teams ON teams.id = team_members.team_id AND teams.members_synced = 1
        WHERE team_members.user_id = imported.id AND team_members.organization_id = ${organizationId}))`,
  )
