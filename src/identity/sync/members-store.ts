/**
 * Members of teams and owners of organizations in a sync: what the directory names compared with what the registry has, page by page.
 * Only users of the directory are compared: local ones stay where an administrator has put them.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'
import { ldapProvider } from '../links/identity-store.ts'

/** A team, or the owners of an organization, that this run has gathered. */
export interface SyncedTarget {
  /** The id of the team, or of the organization for its owners. */
  readonly id: string
  readonly organizationId: string
  readonly organizationName: AccountName
  /** Null for owners. */
  readonly teamName: string | null
  /** The number of entries that the directory names. */
  readonly named: number
  /** Those of them that a search for users finds. */
  readonly users: number
  /** Those of these that have an account. */
  readonly found: number
  /** The users of the directory that are members, or owners, now. */
  readonly before: number
}

/** Matches users of the directory, not those of the registry that are linked to it. Index: identities_by_account. Key: accounts. */
export const isImported = (accountId: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM identities JOIN accounts AS imported ON imported.id = identities.account_id
  WHERE identities.account_id = ${accountId} AND identities.provider = ${ldapProvider} AND imported.is_imported = 1)`

/** Selects the accounts that the directory names for a target, after FROM. Key: found_members, identities, accounts. */
export const wantedOf = (part: string, target: SQL): SQL => sql`
  found_members
  CROSS JOIN identities ON identities.provider = ${ldapProvider} AND identities.subject = found_members.subject
  CROSS JOIN accounts AS wanted ON wanted.id = identities.account_id AND wanted.is_imported = 1
  WHERE found_members.part = ${part} AND found_members.target = ${target}`

/** Matches a user whom the directory names for a target. Index: identities_by_account. Key: found_members. */
export const isWanted = (part: string, target: SQL, accountId: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM identities
  CROSS JOIN found_members ON found_members.part = ${part} AND found_members.target = ${target}
    AND found_members.subject = identities.subject
  WHERE identities.account_id = ${accountId} AND identities.provider = ${ldapProvider})`

/**
 * Lists a page of the teams, or of the organizations, whose members this run has gathered, with their numbers.
 * Index: member_syncs_enabled, members_admins. Key: found_targets, found_members, accounts, teams, team_members.
 */
export async function pageOfTargets(
  db: Database,
  part: string,
  { kind, after, limit }: { readonly kind: 'teams' | 'owners'; readonly after: string; readonly limit: number },
): Promise<readonly SyncedTarget[]> {
  const before =
    kind === 'teams'
      ? sql`SELECT count(*) FROM team_members WHERE team_id = page.id AND ${isImported(sql`team_members.user_id`)}`
      : sql`
          SELECT count(*) FROM members
          WHERE organization_id = page.id AND is_admin = 1 AND ${isImported(sql`members.user_id`)}`
  return db.all<SyncedTarget>(sql`
    SELECT page.id, page.organization_id AS organizationId, organization.name AS organizationName,
      teams.name AS teamName, found_targets.named,
      (SELECT count(*) FROM found_members WHERE part = ${part} AND target = page.id) AS users,
      (SELECT count(*) FROM ${wantedOf(part, sql`page.id`)}) AS found, (${before}) AS before
    FROM (
      SELECT id, organization_id, team_id FROM member_syncs INDEXED BY member_syncs_enabled
      WHERE is_enabled = 1 AND id > ${after} AND ${kind === 'teams' ? sql`team_id IS NOT NULL` : sql`team_id IS NULL`}
      ORDER BY id LIMIT ${limit}) AS page
    CROSS JOIN found_targets ON found_targets.part = ${part} AND found_targets.target = page.id
    CROSS JOIN accounts AS organization ON organization.id = page.organization_id
    LEFT JOIN teams ON teams.id = page.team_id
    ORDER BY page.id`)
}

/** A user who joins or leaves a team, or becomes an owner or none. */
export interface MemberChange {
  readonly target: string
  /** "acme/dev" for a team, "acme" for owners. */
  readonly targetName: string
  readonly userId: string
  readonly name: AccountName
  readonly change: 'join' | 'leave'
}

/** A place among changes: the last one of the page before. */
export interface MemberPlace {
  readonly target: string
  readonly userId: string
}

interface Page {
  readonly after: MemberPlace
  readonly limit: number
}

