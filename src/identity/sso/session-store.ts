/** Sessions that began with a login at a provider. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { LoginAccount } from '../../db/accounts/logins.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents, type Attribution } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'
import type { SsoSession } from './login-store.ts'

/**
 * Finds what a session of a user is bound to, if the user may log in, and is linked to the user of the provider still.
 * Key: accounts, identities.
 */
export async function findUser(
  db: Database,
  id: string,
  { issuer, subject }: Pick<SsoSession, 'issuer' | 'subject'>,
): Promise<Pick<LoginAccount, 'id' | 'name' | 'passwordHash'> | undefined> {
  const [row] = await db.all<Pick<LoginAccount, 'id' | 'name' | 'passwordHash'>>(sql`
    SELECT id, name, password_hash AS passwordHash
    FROM accounts
    WHERE id = ${id} AND is_active = 1 AND is_organization = 0
      AND EXISTS (
        SELECT 1 FROM identities WHERE provider = ${issuer} AND subject = ${subject} AND account_id = accounts.id)`)
  return row
}

/** Notes with which session at the provider a session began. Key: sessions. */
export async function noteSession(db: Database, hash: string, { issuer, subject, sid }: SsoSession): Promise<void> {
  await db.run(sql`
    INSERT INTO oidc_sessions (hash, issuer, subject, sid)
    SELECT hash, ${issuer}, ${subject}, ${sid ?? null} FROM sessions WHERE hash = ${hash}`)
}

/** What ends at the provider: one session, or all of a subject. */
export interface Ended {
  readonly issuer: string
  readonly subject: string | undefined
  readonly sid: string | undefined
}

/** Matches rows of what ends, in `oidc_sessions` and `oidc_logins`. */
function isEnded({ issuer, subject, sid }: Ended): SQL {
  if (sid === undefined) return sql`issuer = ${issuer} AND subject = ${subject ?? ''}`
  const own = sql`issuer = ${issuer} AND sid = ${sid}`
  return subject === undefined ? own : sql`${own} AND subject = ${subject}`
}

/** Expired rows that each message deletes. */
const mostTrimmed = 100

/** Deletes messages that could not be sent again. Index: used_messages_expiry. Key: used_messages. */
const trimmed = (now: number): SQL => sql`
  DELETE FROM used_messages WHERE hash IN (
    SELECT hash FROM used_messages WHERE expires_at <= ${now} LIMIT ${mostTrimmed})`

/**
 * Takes a message of a provider, which counts once.
 *
 * @param message its hash, and until when it could be sent again
 * @returns false for one that was taken before
 */
export async function takeMessage(
  db: Database,
  { hash, until }: { readonly hash: string; readonly until: number },
  now: number,
): Promise<boolean> {
  const { noted } = await runBatch(db, { trimmed: trimmed(now), noted: note(hash, until) })
  return noted.changes === 1
}

/** Notes a message. */
const note = (hash: string, until: number): SQL => sql`
  INSERT INTO used_messages (hash, expires_at) VALUES (${hash}, ${until}) ON CONFLICT DO NOTHING`

/**
 * Ends the sessions, and the logins that are under way, of a session or a subject at the provider.
 * Index: oidc_sessions_by_sid, oidc_sessions_by_subject, oidc_logins_by_sid, oidc_logins_by_subject.
 * Key: sessions, oidc_sessions, accounts, used_messages, oidc_logins.
 *
 * @param token the hash of the logout token, which counts once, and until when it could be sent again
 * @returns false for a token that was used before
 */
export async function endSessions(
  db: Database,
  ended: Ended,
  token: { readonly hash: string; readonly until: number },
  now: number,
): Promise<boolean> {
  const isNew = sql`NOT EXISTS (SELECT 1 FROM used_messages WHERE hash = ${token.hash})`
  const hashes = sql`SELECT hash FROM oidc_sessions WHERE ${isEnded(ended)} AND ${isNew}`
  const { noted } = await runBatch(db, {
    event: recordEvents(
      { actor: '', type: 'DELETE', objectType: 'login', content: { provider: ended.issuer }, now },
      {
        objectId: sql`id`,
        objectName: sql`name`,
        from: sql`accounts WHERE id IN (SELECT account_id FROM sessions WHERE hash IN (${hashes}))`,
      },
    ),
    sessions: sql`DELETE FROM sessions WHERE hash IN (${hashes})`,
    logins: sql`DELETE FROM oidc_logins WHERE ${isEnded(ended)} AND ${isNew}`,
    trimmed: trimmed(now),
    noted: note(token.hash, token.until),
  })
  return noted.changes === 1
}

/**
 * Unlinks a user of a provider from an account, and ends the sessions that began there.
 * Index: identities_by_account, oidc_sessions_by_subject. Key: identities, accounts, sessions, oidc_sessions.
 *
 * @returns `last` when the account would have no way left to log in
 */
export async function unlinkIdentity(
  db: Database,
  account: { readonly id: string; readonly name: AccountName },
  { provider, subject }: { readonly provider: string; readonly subject: string },
  { by, now }: Attribution,
): Promise<'done' | 'unknown' | 'last'> {
  const own = sql`provider = ${provider} AND subject = ${subject} AND account_id = ${account.id}`
  const mayGo = sql`(
    EXISTS (SELECT 1 FROM accounts WHERE id = ${account.id} AND password_hash IS NOT NULL)
    OR EXISTS (
      SELECT 1 FROM identities AS other
      WHERE other.account_id = ${account.id} AND (other.provider, other.subject) <> (${provider}, ${subject})))`
  const found = sql`identities WHERE ${own} AND ${mayGo}`
  const { there, unlinked } = await runBatch(db, {
    there: sql`SELECT 1 FROM identities WHERE ${own}`,
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'account', content: { unlinked: provider, subject }, now },
      { objectId: sql`account_id`, objectName: sql`${account.name}`, from: found },
    ),
    sessions: sql`
      DELETE FROM sessions WHERE hash IN (
        SELECT hash FROM oidc_sessions WHERE issuer = ${provider} AND subject = ${subject}
          AND EXISTS (SELECT 1 FROM ${found}))`,
    unlinked: sql`DELETE FROM ${found} RETURNING subject`,
  })
  if (unlinked.rows.length === 1) return 'done'
  return there.rows.length === 1 ? 'last' : 'unknown'
}
