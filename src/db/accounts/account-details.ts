/** Accounts as they are shown: with their counts, and how the viewer relates to them. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../../names.ts'
import type { AccountRecord } from './accounts.ts'
import { countOf, mostCounted, mostCountedInList } from '../counts.ts'
import { runBatch, type Database } from '../database.ts'

/** An account with the numbers that are shown with it. */
export interface AccountDetails extends AccountRecord {
  /** The numbers of an organization, each counted up to a bound, which is lower in lists; undefined for a user. */
  readonly counts: { readonly members: number; readonly teams: number } | undefined
}

export interface AccountRow {
  id: string
  name: AccountName
  isOrganization: number
  fullName: string
  isAdmin: number
  isActive: number
  isImported: number
  membersCount: number | null
  teamsCount: number | null
}

const countOfOrganization = (table: SQL, most: number): SQL => sql`
  CASE account.is_organization WHEN 1 THEN ${countOf(sql`${table} WHERE organization_id = account.id`, most)} END`

/** Selects the columns of an `AccountRow`. Index: teams_by_name. Key: members. */
const columns = (most: number): SQL => sql`
  account.id, account.name, account.is_organization AS isOrganization, account.full_name AS fullName,
  account.is_admin AS isAdmin, account.is_active AS isActive, account.is_imported AS isImported,
  ${countOfOrganization(sql`members`, most)} AS membersCount,
  ${countOfOrganization(sql`teams`, most)} AS teamsCount`

/** The columns of an `AccountRow` in a list, from `accounts AS account`. */
export const accountColumns: SQL = columns(mostCountedInList)

export function accountDetails(row: AccountRow): AccountDetails {
  const { id, name, fullName, membersCount: members, teamsCount: teams } = row
  return {
    id,
    name,
    fullName,
    isOrganization: row.isOrganization === 1,
    isAdmin: row.isAdmin === 1,
    isActive: row.isActive === 1,
    isImported: row.isImported === 1,
    counts: members === null || teams === null ? undefined : { members, teams },
  }
}

/** The relation of a viewer to an account. `auth/account-access.ts` decides what follows from it. */
export interface AccountStanding {
  readonly isSelf: boolean
  /** The viewer is a member of this organization. */
  readonly isMember: boolean
  /** The viewer is an owner of this organization. */
  readonly isOwner: boolean
  /** The viewer owns an organization that this user is a member of. */
  readonly isOwnerOfTheirs: boolean
}

export interface AccountFacts {
  readonly account: AccountDetails
  readonly standing: AccountStanding
}

/**
 * Finds an account, and how the viewer stands to it.
 * Index: accounts_name_unique, members_by_user. Key: accounts, members.
 *
 * @param nameOrId as `findAccount`; `id:` may mark an id, as no name contains it
 */
export async function findAccountFacts(
  db: Database,
  viewerId: string,
  nameOrId: string,
): Promise<AccountFacts | undefined> {
  const id = nameOrId.startsWith('id:') ? nameOrId.slice('id:'.length) : nameOrId
  const [row] = await db.all<AccountRow & { isOwner: number | null; isOwnerOfTheirs: number }>(sql`
    SELECT ${columns(mostCounted)},
      (SELECT is_admin FROM members WHERE organization_id = account.id AND user_id = ${viewerId}) AS isOwner,
      EXISTS (
        SELECT 1 FROM members AS mine
        JOIN members AS theirs ON theirs.organization_id = mine.organization_id AND theirs.user_id = account.id
        WHERE mine.user_id = ${viewerId} AND mine.is_admin = 1
      ) AS isOwnerOfTheirs
    FROM accounts AS account WHERE account.name = ${nameOrId} OR account.id = ${id}
    ORDER BY account.id = ${id} DESC LIMIT 1`)
  if (row === undefined) return undefined
  const standing = {
    isSelf: row.id === viewerId,
    isMember: row.isOwner !== null,
    isOwner: row.isOwner === 1,
    isOwnerOfTheirs: row.isOwnerOfTheirs === 1,
  }
  return { account: accountDetails(row), standing }
}

export const accountFilters = [
  'all',
  'users',
  'orgs',
  'admins',
  'non-admins',
  'active-users',
  'inactive-users',
] as const
export type AccountFilter = (typeof accountFilters)[number]

/**
 * Conditions with literals: with parameters SQLite would not use partial indexes. Organizations are always active, and
 * never administrators.
 */
const matching: Record<AccountFilter, SQL> = {
  all: sql`true`,
  users: sql`is_organization = 0`,
  orgs: sql`is_organization = 1`,
  admins: sql`is_admin = 1`,
  'non-admins': sql`is_organization = 0 AND is_admin = 0`,
  'active-users': sql`is_organization = 0 AND is_active = 1`,
  'inactive-users': sql`is_active = 0`,
}

export interface AccountQuery {
  readonly filter: AccountFilter
  /** The beginning of the names. */
  readonly prefix: string
  /** The first name of the page; empty for the first page. */
  readonly start: string
  readonly descending: boolean
  readonly limit: number
}

export interface ListedAccounts {
  readonly accounts: readonly AccountDetails[]
  /** The number of matches. `users` and `organizations` count all whose names have the prefix. Each up to a bound. */
  readonly total: number
  readonly users: number
  readonly organizations: number
}

/**
 * Lists a page of accounts in the order of names, with their numbers.
 * Index: accounts_name_unique, accounts_by_kind, accounts_admins.
 */
export async function listAccounts(db: Database, query: AccountQuery): Promise<ListedAccounts> {
  const { filter, prefix, descending, limit } = query
  const all = sql`name >= ${prefix} AND name < ${`${prefix}~`}`
  const count = (which: AccountFilter) => countOf(sql`accounts WHERE ${all} AND ${matching[which]}`)
  const { page, counts } = await runBatch(db, {
    page: sql<AccountRow>`
      SELECT ${accountColumns} FROM accounts AS account WHERE ${rangeOf(query)} AND ${matching[filter]}
      ORDER BY name ${descending ? sql`DESC` : sql``} LIMIT ${limit}`,
    counts: sql<{ total: number; users: number; organizations: number }>`
      SELECT ${count(filter)} AS total, ${count('users')} AS users, ${count('orgs')} AS organizations`,
  })
  const { total, users, organizations } = counts.first ?? { total: 0, users: 0, organizations: 0 }
  return { accounts: page.rows.map(accountDetails), total, users, organizations }
}

/** Matches the names of a page and after it, with one bound on each side, so that the index needs no other. */
function rangeOf({ prefix, start, descending }: AccountQuery): SQL {
  const until = `${prefix}~`
  if (!descending) return sql`name >= ${start > prefix ? start : prefix} AND name < ${until}`
  return start !== '' && start < until
    ? sql`name >= ${prefix} AND name <= ${start}`
    : sql`name >= ${prefix} AND name < ${until}`
}