const pageOfChanges = (changes: SQL, targetName: SQL, { after, limit }: Page): SQL<MemberChange> => sql`
  SELECT target, (${targetName}) AS targetName, user_id AS userId, name, change FROM (${changes})
  WHERE (target, user_id) > (${after.target}, ${after.userId}) ORDER BY target, user_id LIMIT ${limit}`

/**
 * Lists a page of the changes of some teams.
 * Index: identities_by_account. Key: found_members, identities, accounts, teams, team_members.
 */
export async function changesOfTeams(
  db: Database,
  part: string,
  teams: readonly string[],
  page: Page,
): Promise<MemberChange[]> {
  const some = sql`json_each(${JSON.stringify(teams)}) AS team`
  return db.all<MemberChange>(
    pageOfChanges(
      sql`
        SELECT team.value AS target, wanted.id AS user_id, wanted.name, 'join' AS change
        FROM ${some} CROSS JOIN ${wantedOf(part, sql`team.value`)} AND NOT EXISTS (
          SELECT 1 FROM team_members WHERE team_id = team.value AND user_id = wanted.id)
        UNION ALL
        SELECT team.value, account.id, account.name, 'leave'
        FROM ${some} CROSS JOIN team_members ON team_members.team_id = team.value
        CROSS JOIN accounts AS account ON account.id = team_members.user_id
        WHERE ${isImported(sql`account.id`)} AND NOT ${isWanted(part, sql`team.value`, sql`account.id`)}`,
      sql`
        SELECT organization.name || '/' || teams.name
        FROM teams JOIN accounts AS organization ON organization.id = teams.organization_id WHERE teams.id = target`,
      page,
    ),
  )
}

/**
 * Lists a page of the changes of the owners of some organizations. A user of the directory who is neither an owner nor
 * in a team leaves the organization.
 * Index: identities_by_account, team_members_by_user. Key: found_members, identities, accounts, members.
 */
export async function changesOfOwners(
  db: Database,
  part: string,
  organizations: readonly string[],
  page: Page,
): Promise<MemberChange[]> {
  const some = sql`json_each(${JSON.stringify(organizations)}) AS organization`
  return db.all<MemberChange>(
    pageOfChanges(
      sql`
        SELECT organization.value AS target, wanted.id AS user_id, wanted.name, 'join' AS change
        FROM ${some} CROSS JOIN ${wantedOf(part, sql`organization.value`)} AND NOT EXISTS (
          SELECT 1 FROM members
          WHERE organization_id = organization.value AND user_id = wanted.id AND members.is_admin = 1)
        UNION ALL
        SELECT organization.value, account.id, account.name, 'leave'
        FROM ${some} CROSS JOIN members ON members.organization_id = organization.value
        CROSS JOIN accounts AS account ON account.id = members.user_id
        WHERE ${isImported(sql`account.id`)} AND NOT ${isWanted(part, sql`organization.value`, sql`account.id`)}
          AND (members.is_admin = 1 OR NOT ${isInTeam(sql`organization.value`, sql`account.id`)})`,
      sql`SELECT organization.name FROM accounts AS organization WHERE organization.id = target`,
      page,
    ),
  )
}

