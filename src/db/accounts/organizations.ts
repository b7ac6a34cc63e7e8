/** Organizations and their members. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName, TeamName } from '../../names.ts'
import { accountIdOf } from './account-id.ts'
import { accountColumns, accountDetails, type AccountDetails, type AccountRow } from './account-details.ts'
import { countOf } from '../counts.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import { refuseLeavingSyncedTeams, refuseSyncedOwners } from './synced-members.ts'

export interface OrganizationRecord {
  readonly id: string
  readonly name: AccountName
  readonly isOrganization: boolean
}

export interface TeamRecord {
  readonly id: string
  readonly name: TeamName
  readonly description: string
}

/**
 * The relation of an account to an organization and, if one is named, to a team of it. `auth/organization-access.ts`
 * decides what follows from it.
 */
export interface OrganizationStanding {
  /** The name is that of the account itself, so it is no organization. */
  readonly isSelf: boolean
  readonly isMember: boolean
  readonly isOwner: boolean
  readonly isTeamMember: boolean
  readonly isTeamAdmin: boolean
}

export interface OrganizationFacts {
  /** The account of that name, which may be a user: the caller must check. */
  readonly organization: OrganizationRecord
  /** Undefined when no team is named, or none has the name. */
  readonly team: TeamRecord | undefined
  readonly standing: OrganizationStanding
}

interface FactsRow {
  id: string
  name: AccountName
  isOrganization: number
  isOwner: number | null
  teamId: string | null
  teamName: TeamName | null
  description: string | null
  isTeamAdmin: number | null
}

/**
 * Finds an organization and, if one is named, a team of it, and how an account stands to both.
 * Index: accounts_name_unique, teams_by_name. Key: members, team_members.
 */
export async function findOrganization(
  db: Database,
  accountId: string,
  name: AccountName,
  team: TeamName | undefined,
): Promise<OrganizationFacts | undefined> {
  const [row] = await db.all<FactsRow>(sql`
    SELECT accounts.id, accounts.name, accounts.is_organization AS isOrganization, members.is_admin AS isOwner,
      teams.id AS teamId, teams.name AS teamName, teams.description, team_members.is_admin AS isTeamAdmin
    FROM accounts
    LEFT JOIN members ON members.organization_id = accounts.id AND members.user_id = ${accountId}
    LEFT JOIN teams ON teams.organization_id = accounts.id AND teams.name = ${team ?? ''}
    LEFT JOIN team_members ON team_members.team_id = teams.id AND team_members.user_id = ${accountId}
    WHERE accounts.name = ${name}`)
  if (row === undefined) return undefined
  const { id, isOrganization, teamId, teamName, description } = row
  return {
    organization: { id, name: row.name, isOrganization: isOrganization === 1 },
    team:
      teamId === null || teamName === null ? undefined : { id: teamId, name: teamName, description: description ?? '' },
    standing: {
      isSelf: id === accountId,
      isMember: row.isOwner !== null,
      isOwner: row.isOwner === 1,
      isTeamMember: row.isTeamAdmin !== null,
      isTeamAdmin: row.isTeamAdmin === 1,
    },
  }
}

/** A member of an organization or a team. */
export interface AccountMember {
  readonly account: AccountDetails
  /** Whether the member is an owner of the organization, or an administrator of the team. */
  readonly isAdmin: boolean
}

export interface MemberRow extends AccountRow {
  isMemberAdmin: number
}

export const memberOf = (row: MemberRow): AccountMember => ({
  account: accountDetails(row),
  isAdmin: row.isMemberAdmin === 1,
})

export const memberFilters = ['all', 'admins', 'non-admins'] as const
export type MemberFilter = (typeof memberFilters)[number]

/** Conditions with literals, so that a partial index may serve them. */
const matchingMembers: Record<MemberFilter, SQL> = {
  all: sql`true`,
  admins: sql`is_admin = 1`,
  'non-admins': sql`is_admin = 0`,
}

export interface MemberQuery {
  readonly filter: MemberFilter
  /** Id of the first user of the page; empty for the first page. */
  readonly start: string
  readonly limit: number
}

/**
 * Lists a page of the members of an organization, by the ids of the users.
 * Key: members.
 *
 * @returns with their number, counted up to a bound
 */
export async function listMembers(
  db: Database,
  organizationId: string,
  { filter, start, limit }: MemberQuery,
): Promise<{ members: AccountMember[]; total: number }> {
  const wanted = sql`members WHERE organization_id = ${organizationId} AND ${matchingMembers[filter]}`
  return pageOfMembers(db, wanted, { start, limit })
}

/**
 * Lists a page of members, by the ids of the users.
 * Key: accounts.
 *
 * @param wanted what stands after FROM: a table of members with its condition
 * @returns with their number, counted up to a bound
 */
