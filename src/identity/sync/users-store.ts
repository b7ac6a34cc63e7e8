/** Users in a sync: reads slices to decide about, and carries out what was decided. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents } from '../../db/events/events.ts'
import { jsonPiecesOf } from '../../db/pieces.ts'
import { refuse } from '../../db/refusals.ts'
import type { AccountName } from '../../names.ts'
import { ldapProvider } from '../links/identity-store.ts'
import type { DirectoryUser } from './staging-store.ts'

/** An account that belongs to an entry of the directory. */
export interface KnownUser extends DirectoryUser {
  readonly accountId: string
  readonly accountName: AccountName
  readonly isActive: boolean
  readonly isAdmin: boolean
  /** A sync has deactivated it, as its entry had vanished: so a sync may take that back. */
  readonly isVanished: boolean
  /** A user of the registry who is linked to the entry: no sync changes it. */
  readonly isLocal: boolean
}

/** One id: found in the directory, known to the registry, or both. */
export interface Pair {
  readonly found: DirectoryUser | undefined
  readonly known: KnownUser | undefined
  /** Another account has the name that an account of this user would get. */
  readonly isTaken: boolean
}

interface KnownRow {
  accountId: string | null
  accountName: AccountName | null
  knownName: string | null
  knownFullName: string | null
  knownDn: string | null
  isActive: number | null
  isAdmin: number | null
  isVanished: number | null
  isLocal: number | null
}

/** Columns of a user that the registry knows, from `identities` and `accounts`. */
const knownColumns: SQL = sql`
  accounts.id AS accountId, accounts.name AS accountName, identities.name AS knownName,
  accounts.full_name AS knownFullName, identities.dn AS knownDn, accounts.is_active AS isActive,
  accounts.is_admin AS isAdmin, identities.vanished_at IS NOT NULL AS isVanished, accounts.is_imported = 0 AS isLocal`

function knownOf(subject: string, row: KnownRow): KnownUser | undefined {
  const { accountId, accountName, knownName, knownDn } = row
  if (accountId === null || accountName === null || knownName === null || knownDn === null) return undefined
  return {
    subject,
    accountId,
    accountName,
    name: knownName,
    fullName: row.knownFullName ?? '',
    dn: knownDn,
    isActive: row.isActive === 1,
    isAdmin: row.isAdmin === 1,
    isVanished: row.isVanished === 1,
    isLocal: row.isLocal === 1,
  }
}

export interface Slice {
  readonly pairs: readonly Pair[]
  /** The last id of the slice; undefined when there is nothing behind it. */
  readonly last: string | undefined
  /** The number of active administrators now. */
  readonly administrators: number
}

/** Counts active administrators, up to a bound. Index: accounts_admins. */
export const activeAdministrators = sql<{ count: number }>`
  SELECT count(*) AS count FROM (SELECT 1 FROM accounts WHERE is_admin = 1 AND is_active = 1 LIMIT 1000)`

/**
 * Reads a slice of the users of a part, in the order of their ids.
 * Index: accounts_name_unique. Key: found_users, identities, accounts.
 */
