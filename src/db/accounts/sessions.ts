/** Sessions, by the hashes of their secrets. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { mostSessions } from '../../limits.ts'
import type { AccountName } from '../../names.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvent, type Attribution } from '../events/events.ts'
import { policyOfSessions } from '../settings/settings.ts'
import { loginAccount, type AccountRow, type LoginAccount } from './logins.ts'

const minuteMilliseconds = 60_000

export interface NewSession {
  readonly hash: string
  readonly accountId: string
  /** The hash that the password was checked against; null for an account without one: another provider knows its user. */
  readonly passwordHash: string | null
  /** Where it is opened, and by which client. */
  readonly address: string
  readonly agent: string
  readonly now: number
}

export interface SessionRecord {
  readonly hash: string
  readonly createdAt: number
  /** To the minute. */
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly address: string
  readonly agent: string
}

/** The sessions that one account may have: those of the policy, or the bound where that has none. */
const mostOfUser: SQL = sql`coalesce(nullif(min(${policyOfSessions('sessionPerUserLimit')}, ${mostSessions}), 0), ${mostSessions})`

/**
 * Inserts a session, if the account still has the hash that was checked: a new password ends all sessions, and none may
 * begin with the old one afterwards. A service account has no sessions. Ends the least recently used sessions beyond the
 * limit of the policy.
 * Index: sessions_by_account. Key: accounts, service_accounts, sessions.
 *
 * @returns whether it was made
 */
export async function insertSession(db: Database, session: NewSession): Promise<boolean> {
  const { hash, accountId, passwordHash, address, agent, now } = session
  const { inserted } = await runBatch(db, {
    inserted: sql`
      INSERT INTO sessions (hash, account_id, expires_at, created_at, last_used_at, address, agent)
      SELECT ${hash}, id, ${now} + ${minuteMilliseconds} * ${policyOfSessions('sessionLifetimeMinutes')}, ${now}, ${now},
        ${address}, ${agent}
      FROM accounts
      WHERE id = ${accountId} AND password_hash IS ${passwordHash} AND is_active = 1
        AND NOT EXISTS (SELECT 1 FROM service_accounts WHERE service_accounts.account_id = accounts.id)`,
    tooMany: sql`
      DELETE FROM sessions WHERE rowid IN (
        SELECT rowid FROM sessions WHERE account_id = ${accountId}
        ORDER BY last_used_at DESC, expires_at DESC, rowid DESC LIMIT -1 OFFSET ${mostOfUser})`,
  })
  return inserted.changes === 1
}

/** Finds the account of a session that has not expired, and its times. Key: sessions, accounts. */
export async function findSessionLogin(
  db: Database,
  hash: string,
  now: number,
): Promise<{ readonly account: LoginAccount; readonly createdAt: number; readonly lastUsedAt: number } | undefined> {
  const [row] = await db.all<AccountRow & { createdAt: number; lastUsedAt: number }>(sql`
    SELECT accounts.id, accounts.name, accounts.is_admin AS isAdmin, NULL AS passwordHash,
      sessions.created_at AS createdAt, sessions.last_used_at AS lastUsedAt
    FROM sessions JOIN accounts ON accounts.id = sessions.account_id
    WHERE sessions.hash = ${hash} AND sessions.expires_at > ${now} AND accounts.is_active = 1`)
  if (row === undefined) return undefined
  return { account: loginAccount(row), createdAt: row.createdAt, lastUsedAt: row.lastUsedAt }
}

/**
 * Notes that a session is used, and renews it near its end. Changes nothing that another request has just noted.
 * Key: sessions.
 *
 * @param before how old the last note must be for a new one to be worth a row
 */
export async function touchSession(db: Database, hash: string, now: number, before: number): Promise<void> {
  const [lifetime, threshold] = [
    policyOfSessions('sessionLifetimeMinutes'),
    policyOfSessions('sessionRenewalThresholdMinutes'),
  ]
  await db.run(sql`
    UPDATE sessions SET last_used_at = ${now}, expires_at = iif(
      expires_at - ${now} <= ${minuteMilliseconds} * ${threshold},
      max(expires_at, ${now} + ${minuteMilliseconds} * ${lifetime}), expires_at)
    WHERE hash = ${hash} AND expires_at > ${now} AND last_used_at < ${before}`)
}

/** Lists the sessions of an account that have not expired, by their hashes. Index: sessions_by_account. */
export async function listSessions(
  db: Database,
  accountId: string,
  page: { readonly start: string; readonly limit: number; readonly now: number },
): Promise<{ sessions: readonly SessionRecord[]; total: number }> {
  const alive = sql`sessions WHERE account_id = ${accountId} AND expires_at > ${page.now}`
  const { sessions, count } = await runBatch(db, {
    sessions: sql<SessionRecord>`
      SELECT hash, created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt, address, agent
      FROM ${alive} AND hash >= ${page.start} ORDER BY hash LIMIT ${page.limit}`,
    count: sql<{ total: number }>`SELECT count(*) AS total FROM ${alive}`,
  })
  return { sessions: sessions.rows, total: count.first?.total ?? 0 }
}

/**
 * Ends one session of an account, or all of them, with an event.
 * Index: sessions_by_account. Key: sessions.
 *
 * @param hash undefined for all
 * @returns how many
 */
export async function endSessions(
  db: Database,
  account: { readonly id: string; readonly name: AccountName },
  hash: string | undefined,
  { by, now }: Attribution,
): Promise<number> {
  const which =
    hash === undefined ? sql`account_id = ${account.id}` : sql`account_id = ${account.id} AND hash = ${hash}`
  const { ended } = await runBatch(db, {
    event: recordEvent(
      {
        actor: by,
        type: 'DELETE',
        objectType: 'login',
        objectId: account.id,
        objectName: account.name,
        content: { ended: hash === undefined ? 'all sessions' : 'a session' },
        now,
      },
      sql`EXISTS (SELECT 1 FROM sessions WHERE ${which})`,
    ),
    ended: sql`DELETE FROM sessions WHERE ${which}`,
  })
  return ended.changes
}

/** Deletes a session. Key: sessions. */
export async function deleteSession(db: Database, hash: string): Promise<void> {
  await db.run(sql`DELETE FROM sessions WHERE hash = ${hash}`)
}
