/** Teams that follow groups of the provider, and the members that come of it. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents, type Attribution } from '../../db/events/events.ts'
import type { OrganizationRecord, TeamRecord } from '../../db/accounts/organizations.ts'
import { mostTeamsOfGroup } from '../../limits.ts'

/** Reads the group that a team follows. Key: team_groups. */
export async function findGroup(db: Database, teamId: string): Promise<string | undefined> {
  const [row] = await db.all<{ groupName: string }>(
    sql`SELECT group_name AS groupName FROM team_groups WHERE team_id = ${teamId}`,
  )
  return row?.groupName
}

/**
 * Lets a team follow a group, or no group. Its members stay until their next logins.
 * Index: team_groups_by_name. Key: team_groups, teams.
 *
 * @param groupName undefined for none
 * @returns false when too many teams follow the group
 */
export async function writeGroup(
  db: Database,
  { organization, team }: { readonly organization: OrganizationRecord; readonly team: TeamRecord },
  groupName: string | undefined,
  { by, now }: Attribution,
): Promise<boolean> {
  const name = groupName ?? null
  const hasRoom = sql`NOT EXISTS (
    SELECT 1 FROM team_groups WHERE group_name = ${name} AND team_id <> ${team.id}
    LIMIT 1 OFFSET ${mostTeamsOfGroup - 1})`
  const { room } = await runBatch(db, {
    room: sql<{ isFree: number }>`SELECT ${hasRoom} AS isFree`,
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'team', content: { groupName: name }, now },
      {
        objectId: sql`id`,
        objectName: sql`${`${organization.name}/${team.name}`}`,
        from: sql`teams WHERE id = ${team.id} AND ${hasRoom}
          AND (SELECT group_name FROM team_groups WHERE team_id = teams.id) IS NOT ${name}`,
      },
    ),
    written:
      name === null
        ? sql`DELETE FROM team_groups WHERE team_id = ${team.id}`
        : sql`
            INSERT INTO team_groups (team_id, group_name) SELECT id, ${name} FROM teams WHERE id = ${team.id} AND ${hasRoom}
            ON CONFLICT (team_id) DO UPDATE SET group_name = excluded.group_name`,
  })
  return room.first?.isFree === 1
}

/** The linked teams of a user, by their ids. */
export interface LinkedTeams {
  /** Those of the groups. */
  readonly wanted: readonly string[]
  /** Those that the user is a member of now. */
  readonly current: readonly string[]
}

/** Finds the linked teams of a user. Index: team_groups_by_name, team_members_by_user. Key: team_groups. */
export async function linkedTeams(db: Database, userId: string, groups: readonly string[]): Promise<LinkedTeams> {
  const { wanted, current } = await runBatch(db, {
    wanted: sql<{ id: string }>`
      SELECT team_groups.team_id AS id
      FROM json_each(${JSON.stringify(groups)}) AS named CROSS JOIN team_groups ON team_groups.group_name = named.value`,
    current: sql<{ id: string }>`
      SELECT team_members.team_id AS id
      FROM team_members CROSS JOIN team_groups ON team_groups.team_id = team_members.team_id
      WHERE team_members.user_id = ${userId}`,
  })
  return { wanted: wanted.rows.map(({ id }) => id), current: current.rows.map(({ id }) => id) }
}

/**
 * Lets a user join and leave linked teams, and join their organizations. An imported user who is in no team of an
 * organization any more, and owns it not, leaves it too. Key: teams, accounts, members, team_members.
 * Index: team_members_by_user, members_by_user.
 *
 * @param teams ids
 */
export async function changeTeams(
  db: Database,
  userId: string,
  { joins, leaves }: { readonly joins: readonly string[]; readonly leaves: readonly string[] },
  { by, now }: Attribution,
): Promise<void> {
  const event = { actor: by, objectType: 'member', now } as const
  const user = { objectId: sql`account.id`, objectName: sql`account.name` }
  const joined = teamsOf(userId, joins)
  const left = teamsOf(userId, leaves)
  const isMember = sql`EXISTS (
    SELECT 1 FROM team_members WHERE team_members.team_id = team.id AND team_members.user_id = account.id)`
  const isInOrganization = sql`EXISTS (
    SELECT 1 FROM members WHERE members.organization_id = team.organization_id AND members.user_id = account.id)`
  const gone = sql`
    members
    WHERE members.user_id = ${userId} AND members.is_admin = 0
      AND members.organization_id IN (
        SELECT teams.organization_id FROM teams WHERE teams.id IN (SELECT value FROM json_each(${JSON.stringify(leaves)})))
      AND NOT EXISTS (
        SELECT 1 FROM team_members
        WHERE team_members.user_id = members.user_id AND team_members.organization_id = members.organization_id)
      AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = members.user_id AND accounts.is_imported = 1)`
  await runBatch(db, {
    joinOrganization: recordEvents(
      { ...event, type: 'CREATE' },
      {
        ...user,
        content: sql`json_object('organization', organization.name, 'isAdmin', json('false'))`,
        from: sql`(SELECT DISTINCT team.organization_id FROM ${joined} AND NOT ${isInOrganization}) AS new
          CROSS JOIN accounts AS organization ON organization.id = new.organization_id
          CROSS JOIN accounts AS account ON account.id = ${userId}`,
      },
    ),
    inOrganization: sql`
      INSERT INTO members (organization_id, user_id)
      SELECT DISTINCT team.organization_id, account.id FROM ${joined} AND NOT ${isInOrganization}`,
    join: recordEvents(
      { ...event, type: 'CREATE' },
      { ...user, content: contentOfTeam, from: sql`${joined} AND NOT ${isMember}` },
    ),
    inTeam: sql`
      INSERT INTO team_members (team_id, organization_id, user_id)
      SELECT team.id, team.organization_id, account.id FROM ${joined} AND NOT ${isMember}`,
    leave: recordEvents(
      { ...event, type: 'DELETE' },
      { ...user, content: contentOfTeam, from: sql`${left} AND ${isMember}` },
    ),
    outOfTeam: sql`
      DELETE FROM team_members
      WHERE user_id = ${userId} AND team_id IN (SELECT value FROM json_each(${JSON.stringify(leaves)}))`,
    leaveOrganization: recordEvents(
      { ...event, type: 'DELETE' },
      {
        objectId: sql`members.user_id`,
        objectName: sql`(SELECT name FROM accounts WHERE id = members.user_id)`,
        content: sql`json_object('organization', (SELECT name FROM accounts WHERE id = members.organization_id))`,
        from: gone,
      },
    ),
    outOfOrganization: sql`
      DELETE FROM members WHERE (organization_id, user_id) IN (
        SELECT members.organization_id, members.user_id FROM ${gone})`,
  })
}

const contentOfTeam = sql`json_object('organization', organization.name, 'team', team.name)`

/** Selects, after FROM, teams with their organization and the user. Key: teams, accounts. */
const teamsOf = (userId: string, ids: readonly string[]): SQL => sql`
  json_each(${JSON.stringify(ids)}) AS named
  CROSS JOIN teams AS team ON team.id = named.value
  CROSS JOIN accounts AS organization ON organization.id = team.organization_id
  CROSS JOIN accounts AS account ON account.id = ${userId}
  WHERE true`
