/** The teams of organizations and their members. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName, TeamName } from '../../names.ts'
import { accountIdOf } from './account-id.ts'
import { accountColumns } from './account-details.ts'
import { countOf, mostCountedInList } from '../counts.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import {
  memberOf,
  pageOfMembers,
  type AccountMember,
  type MemberRow,
  type OrganizationRecord,
  type TeamRecord,
} from './organizations.ts'
import { refuseSyncedTeam } from './synced-members.ts'

export interface TeamDetails extends TeamRecord {
  readonly organizationId: string
  /** Counted up to a bound, which is lower in lists. */
  readonly membersCount: number
}

/** Selects the columns of `TeamDetails`, from `teams AS team`. Key: team_members. */
const teamColumns = (most?: number): SQL => sql`
  team.id, team.organization_id AS organizationId, team.name, team.description,
  ${countOf(sql`team_members WHERE team_id = team.id`, most)} AS membersCount`

/** Selects a team. Key: teams. */
const selectTeam = (id: string): SQL<TeamDetails> =>
  sql`SELECT ${teamColumns()} FROM teams AS team WHERE team.id = ${id}`

export async function findTeam(db: Database, id: string): Promise<TeamDetails | undefined> {
  const [team] = await db.all<TeamDetails>(selectTeam(id))
  return team
}

/**
 * Lists a page of the teams of an organization, by name.
 * Index: teams_by_name.
 *
 * @param start the first name of the page
 */
export async function listTeams(
  db: Database,
  organizationId: string,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<{ teams: TeamDetails[]; total: number }> {
  const { page, count } = await runBatch(db, {
    page: sql<TeamDetails>`
      SELECT ${teamColumns(mostCountedInList)} FROM teams AS team
      WHERE team.organization_id = ${organizationId} AND team.name >= ${start} ORDER BY team.name LIMIT ${limit}`,
    count: sql<{ total: number }>`SELECT ${countOf(sql`teams WHERE organization_id = ${organizationId}`)} AS total`,
  })
  return { teams: page.rows, total: count.first?.total ?? 0 }
}

const teamNameFor = (organization: OrganizationRecord): SQL => sql`${`${organization.name}/`} || name`

/**
 * Inserts a team.
 * Key: accounts, teams.
 *
 * @returns undefined when the organization is gone
 * @throws a unique violation when the name is taken
 */
export async function insertTeam(
  db: Database,
  organization: OrganizationRecord,
  { name, description }: { readonly name: TeamName; readonly description: string },
  { by, now }: Attribution,
): Promise<TeamDetails | undefined> {
  const id = crypto.randomUUID()
  const { team } = await runBatch(db, {
    inserted: sql`
      INSERT INTO teams (id, organization_id, name, description, created_at)
      SELECT ${id}, id, ${name}, ${description}, ${now} FROM accounts WHERE id = ${organization.id}`,
    event: recordEvents(
      { actor: by, type: 'CREATE', objectType: 'team', now },
      { objectId: sql`id`, objectName: teamNameFor(organization), from: sql`teams WHERE id = ${id}` },
    ),
    team: selectTeam(id),
  })
  return team.first
}

/**
 * Changes a team; undefined leaves a value as it is.
 * Key: teams.
 *
 * @returns undefined when the team is gone
 * @throws a unique violation when the name is taken
 */
export async function updateTeam(
  db: Database,
  organization: OrganizationRecord,
  id: string,
  changes: { readonly name?: TeamName | undefined; readonly description?: string | undefined },
  { by, now }: Attribution,
): Promise<TeamDetails | undefined> {
  const name = sql`coalesce(${changes.name ?? null}, name)`
  const description = sql`coalesce(${changes.description ?? null}, description)`
  const { team } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'team', content: { ...changes }, now },
      {
        objectId: sql`id`,
        objectName: teamNameFor(organization),
        from: sql`teams WHERE id = ${id} AND (name <> ${name} OR description <> ${description})`,
      },
    ),
    updated: sql`UPDATE teams SET name = ${name}, description = ${description} WHERE id = ${id}`,
    team: selectTeam(id),
  })
  return team.first
}

/**
 * Deletes a team and its grants.
 * Key: teams.
 *
 * @returns whether the team was there
 */
export async function deleteTeam(
  db: Database,
  organization: OrganizationRecord,
  id: string,
  { by, now }: Attribution,
): Promise<boolean> {
  const found = sql`teams WHERE id = ${id}`
  const { deleted } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'team', now },
      { objectId: sql`id`, objectName: teamNameFor(organization), from: found },
    ),
    deleted: sql`DELETE FROM ${found} RETURNING id`,
  })
  return deleted.rows.length === 1
}

/** A team, for a user who is a member of it. */
export interface MemberTeam {
  readonly team: TeamDetails
  /** Whether the user may change the members of the team. */
  readonly isAdmin: boolean
}

/**
 * Lists the teams of one member by name; sorting is cheap, as a member is in few.
 * Index: team_members_by_user. Key: teams.
 */
