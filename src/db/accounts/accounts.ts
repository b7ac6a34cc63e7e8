/** Users and organizations. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../../names.ts'
import { deletionOfAccessTokens } from './access-tokens.ts'
import { runBatch, type Database, type StatementResult } from '../database.ts'
import { recordEvent, recordEvents, type Attribution } from '../events/events.ts'

export interface AccountRecord {
  readonly id: string
  readonly name: AccountName
  readonly isOrganization: boolean
  readonly fullName: string
  readonly isAdmin: boolean
  readonly isActive: boolean
  /** Another provider knows the user, whose password is there and not here. */
  readonly isImported: boolean
}

interface Row {
  id: string
  name: AccountName
  isOrganization: number
  fullName: string
  isAdmin: number
  isActive: number
  isImported: number
}

const accountOf = (row: Row): AccountRecord => ({
  ...row,
  isOrganization: row.isOrganization === 1,
  isAdmin: row.isAdmin === 1,
  isActive: row.isActive === 1,
  isImported: row.isImported === 1,
})

/**
 * Finds an account by its name or its id.
 * Index: accounts_name_unique. Key: accounts.
 *
 * @param nameOrId an id counts first: accounts of an earlier release may have a name in the form of an id
 */
export async function findAccount(db: Database, nameOrId: string): Promise<AccountRecord | undefined> {
  const rows = await db.all<Row>(sql`
    SELECT id, name, is_organization AS isOrganization, full_name AS fullName, is_admin AS isAdmin, is_active AS isActive,
      is_imported AS isImported
    FROM accounts WHERE name = ${nameOrId} OR id = ${nameOrId}`)
  const found = rows.find(({ id }) => id === nameOrId) ?? rows[0]
  return found === undefined ? undefined : accountOf(found)
}

/** Inserts an account that the registry itself keeps, with a new id. @throws a unique violation when the name is taken */
export async function insertAccount(
  db: Database,
  account: {
    readonly name: AccountName
    readonly isOrganization: boolean
    readonly fullName: string
    readonly passwordHash: string | null
    readonly isAdmin: boolean
    readonly isActive: boolean
  },
  { by, now }: Attribution,
): Promise<AccountRecord> {
  const { passwordHash, ...record } = { ...account, id: crypto.randomUUID(), isImported: false }
  await runBatch(db, {
    inserted: sql`
      INSERT INTO accounts (id, name, is_organization, full_name, password_hash, is_admin, is_active, created_at)
      VALUES (${record.id}, ${record.name}, ${Number(record.isOrganization)}, ${record.fullName}, ${passwordHash},
        ${Number(record.isAdmin)}, ${Number(record.isActive)}, ${now})`,
    event: recordEvent({
      actor: by,
      type: 'CREATE',
      objectType: 'account',
      objectId: record.id,
      objectName: record.name,
      content: { isOrg: record.isOrganization, isAdmin: record.isAdmin },
      now,
    }),
  })
  return record
}

/**
 * Replaces a hash with outdated parameters after a login. No event: no user changed anything.
 * Key: accounts.
 *
 * @param previous the hash that the password was checked against: one that was set meanwhile stays
 */
export async function updatePasswordHash(
  db: Database,
  id: string,
  passwordHash: string,
  previous: string,
): Promise<void> {
  await db.run(
    sql`UPDATE accounts SET password_hash = ${passwordHash} WHERE id = ${id} AND password_hash = ${previous}`,
  )
}

/** Tells whether there is any user. Index: accounts_by_kind. */
export async function hasUsers(db: Database): Promise<boolean> {
  const rows = await db.all(sql`SELECT 1 FROM accounts WHERE is_organization = 0 LIMIT 1`)
  return rows.length > 0
}

/**
 * Matches a row of `accounts` that may go: an active administrator only while there is another one.
 * Index: accounts_admins.
 */
export const isNotTheLastAdministrator: SQL = sql`(
  is_admin = 0 OR is_active = 0 OR EXISTS (
    SELECT 1 FROM accounts AS other WHERE other.is_admin = 1 AND other.is_active = 1 AND other.id <> accounts.id))`

/** The result of a change that the last-administrator rule may refuse. */
export type Outcome = 'done' | 'account-unknown' | 'last-administrator'

export interface AccountChanges {
  readonly fullName?: string | undefined
  readonly isActive?: boolean | undefined
  readonly isAdmin?: boolean | undefined
}

