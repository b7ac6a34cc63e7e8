/** Sessions: a login that is remembered for a while by a secret, as the policy of sessions in the settings says. */
import type { Credentials } from '../auth/login.ts'
import { networksOf } from '../auth/network.ts'
import { hashOpaqueToken, makeOpaqueToken } from '../auth/opaque-token.ts'
import type { Context } from '../context.ts'
import type { AccountRecord } from '../db/accounts/accounts.ts'
import type { LoginAccount } from '../db/accounts/logins.ts'
import { deleteSession, endSessions, insertSession } from '../db/accounts/sessions.ts'
import type { Database } from '../db/database.ts'
import type { Attribution } from '../db/events/events.ts'
import { RegistryError, unauthorized } from '../errors.ts'
import { longestAgent } from '../limits.ts'
import { plainLineOf } from '../util/plain-text.ts'
import { provePassword } from './passwords.ts'

/**
 * Opens a session for a user who sends the right password.
 *
 * @param agent the User-Agent of the client; a long one is cut
 * @returns the secret, of which only the hash is stored
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function openSession(context: Context, credentials: Credentials, agent = ''): Promise<string> {
  const opened = await openSessionOf(context, await provePassword(context, credentials), agent)
  if (opened === undefined) throw unauthorized({ kind: 'password-just-changed' })
  return opened.secret
}

/**
 * Opens a session for a user who has just been proven.
 *
 * @returns the secret and its hash, of which the latter is stored; undefined for an account that has changed meanwhile
 */
export async function openSessionOf(
  { db, now, address }: Pick<Context, 'db' | 'now' | 'address'>,
  { id: accountId, passwordHash }: Pick<LoginAccount, 'id' | 'passwordHash'>,
  agent = '',
): Promise<{ readonly secret: string; readonly hash: string } | undefined> {
  const { secret, hash } = await makeOpaqueToken('session')
  const [{ name: network }] = networksOf(address)
  const client = { address: network, agent: plainLineOf(agent.slice(0, longestAgent)) }
  return (await insertSession(db, { hash, accountId, passwordHash, ...client, now })) ? { secret, hash } : undefined
}

/** Ends a session, if it has not ended already. */
export async function closeSession(db: Database, secret: string): Promise<void> {
  await deleteSession(db, await hashOpaqueToken(secret))
}

/** Ends all sessions of a user. */
export async function endAllSessions(db: Database, user: AccountRecord, attribution: Attribution): Promise<void> {
  await endSessions(db, user, undefined, attribution)
}

/** Ends one session of a user. @throws RegistryError `session-unknown` */
export async function endOneSession(
  db: Database,
  user: AccountRecord,
  hash: string,
  attribution: Attribution,
): Promise<void> {
  if ((await endSessions(db, user, hash, attribution)) === 0) throw new RegistryError({ kind: 'session-unknown' })
}
