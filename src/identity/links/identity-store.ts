/** Identities: users of other providers and the accounts that they belong to. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { LoginAccount } from '../../db/accounts/logins.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'

/** The provider of the users of a directory (LDAP). */
export const ldapProvider = 'ldap'

/** What is kept of a user of another provider. */
export interface Identity {
  readonly provider: string
  /** The id that the provider never gives to another user. */
  readonly subject: string
  /** The name as the provider has it. */
  readonly name: string
  readonly dn: string
  /** The form of `dn` in which two spellings are equal. */
  readonly dnKey: string
}

/** An identity with the account that it belongs to. */
export interface LinkedIdentity extends Identity {
  readonly lastSeenAt: number
  readonly account: {
    readonly id: string
    readonly name: AccountName
    readonly fullName: string
    readonly isAdmin: boolean
    readonly isActive: boolean
  }
}

interface Row {
  provider: string
  subject: string
  name: string
  dn: string
  dnKey: string
  lastSeenAt: number
  accountId: string
  accountName: AccountName
  fullName: string
  isAdmin: number
  isActive: number
}

const columns: SQL = sql`
  identities.provider, identities.subject, identities.name, identities.dn, identities.dn_key AS dnKey,
  identities.last_seen_at AS lastSeenAt, accounts.id AS accountId, accounts.name AS accountName,
  accounts.full_name AS fullName, accounts.is_admin AS isAdmin, accounts.is_active AS isActive`

const linkedOf = ({ accountId, accountName, fullName, isAdmin, isActive, ...identity }: Row): LinkedIdentity => ({
  ...identity,
  account: { id: accountId, name: accountName, fullName, isAdmin: isAdmin === 1, isActive: isActive === 1 },
})

/** Finds the identity of a provider's user. Key: identities, accounts. */
export async function findIdentity(
  db: Database,
  provider: string,
  subject: string,
): Promise<LinkedIdentity | undefined> {
  const [row] = await db.all<Row>(sql`
    SELECT ${columns} FROM identities JOIN accounts ON accounts.id = identities.account_id
    WHERE identities.provider = ${provider} AND identities.subject = ${subject}`)
  return row === undefined ? undefined : linkedOf(row)
}

/** Lists the identities of an account. Index: identities_by_account. Key: accounts. */
export async function identitiesOfAccount(db: Database, accountId: string): Promise<LinkedIdentity[]> {
  const rows = await db.all<Row>(sql`
    SELECT ${columns} FROM identities JOIN accounts ON accounts.id = identities.account_id
    WHERE identities.account_id = ${accountId} ORDER BY identities.provider, identities.subject`)
  return rows.map(linkedOf)
}

/**
 * Lists a page of the identities of a provider, in the order of their subjects. Key: identities, accounts.
 *
 * @param after the last subject of the page before; empty for the first page
 */
export async function pageOfIdentities(
  db: Database,
  provider: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<LinkedIdentity[]> {
  const rows = await db.all<Row>(sql`
    SELECT ${columns} FROM identities CROSS JOIN accounts ON accounts.id = identities.account_id
    WHERE identities.provider = ${provider} AND identities.subject > ${after}
    ORDER BY identities.subject LIMIT ${limit}`)
  return rows.map(linkedOf)
}

/**
 * Finds the identities of a provider that have these distinguished names. Index: identities_by_dn. Key: accounts.
 *
 * @param dnKeys a page of them: they are one parameter
 */
export async function identitiesByDn(
  db: Database,
  provider: string,
  dnKeys: readonly string[],
): Promise<LinkedIdentity[]> {
  const rows = await db.all<Row>(sql`
    SELECT ${columns} FROM json_each(${JSON.stringify(dnKeys)}) AS wanted
    CROSS JOIN identities ON identities.provider = ${provider} AND identities.dn_key = wanted.value
    CROSS JOIN accounts ON accounts.id = identities.account_id`)
  return rows.map(linkedOf)
}

/**
 * Makes an account for a user of another provider, who has no password here.
 *
 * @throws a unique violation when the name is taken, or when the identity has an account already
 */
export async function insertImportedAccount(
  db: Database,
  identity: Identity,
  account: { readonly name: AccountName; readonly fullName: string },
  { by, now }: Attribution,
): Promise<LinkedIdentity> {
  const id = crypto.randomUUID()
  await runBatch(db, {
    inserted: sql`
      INSERT INTO accounts (id, name, full_name, is_imported, created_at)
      VALUES (${id}, ${account.name}, ${account.fullName}, 1, ${now})`,
    linked: insertIdentity(identity, id, now),
    event: recordEvent({
      actor: by,
      type: 'CREATE',
      objectType: 'account',
      objectId: id,
      objectName: account.name,
      content: { isOrg: false, isAdmin: false, provider: identity.provider, dn: identity.dn },
      now,
    }),
  })
  return { ...identity, lastSeenAt: now, account: { id, ...account, isAdmin: false, isActive: true } }
}

/**
 * Links a user of another provider to an account that exists.
 *
 * @throws a unique violation when the identity has an account already
 */
export async function linkIdentity(
  db: Database,
  identity: Identity,
  account: { readonly id: string; readonly name: AccountName },
  { by, now }: Attribution,
): Promise<void> {
  await runBatch(db, {
    linked: insertIdentity(identity, account.id, now),
    event: recordEvent({
      actor: by,
      type: 'UPDATE',
      objectType: 'account',
      objectId: account.id,
      objectName: account.name,
      content: { linked: identity.provider, subject: identity.subject },
      now,
    }),
  })
}

const insertIdentity = ({ provider, subject, name, dn, dnKey }: Identity, accountId: string, now: number): SQL => sql`
  INSERT INTO identities (provider, subject, account_id, name, dn, dn_key, last_seen_at)
  VALUES (${provider}, ${subject}, ${accountId}, ${name}, ${dn}, ${dnKey}, ${now})`

/**
 * Notes where the provider has a user now, and under which name. The account keeps its name, and so its namespace.
 * Key: identities.
 *
 * @param staleBefore a row that says the same and is newer than this stays as it is
 */
export async function noteIdentity(
  db: Database,
  { provider, subject, name, dn, dnKey }: Identity,
  { now, staleBefore }: { readonly now: number; readonly staleBefore: number },
): Promise<void> {
  await db.run(sql`
    UPDATE identities SET name = ${name}, dn = ${dn}, dn_key = ${dnKey}, last_seen_at = ${now}
    WHERE provider = ${provider} AND subject = ${subject}
      AND (name <> ${name} OR dn <> ${dn} OR last_seen_at < ${staleBefore})`)
}

/** Finds the account of a user whose password was right elsewhere, if it may log in. Key: accounts. */
export async function findLoginOf(db: Database, accountId: string): Promise<LoginAccount | undefined> {
  const [row] = await db.all<Omit<LoginAccount, 'isAdmin'> & { isAdmin: number }>(sql`
    SELECT id, name, is_admin AS isAdmin, password_hash AS passwordHash
    FROM accounts WHERE id = ${accountId} AND is_active = 1 AND is_organization = 0`)
  return row === undefined ? undefined : { ...row, isAdmin: row.isAdmin === 1 }
}