/** Matches a member of any team of an organization. Index: team_members_by_user. */
const isInTeam = (organizationId: SQL, userId: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM team_members WHERE user_id = ${userId} AND organization_id = ${organizationId})`

/** Selects members and the teams of changes, after FROM. Key: accounts, teams. */
const changedTeams = (changes: string): SQL => sql`
  json_each(${changes}) CROSS JOIN teams AS team ON team.id = value ->> 'target'
  CROSS JOIN accounts AS organization ON organization.id = team.organization_id
  CROSS JOIN accounts AS account ON account.id = value ->> 'userId'`

const event = { actor: '' as const, objectType: 'member' as const }
const object = { objectId: sql`account.id`, objectName: sql`account.name` }
const inTeam = sql`json_object('organization', organization.name, 'team', team.name, 'provider', ${ldapProvider})`
const inOrganization = (isAdmin: SQL): SQL =>
  sql`json_object('organization', organization.name, 'isAdmin', json(${isAdmin}), 'provider', ${ldapProvider})`

/**
 * Carries out changes of teams in one transaction; what is as wanted already stays.
 * Key: accounts, teams, members, team_members.
 */
export async function writeTeams(db: Database, changes: readonly MemberChange[], now: number): Promise<void> {
  const joins = JSON.stringify(changes.filter(({ change }) => change === 'join'))
  const leaves = JSON.stringify(changes.filter(({ change }) => change === 'leave'))
  const strangers = sql`${changedTeams(joins)} WHERE NOT EXISTS (
    SELECT 1 FROM members WHERE organization_id = team.organization_id AND user_id = account.id)
    GROUP BY organization.id, account.id`
  const newcomers = sql`${changedTeams(joins)} WHERE NOT EXISTS (
    SELECT 1 FROM team_members WHERE team_id = team.id AND user_id = account.id)`
  const leavers = sql`${changedTeams(leaves)} WHERE EXISTS (
    SELECT 1 FROM team_members WHERE team_id = team.id AND user_id = account.id)`
  await runBatch(
    db,
    {
      welcomed: recordEvents(
        { ...event, type: 'CREATE', now },
        { ...object, content: inOrganization(sql`'false'`), from: strangers },
      ),
      members: sql`INSERT INTO members (organization_id, user_id) SELECT organization.id, account.id FROM ${strangers}`,
      joined: recordEvents({ ...event, type: 'CREATE', now }, { ...object, content: inTeam, from: newcomers }),
      joins: sql`
        INSERT INTO team_members (team_id, organization_id, user_id)
        SELECT team.id, team.organization_id, account.id FROM ${newcomers}`,
      left: recordEvents({ ...event, type: 'DELETE', now }, { ...object, content: inTeam, from: leavers }),
      leaves: sql`
        DELETE FROM team_members WHERE (team_id, user_id) IN (
          SELECT value ->> 'target', value ->> 'userId' FROM json_each(${leaves}))`,
    },
    'repeatable',
  )
}

/** Selects members and the organizations of changes, after FROM. Key: accounts, members. */
const changedOwners = (changes: string): SQL => sql`
  json_each(${changes}) CROSS JOIN accounts AS organization ON organization.id = value ->> 'target'
  CROSS JOIN accounts AS account ON account.id = value ->> 'userId'
  LEFT JOIN members ON members.organization_id = organization.id AND members.user_id = account.id`

/**
 * Carries out changes of owners in one transaction: one who leaves stays a member while a team has the user.
 * Index: team_members_by_user. Key: accounts, members.
 */
export async function writeOwners(db: Database, changes: readonly MemberChange[], now: number): Promise<void> {
  const joins = JSON.stringify(changes.filter(({ change }) => change === 'join'))
  const leaves = JSON.stringify(changes.filter(({ change }) => change === 'leave'))
  const staysInTeam = isInTeam(sql`organization.id`, sql`account.id`)
  const newcomers = sql`${changedOwners(joins)} WHERE members.user_id IS NULL`
  const promoted = sql`${changedOwners(joins)} WHERE members.is_admin = 0`
  const demoted = sql`${changedOwners(leaves)} WHERE members.is_admin = 1 AND ${staysInTeam}`
  const leavers = sql`${changedOwners(leaves)} WHERE members.user_id IS NOT NULL AND NOT ${staysInTeam}`
  const [yes, no] = [inOrganization(sql`'true'`), inOrganization(sql`'false'`)]
  await runBatch(
    db,
    {
      joined: recordEvents({ ...event, type: 'CREATE', now }, { ...object, content: yes, from: newcomers }),
      promoted: recordEvents({ ...event, type: 'UPDATE', now }, { ...object, content: yes, from: promoted }),
      joins: sql`
        INSERT INTO members (organization_id, user_id, is_admin)
        SELECT organization.id, account.id, 1 FROM ${changedOwners(joins)} WHERE true
        ON CONFLICT (organization_id, user_id) DO UPDATE SET is_admin = 1`,
      demoted: recordEvents({ ...event, type: 'UPDATE', now }, { ...object, content: no, from: demoted }),
      left: recordEvents({ ...event, type: 'DELETE', now }, { ...object, content: no, from: leavers }),
      leaves: sql`
        DELETE FROM members WHERE (organization_id, user_id) IN (SELECT organization.id, account.id FROM ${leavers})`,
      demotions: sql`
        UPDATE members SET is_admin = 0 WHERE (organization_id, user_id) IN (
          SELECT value ->> 'target', value ->> 'userId' FROM json_each(${leaves}))`,
    },
    'repeatable',
  )
}