/**
 * Changes an account, and ends the sessions of a user who is deactivated.
 * Index: sessions_by_account. Key: accounts.
 *
 * @param changes undefined leaves a value as it is
 */
export async function updateAccount(
  db: Database,
  id: string,
  { fullName, isActive, isAdmin }: AccountChanges,
  { by, now }: Attribution,
): Promise<Outcome> {
  const takesAdministrator = isActive === false || isAdmin === false
  const wanted = sql`accounts WHERE id = ${id} AND ${takesAdministrator ? isNotTheLastAdministrator : sql`true`}`
  const values = {
    fullName: sql`coalesce(${fullName ?? null}, full_name)`,
    isActive: sql`coalesce(${numberOf(isActive)}, is_active)`,
    isAdmin: sql`coalesce(${numberOf(isAdmin)}, is_admin)`,
  }
  const differs = sql`(
    full_name <> ${values.fullName} OR is_active <> ${values.isActive} OR is_admin <> ${values.isAdmin})`
  const { updated, left } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'account', content: { fullName, isActive, isAdmin }, now },
      { objectId: sql`id`, objectName: sql`name`, from: sql`${wanted} AND ${differs}` },
    ),
    updated: sql`
      UPDATE accounts SET full_name = ${values.fullName}, is_active = ${values.isActive}, is_admin = ${values.isAdmin}
      WHERE id IN (SELECT id FROM ${wanted})`,
    sessions: sql`DELETE FROM sessions WHERE account_id IN (SELECT id FROM accounts WHERE id = ${id} AND is_active = 0)`,
    left: selectLeft(id),
  })
  return outcomeOf(updated.changes > 0, left)
}

/**
 * Deletes an account and all that belongs to it.
 * Key: accounts.
 *
 * @throws a foreign key violation while it has repositories
 */
export async function deleteAccount(db: Database, id: string, { by, now }: Attribution): Promise<Outcome> {
  const wanted = sql`accounts WHERE id = ${id} AND ${isNotTheLastAdministrator}`
  const { deleted, left } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'account', now },
      { objectId: sql`id`, objectName: sql`name`, from: wanted },
    ),
    deleted: sql`DELETE FROM ${wanted} RETURNING id`,
    left: selectLeft(id),
  })
  return outcomeOf(deleted.rows.length === 1, left)
}

/** Selects a row if the account is there after the change. Key: accounts. */
const selectLeft = (id: string): SQL => sql`SELECT 1 FROM accounts WHERE id = ${id}`

/** Returns the result of a change. @param left the row of the account, if it is there after the change */
function outcomeOf(isDone: boolean, left: StatementResult<unknown>): Outcome {
  if (isDone) return 'done'
  return left.rows.length === 1 ? 'last-administrator' : 'account-unknown'
}

const numberOf = (flag: boolean | undefined): number | null => (flag === undefined ? null : Number(flag))

/**
 * Sets a password, which ends all sessions of the user.
 * Index: sessions_by_account. Key: accounts, login_failures.
 *
 * @param change `endsAccessTokens` deletes their access tokens too
 * @returns whether there is such a user
 */
export async function changePasswordHash(
  db: Database,
  id: string,
  { passwordHash, endsAccessTokens }: { readonly passwordHash: string; readonly endsAccessTokens: boolean },
  attribution: Attribution,
): Promise<boolean> {
  const { by, now } = attribution
  const user = sql`accounts WHERE id = ${id} AND is_organization = 0`
  const { updated } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'account', content: { password: 'changed' }, now },
      { objectId: sql`id`, objectName: sql`name`, from: user },
    ),
    updated: sql`UPDATE accounts SET password_hash = ${passwordHash} WHERE id IN (SELECT id FROM ${user})`,
    sessions: sql`DELETE FROM sessions WHERE account_id = ${id}`,
    accessTokens: endsAccessTokens ? deletionOfAccessTokens(id, attribution) : undefined,
    // A user who needed a new password has tried some: what failed before is forgiven. "!" comes after the space.
    failures: sql`
      DELETE FROM login_failures WHERE key >= (SELECT 'account ' || name || ' from ' FROM accounts WHERE id = ${id})
        AND key < (SELECT 'account ' || name || ' from!' FROM accounts WHERE id = ${id})`,
  })
  return updated.changes > 0
}