export async function pageOfMembers(
  db: Database,
  wanted: SQL,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<{ members: AccountMember[]; total: number }> {
  const { page, count } = await runBatch(db, {
    page: sql<MemberRow>`
      SELECT ${accountColumns}, page.is_admin AS isMemberAdmin
      FROM (SELECT * FROM ${wanted} AND user_id >= ${start} ORDER BY user_id LIMIT ${limit}) AS page
      JOIN accounts AS account ON account.id = page.user_id ORDER BY page.user_id`,
    count: sql<{ total: number }>`SELECT ${countOf(wanted)} AS total`,
  })
  return { members: page.rows.map(memberOf), total: count.first?.total ?? 0 }
}

/** Selects a member of an organization. Index: accounts_name_unique. Key: members. */
const selectMember = (organizationId: string, name: AccountName): SQL<MemberRow> => sql`
  SELECT ${accountColumns}, members.is_admin AS isMemberAdmin
  FROM accounts AS account JOIN members ON members.organization_id = ${organizationId} AND members.user_id = account.id
  WHERE account.name = ${name}`

export async function findMember(
  db: Database,
  organizationId: string,
  name: AccountName,
): Promise<AccountMember | undefined> {
  const [row] = await db.all<MemberRow>(selectMember(organizationId, name))
  return row === undefined ? undefined : memberOf(row)
}

/**
 * Adds a member to an organization, or changes whether a member is an owner.
 * Index: accounts_by_kind. Key: accounts, members.
 *
 * @param isAdmin undefined leaves it as it is, and makes a new member an ordinary one
 * @returns undefined when there is no such user
 * @throws an error that `isDecidedBySync` knows
 */
export async function putMember(
  db: Database,
  organization: OrganizationRecord,
  name: AccountName,
  isAdmin: boolean | undefined,
  { by, now }: Attribution,
): Promise<AccountMember | undefined> {
  const wanted = isAdmin === undefined ? null : Number(isAdmin)
  const event = { actor: by, objectType: 'member' as const, now }
  const content = { organization: organization.name, isAdmin }
  const object = { objectId: sql`account.id`, objectName: sql`account.name` }
  // The organization is asked for again: it may be gone by now.
  const user = sql`
    accounts AS account JOIN accounts AS organization ON organization.id = ${organization.id}
    LEFT JOIN members ON members.organization_id = organization.id AND members.user_id = account.id
    WHERE account.name = ${name} AND account.is_organization = 0`
  const { member } = await runBatch(db, {
    refused: refuseSyncedOwners(organization.id, name),
    joined: recordEvents(
      { ...event, type: 'CREATE', content: { ...content, isAdmin: isAdmin ?? false } },
      { ...object, from: sql`${user} AND members.user_id IS NULL` },
    ),
    changed: recordEvents(
      { ...event, type: 'UPDATE', content },
      { ...object, from: sql`${user} AND members.is_admin <> ${wanted}` },
    ),
    put: sql`
      INSERT INTO members (organization_id, user_id, is_admin)
      SELECT organization.id, account.id, coalesce(${wanted}, members.is_admin, 0) FROM ${user}
      ON CONFLICT (organization_id, user_id) DO UPDATE SET is_admin = excluded.is_admin`,
    member: selectMember(organization.id, name),
  })
  return member.first === undefined ? undefined : memberOf(member.first)
}

/**
 * Deletes a member from an organization, and so from its teams.
 * Key: members.
 *
 * @returns whether the user was a member
 * @throws an error that `isDecidedBySync` knows
 */
export async function deleteMember(
  db: Database,
  organization: OrganizationRecord,
  name: AccountName,
  { by, now }: Attribution,
): Promise<boolean> {
  const found = sql`members WHERE organization_id = ${organization.id} AND user_id = ${accountIdOf(name)}`
  const { deleted } = await runBatch(db, {
    refused: [refuseSyncedOwners(organization.id, name), refuseLeavingSyncedTeams(organization.id, name)],
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'member', content: { organization: organization.name }, now },
      { objectId: sql`user_id`, objectName: sql`${name}`, from: found },
    ),
    deleted: sql`DELETE FROM ${found} RETURNING user_id`,
  })
  return deleted.rows.length === 1
}

/** An organization that a user is a member of. */
export interface MemberOrganization {
  readonly organization: AccountDetails
  readonly isAdmin: boolean
}

/**
 * Lists a page of the organizations of a user, by their ids.
 * Index: members_by_user. Key: accounts.
 *
 * @param start the first id of the page
 */
export async function listOrganizationsOf(
  db: Database,
  userId: string,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<{ organizations: MemberOrganization[]; total: number }> {
  const theirs = sql`members WHERE user_id = ${userId}`
  const { page, count } = await runBatch(db, {
    page: sql<MemberRow>`
      SELECT ${accountColumns}, page.is_admin AS isMemberAdmin
      FROM (SELECT * FROM ${theirs} AND organization_id >= ${start} ORDER BY organization_id LIMIT ${limit}) AS page
      JOIN accounts AS account ON account.id = page.organization_id ORDER BY page.organization_id`,
    count: sql<{ total: number }>`SELECT ${countOf(theirs)} AS total`,
  })
  const organizations = page.rows.map(memberOf)
  return {
    organizations: organizations.map(({ account: organization, isAdmin }) => ({ organization, isAdmin })),
    total: count.first?.total ?? 0,
  }
}