export async function listTeamsOf(
  db: Database,
  organizationId: string,
  userId: string,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<{ teams: MemberTeam[]; total: number }> {
  const theirs = sql`team_members WHERE user_id = ${userId} AND organization_id = ${organizationId}`
  const { page, count } = await runBatch(db, {
    page: sql<TeamDetails & { isMemberAdmin: number }>`
      SELECT ${teamColumns(mostCountedInList)}, page.is_admin AS isMemberAdmin
      FROM (
        SELECT teams.id, theirs.is_admin FROM (SELECT * FROM ${theirs}) AS theirs JOIN teams ON teams.id = theirs.team_id
        WHERE teams.name >= ${start} ORDER BY teams.name LIMIT ${limit}
      ) AS page
      JOIN teams AS team ON team.id = page.id ORDER BY team.name`,
    count: sql<{ total: number }>`SELECT ${countOf(theirs)} AS total`,
  })
  const teams = page.rows.map(({ isMemberAdmin, ...team }) => ({ team, isAdmin: isMemberAdmin === 1 }))
  return { teams, total: count.first?.total ?? 0 }
}

/**
 * Lists a page of the members of a team, by the ids of the users.
 * Key: team_members.
 *
 * @returns with their number, counted up to a bound
 */
export function listTeamMembers(
  db: Database,
  teamId: string,
  page: { readonly start: string; readonly limit: number },
): Promise<{ members: AccountMember[]; total: number }> {
  return pageOfMembers(db, sql`team_members WHERE team_id = ${teamId}`, page)
}

/** Selects a member of a team. Index: accounts_name_unique. Key: team_members. */
const selectTeamMember = (teamId: string, name: AccountName): SQL<MemberRow> => sql`
  SELECT ${accountColumns}, team_members.is_admin AS isMemberAdmin
  FROM accounts AS account JOIN team_members ON team_members.team_id = ${teamId} AND team_members.user_id = account.id
  WHERE account.name = ${name}`

export async function findTeamMember(
  db: Database,
  teamId: string,
  name: AccountName,
): Promise<AccountMember | undefined> {
  const [row] = await db.all<MemberRow>(selectTeamMember(teamId, name))
  return row === undefined ? undefined : memberOf(row)
}

export interface TeamMembership {
  readonly organization: OrganizationRecord
  readonly team: TeamRecord
  readonly name: AccountName
  /** Undefined leaves it as it is, and makes a new member an ordinary one. */
  readonly isAdmin: boolean | undefined
  /** Whether a user from outside the organization joins it. */
  readonly joins: boolean
}

/**
 * Adds a member to a team, or changes whether a member administers it.
 * Index: accounts_name_unique, accounts_by_kind. Key: teams, members, team_members.
 *
 * @returns undefined when there is no such user, or the user is not in the organization and may not join it
 * @throws an error that `isDecidedBySync` knows
 */
export async function putTeamMember(
  db: Database,
  { organization, team, name, isAdmin, joins }: TeamMembership,
  { by, now }: Attribution,
): Promise<AccountMember | undefined> {
  const wanted = isAdmin === undefined ? null : Number(isAdmin)
  const event = { actor: by, objectType: 'member' as const, now }
  const object = { objectId: sql`account.id`, objectName: sql`account.name` }
  const inOrganization = { organization: organization.name }
  const inTeam = { ...inOrganization, team: team.name }
  const stranger = sql`
    accounts AS account JOIN teams AS team ON team.id = ${team.id}
    WHERE account.name = ${name} AND account.is_organization = 0 AND NOT EXISTS (
      SELECT 1 FROM members WHERE organization_id = team.organization_id AND user_id = account.id)`
  const member = sql`
    accounts AS account JOIN teams AS team ON team.id = ${team.id}
    JOIN members ON members.organization_id = team.organization_id AND members.user_id = account.id
    LEFT JOIN team_members ON team_members.team_id = team.id AND team_members.user_id = account.id
    WHERE account.name = ${name}`
  const join = [
    recordEvents(
      { ...event, type: 'CREATE', content: { ...inOrganization, isAdmin: false } },
      { ...object, from: stranger },
    ),
    sql`
      INSERT INTO members (organization_id, user_id)
      SELECT team.organization_id, account.id FROM ${stranger}`,
  ]
  const { found } = await runBatch(db, {
    refused: refuseSyncedTeam(team.id, name, 'add'),
    join: joins ? join : undefined,
    joined: recordEvents(
      { ...event, type: 'CREATE', content: { ...inTeam, isAdmin: isAdmin ?? false } },
      { ...object, from: sql`${member} AND team_members.user_id IS NULL` },
    ),
    changed: recordEvents(
      { ...event, type: 'UPDATE', content: { ...inTeam, isAdmin } },
      { ...object, from: sql`${member} AND team_members.is_admin <> ${wanted}` },
    ),
    put: sql`
      INSERT INTO team_members (team_id, organization_id, user_id, is_admin)
      SELECT team.id, team.organization_id, account.id, coalesce(${wanted}, team_members.is_admin, 0) FROM ${member}
      ON CONFLICT (team_id, user_id) DO UPDATE SET is_admin = excluded.is_admin`,
    found: selectTeamMember(team.id, name),
  })
  return found.first === undefined ? undefined : memberOf(found.first)
}

/**
 * Deletes a member from a team; the user stays in the organization.
 * Key: team_members.
 *
 * @param which whether an administrator of the team may go as well
 * @returns whether a member was removed
 * @throws an error that `isDecidedBySync` knows
 */
export async function deleteTeamMember(
  db: Database,
  { organization, team, name }: Pick<TeamMembership, 'organization' | 'team' | 'name'>,
  which: 'any-member' | 'no-administrator',
  { by, now }: Attribution,
): Promise<boolean> {
  const found = sql`team_members WHERE team_id = ${team.id} AND user_id = ${accountIdOf(name)}
    AND (is_admin = 0 OR ${which} = 'any-member')`
  const content = { organization: organization.name, team: team.name }
  const { deleted } = await runBatch(db, {
    refused: refuseSyncedTeam(team.id, name, 'remove'),
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'member', content, now },
      { objectId: sql`user_id`, objectName: sql`${name}`, from: found },
    ),
    deleted: sql`DELETE FROM ${found} RETURNING user_id`,
  })
  return deleted.rows.length === 1
}