export async function readFoundUsers(
  db: Database,
  part: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Slice> {
  const { page, administrators } = await runBatch(db, {
    page: sql<KnownRow & { subject: string; name: string; fullName: string; dn: string; isTaken: number }>`
      SELECT found.subject, found.name, found.full_name AS fullName, found.dn,
        EXISTS (SELECT 1 FROM accounts AS other WHERE other.name = found.account_name) AS isTaken, ${knownColumns}
      FROM (SELECT * FROM found_users WHERE part = ${part} AND subject > ${after} ORDER BY subject LIMIT ${limit}) AS found
      LEFT JOIN identities ON identities.provider = ${ldapProvider} AND identities.subject = found.subject
      LEFT JOIN accounts ON accounts.id = identities.account_id
      ORDER BY found.subject`,
    administrators: activeAdministrators,
  })
  const pairs = page.rows.map(({ subject, name, fullName, dn, isTaken, ...row }): Pair => {
    return { found: { subject, name, fullName, dn }, known: knownOf(subject, row), isTaken: isTaken === 1 }
  })
  return {
    pairs,
    last: page.rows.length === limit ? page.rows.at(-1)?.subject : undefined,
    administrators: administrators.first?.count ?? 0,
  }
}

/** Matches an identity that no part has. Key: found_users. */
const isVanished = (parts: readonly string[]): SQL => sql`NOT EXISTS (
  SELECT 1 FROM json_each(${JSON.stringify(parts)}) AS part
  CROSS JOIN found_users ON found_users.part = part.value AND found_users.subject = identities.subject)`

/**
 * Reads a slice of the active users whom no search found, in the order of their ids.
 * Key: identities, accounts.
 *
 * @param parts those of all searches
 */
export async function readVanishedUsers(
  db: Database,
  parts: readonly string[],
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Slice> {
  const { page, administrators } = await runBatch(db, {
    page: sql<KnownRow & { subject: string }>`
      SELECT identities.subject, ${knownColumns}
      FROM identities CROSS JOIN accounts ON accounts.id = identities.account_id
      WHERE identities.provider = ${ldapProvider} AND identities.subject > ${after} AND accounts.is_active = 1
        AND ${isVanished(parts)}
      ORDER BY identities.subject LIMIT ${limit}`,
    administrators: activeAdministrators,
  })
  const pairs = page.rows.map(({ subject, ...row }): Pair => {
    return { found: undefined, known: knownOf(subject, row), isTaken: false }
  })
  return {
    pairs,
    last: page.rows.length === limit ? page.rows.at(-1)?.subject : undefined,
    administrators: administrators.first?.count ?? 0,
  }
}

/**
 * Counts the active users that came from the directory, and those of them that it still shows.
 * Index: identities_by_dn. Key: accounts.
 */
export async function countKnownUsers(
  db: Database,
  parts: readonly string[],
): Promise<{ readonly before: number; readonly found: number }> {
  const [row] = await db.all<{ before: number; found: number | null }>(sql`
    SELECT count(*) AS before, sum(NOT ${isVanished(parts)}) AS found
    FROM identities CROSS JOIN accounts ON accounts.id = identities.account_id
    WHERE identities.provider = ${ldapProvider} AND accounts.is_active = 1 AND accounts.is_imported = 1`)
  return { before: row?.before ?? 0, found: row?.found ?? 0 }
}

/** A user of the directory with its account, new or known, and the key of its distinguished name. */
export interface UserChange extends DirectoryUser {
  readonly accountId: string
  readonly dnKey: string
}

export interface UserChanges {
  readonly created: readonly (UserChange & { readonly accountName: AccountName })[]
  readonly updated: readonly UserChange[]
  /** Ids of accounts. */
  readonly reactivated: readonly string[]
  readonly deactivated: readonly string[]
}

/**
 * Carries out a slice in one transaction. What changed since it was read is left alone, and a slice that is carried out
 * twice does nothing the second time.
 */
export async function writeUsers(db: Database, changes: UserChanges, now: number): Promise<void> {
  const { created, updated, reactivated, deactivated } = changes
  await runBatch(
    db,
    {
      created: jsonPiecesOf(created).flatMap((users) => creation(users, now)),
      updated: jsonPiecesOf(updated).flatMap((users) => update(users, now)),
      reactivated: reactivated.length === 0 ? undefined : reactivation(JSON.stringify(reactivated), now),
      guarded: deactivated.length === 0 ? undefined : keepsAdministrator(JSON.stringify(deactivated)),
      deactivated: deactivated.length === 0 ? undefined : deactivation(JSON.stringify(deactivated), now),
    },
    'repeatable',
  )
}

/**
 * Refuses a batch that would take the last active administrator, as another request took the others since they were
 * counted. Index: accounts_admins.
 *
 * @param ids of the accounts that the batch takes, as JSON
 */
export const keepsAdministrator = (ids: string): SQL =>
  refuse(
    'another request was faster',
    sql`${isAdministratorAmong(sql`IN`, ids)} AND NOT ${isAdministratorAmong(sql`NOT IN`, ids)}`,
  )

/** Matches when an active administrator is among accounts, or among all others. Index: accounts_admins. Key: accounts. */
const isAdministratorAmong = (which: SQL, ids: string): SQL => sql`EXISTS (
  SELECT 1 FROM accounts WHERE is_admin = 1 AND is_active = 1 AND id ${which} (SELECT value FROM json_each(${ids})))`

const event = { actor: '' as const, objectType: 'account' as const }

/** Builds the statements that make accounts with their identities. Index: accounts_name_unique, identities_by_account. Key: accounts, identities. */
const creation = (users: string, now: number): SQL[] => [
  sql`
    INSERT INTO accounts (id, name, full_name, is_imported, created_at)
    SELECT value ->> 'accountId', value ->> 'accountName', value ->> 'fullName', 1, ${now}
    FROM json_each(${users})
    WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = value ->> 'accountName')
      AND NOT EXISTS (SELECT 1 FROM identities WHERE provider = ${ldapProvider} AND subject = value ->> 'subject')`,
  recordEvents(
    { ...event, type: 'CREATE', now },
    {
      objectId: sql`account.id`,
      objectName: sql`account.name`,
      content: sql`json_object('isOrg', json('false'), 'isAdmin', json('false'), 'provider', ${ldapProvider},
        'dn', value ->> 'dn')`,
      from: sql`json_each(${users}) CROSS JOIN accounts AS account ON account.id = value ->> 'accountId'
        WHERE NOT EXISTS (SELECT 1 FROM identities WHERE account_id = account.id)`,
    },
  ),
  sql`
    INSERT OR IGNORE INTO identities (provider, subject, account_id, name, dn, dn_key, last_seen_at)
    SELECT ${ldapProvider}, value ->> 'subject', account.id, value ->> 'name', value ->> 'dn', value ->> 'dnKey', ${now}
    FROM json_each(${users}) CROSS JOIN accounts AS account ON account.id = value ->> 'accountId'`,
]

/** Builds the statements that note what a user is called now. The account keeps its name, and so its namespace. Key: identities, accounts. */
const update = (users: string, now: number): SQL[] => [
  recordEvents(
    { ...event, type: 'UPDATE', now },
    {
      objectId: sql`account.id`,
      objectName: sql`account.name`,
      content: sql`json_object('provider', ${ldapProvider}, 'login', value ->> 'name', 'fullName', value ->> 'fullName')`,
      from: sql`json_each(${users})
        CROSS JOIN identities ON identities.provider = ${ldapProvider} AND identities.subject = value ->> 'subject'
        CROSS JOIN accounts AS account ON account.id = identities.account_id
        WHERE identities.name <> value ->> 'name' OR account.full_name <> value ->> 'fullName'`,
    },
  ),
  sql`
    UPDATE identities SET name = user.value ->> 'name', dn = user.value ->> 'dn', dn_key = user.value ->> 'dnKey',
      last_seen_at = ${now}
    FROM json_each(${users}) AS user
    WHERE identities.provider = ${ldapProvider} AND identities.subject = user.value ->> 'subject'`,
  sql`
    UPDATE accounts SET full_name = user.value ->> 'fullName' FROM json_each(${users}) AS user
    WHERE accounts.id = user.value ->> 'accountId' AND accounts.is_imported = 1`,
]

/** Builds the statements that take back what a sync did to vanished users. Index: identities_by_account. Key: accounts. */
const reactivation = (ids: string, now: number): SQL[] => [
  recordEvents(
    { ...event, type: 'UPDATE', content: { isActive: true, provider: ldapProvider }, now },
    {
      objectId: sql`account.id`,
      objectName: sql`account.name`,
      from: sql`json_each(${ids}) CROSS JOIN accounts AS account ON account.id = value WHERE account.is_active = 0`,
    },
  ),
  sql`UPDATE accounts SET is_active = 1 WHERE id IN (SELECT value FROM json_each(${ids}))`,
  sql`
    UPDATE identities INDEXED BY identities_by_account SET vanished_at = NULL
    WHERE account_id IN (SELECT value FROM json_each(${ids})) AND provider = ${ldapProvider}`,
]

/**
 * Builds the statements that end all that users log in with. Access tokens stay as inactive ones: their owner sees what they
 * were. Index: identities_by_account, sessions_by_account, access_tokens_by_account. Key: accounts.
 */
const deactivation = (ids: string, now: number): SQL[] => [
  recordEvents(
    { ...event, type: 'UPDATE', content: { isActive: false, provider: ldapProvider }, now },
    {
      objectId: sql`account.id`,
      objectName: sql`account.name`,
      from: sql`json_each(${ids}) CROSS JOIN accounts AS account ON account.id = value WHERE account.is_active = 1`,
    },
  ),
  recordEvents(
    { actor: '', objectType: 'token', type: 'UPDATE', content: { isActive: false, provider: ldapProvider }, now },
    {
      objectId: sql`access_tokens.hash`,
      objectName: sql`account.name || '/' || access_tokens.label`,
      from: sql`json_each(${ids}) CROSS JOIN accounts AS account ON account.id = value
        CROSS JOIN access_tokens ON access_tokens.account_id = account.id WHERE access_tokens.is_active = 1`,
    },
  ),
  sql`UPDATE accounts SET is_active = 0 WHERE id IN (SELECT value FROM json_each(${ids}))`,
  sql`DELETE FROM sessions WHERE account_id IN (SELECT value FROM json_each(${ids}))`,
  sql`UPDATE access_tokens SET is_active = 0 WHERE account_id IN (SELECT value FROM json_each(${ids})) AND is_active = 1`,
  sql`
    UPDATE identities INDEXED BY identities_by_account SET vanished_at = ${now}
    WHERE account_id IN (SELECT value FROM json_each(${ids})) AND provider = ${ldapProvider}`,
]
