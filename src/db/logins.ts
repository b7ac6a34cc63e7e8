/** What a login needs to know and leaves behind. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../names.ts'
import { changesOf, runBatch, type Database } from './database.ts'

export interface LoginAccount {
  readonly id: string
  readonly name: AccountName
  readonly isAdmin: boolean
  /** PHC string; null for an account without a password, such as an organisation. */
  readonly passwordHash: string | null
}

export interface CountedFailures {
  readonly key: string
  readonly count: number
  readonly lastAt: number
}

interface AccountRow {
  id: string
  name: AccountName
  isAdmin: number
  passwordHash: string | null
  knownSince: number | null
}

/**
 * The account of a name, if it may log in, and the failures counted under the keys.
 *
 * @returns with the time at which the account was last seen at this address, undefined for never
 */
export async function findLogin(
  db: Database,
  name: string,
  address: string,
  keys: readonly string[],
): Promise<{ account: LoginAccount | undefined; lastSeenAt: number | undefined; failures: CountedFailures[] }> {
  const [accounts, failures] = await runBatch<AccountRow & CountedFailures>(db, [
    sql`
      SELECT id, name, is_admin AS isAdmin, password_hash AS passwordHash,
        (SELECT last_at FROM login_addresses WHERE account_id = accounts.id AND address = ${address}) AS knownSince
      FROM accounts WHERE name = ${name} AND is_active = 1 AND is_organization = 0`,
    selectFailures(keys),
  ])
  const row = accounts?.results[0]
  return {
    account: row === undefined ? undefined : loginAccount(row),
    lastSeenAt: row?.knownSince ?? undefined,
    failures: failures?.results ?? [],
  }
}

/** The account that an access token belongs to, if both are active, and the failures counted under the keys. */
export async function findAccessTokenLogin(
  db: Database,
  hash: string,
  keys: readonly string[],
): Promise<{ account: LoginAccount | undefined; lastUsedAt: number | undefined; failures: CountedFailures[] }> {
  const [accounts, failures] = await runBatch<AccountRow & CountedFailures & { lastUsedAt: number | null }>(db, [
    sql`
      SELECT accounts.id, accounts.name, accounts.is_admin AS isAdmin, NULL AS passwordHash,
        access_tokens.last_used_at AS lastUsedAt
      FROM access_tokens JOIN accounts ON accounts.id = access_tokens.account_id
      WHERE access_tokens.hash = ${hash} AND access_tokens.is_active = 1 AND accounts.is_active = 1`,
    selectFailures(keys),
  ])
  const row = accounts?.results[0]
  return {
    account: row === undefined ? undefined : loginAccount(row),
    lastUsedAt: row?.lastUsedAt ?? undefined,
    failures: failures?.results ?? [],
  }
}

/** The account of a session that has not expired. */
export async function findSessionLogin(db: Database, hash: string, now: number): Promise<LoginAccount | undefined> {
  const [row] = await db.all<AccountRow>(sql`
    SELECT accounts.id, accounts.name, accounts.is_admin AS isAdmin, NULL AS passwordHash
    FROM sessions JOIN accounts ON accounts.id = sessions.account_id
    WHERE sessions.hash = ${hash} AND sessions.expires_at > ${now} AND accounts.is_active = 1`)
  return row === undefined ? undefined : loginAccount(row)
}

const loginAccount = ({ id, name, isAdmin, passwordHash }: AccountRow): LoginAccount => ({
  id,
  name,
  isAdmin: isAdmin === 1,
  passwordHash,
})

const selectFailures = (keys: readonly string[]): SQL => sql`
  SELECT key, count, last_at AS lastAt FROM login_failures
  WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`

/**
 * Counts a failed login under each key; a count that is older than `since` begins anew.
 *
 * @param event the statement that records it
 */
export async function countLoginFailure(
  db: Database,
  keys: readonly string[],
  { now, since, event }: { readonly now: number; readonly since: number; readonly event: SQL },
): Promise<void> {
  await runBatch(db, [
    sql`
      INSERT INTO login_failures (key, count, last_at)
      SELECT value, 1, ${now} FROM json_each(${JSON.stringify(keys)}) WHERE true
      ON CONFLICT (key) DO UPDATE
      SET count = CASE WHEN last_at <= ${since} THEN 1 ELSE count + 1 END, last_at = excluded.last_at`,
    event,
  ])
}

/**
 * Takes the one guess that is due after a wait: a compare-and-set of the times of the counts that were seen.
 *
 * @returns false when somebody else took one of them meanwhile
 */
export async function claimGuess(
  db: Database,
  turns: readonly { readonly key: string; readonly lastAt: number }[],
  now: number,
): Promise<boolean> {
  const { meta } = await db.run(sql`
    UPDATE login_failures SET last_at = ${now}
    WHERE key IN (SELECT value ->> 'key' FROM json_each(${JSON.stringify(turns)}))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(${JSON.stringify(turns)}) AS seen
        JOIN login_failures AS counted ON counted.key = seen.value ->> 'key'
        WHERE counted.last_at <> seen.value ->> 'lastAt')`)
  return meta.changes === turns.length
}

/** A login from an address: known from here on, and what failed there before is forgiven. */
export async function rememberLogin(
  db: Database,
  login: { readonly accountId: string; readonly address: string; readonly forgive: string; readonly now: number },
): Promise<void> {
  await runBatch(db, [
    sql`
      INSERT INTO login_addresses (account_id, address, last_at)
      SELECT id, ${login.address}, ${login.now} FROM accounts WHERE id = ${login.accountId}
      ON CONFLICT (account_id, address) DO UPDATE SET last_at = excluded.last_at`,
    sql`DELETE FROM login_failures WHERE key = ${login.forgive}`,
  ])
}

export async function touchAccessToken(db: Database, hash: string, now: number): Promise<void> {
  await db.run(sql`UPDATE access_tokens SET last_used_at = ${now} WHERE hash = ${hash}`)
}

/**
 * Makes a session, provided that the account still has the password that was checked: changing it ends all sessions, and
 * none may begin with the old one afterwards.
 *
 * @returns whether it was made
 */
export async function insertSession(
  db: Database,
  session: {
    readonly hash: string
    readonly accountId: string
    readonly passwordHash: string
    readonly expiresAt: number
  },
): Promise<boolean> {
  const { meta } = await db.run(sql`
    INSERT INTO sessions (hash, account_id, expires_at)
    SELECT ${session.hash}, id, ${session.expiresAt} FROM accounts
    WHERE id = ${session.accountId} AND password_hash = ${session.passwordHash} AND is_active = 1`)
  return meta.changes === 1
}

export async function deleteSession(db: Database, hash: string): Promise<void> {
  await db.run(sql`DELETE FROM sessions WHERE hash = ${hash}`)
}

/** Deletes what is too old to matter, a bounded number of rows of each kind. @returns how many went */
export async function trimLogins(
  db: Database,
  { now, failuresBefore, addressesBefore }: { now: number; failuresBefore: number; addressesBefore: number },
  most: number,
): Promise<number> {
  const results = await runBatch(db, [
    sql`
      DELETE FROM login_failures
      WHERE key IN (SELECT key FROM login_failures WHERE last_at < ${failuresBefore} LIMIT ${most})`,
    sql`
      DELETE FROM login_addresses WHERE (account_id, address) IN (
        SELECT account_id, address FROM login_addresses WHERE last_at < ${addressesBefore} LIMIT ${most})`,
    sql`DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ${now} LIMIT ${most})`,
  ])
  return changesOf(results, 0) + changesOf(results, 1) + changesOf(results, 2)
}
