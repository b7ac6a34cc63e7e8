/** Sessions: a login that is remembered for a while by a secret. */
import type { Credentials } from '../auth/login.ts'
import { hashOpaqueToken, makeOpaqueToken } from '../auth/opaque-token.ts'
import { sessionMilliseconds } from '../auth/proof.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { deleteSession, insertSession, type LoginAccount } from '../db/accounts/logins.ts'
import { unauthorized } from '../errors.ts'
import { provePassword } from './passwords.ts'

/**
 * Opens a session for a user who sends the right password.
 *
 * @returns the secret, of which only the hash is stored
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function openSession(context: Context, credentials: Credentials): Promise<string> {
  const opened = await openSessionOf(context, await provePassword(context, credentials))
  if (opened === undefined) throw unauthorized({ kind: 'password-just-changed' })
  return opened.secret
}

/**
 * Opens a session for a user who has just been proven.
 *
 * @returns the secret and its hash, of which the latter is stored; undefined for an account that has changed meanwhile
 */
export async function openSessionOf(
  { db, now }: Pick<Context, 'db' | 'now'>,
  { id: accountId, passwordHash }: Pick<LoginAccount, 'id' | 'passwordHash'>,
): Promise<{ readonly secret: string; readonly hash: string } | undefined> {
  const { secret, hash } = await makeOpaqueToken('session')
  const expiresAt = now + sessionMilliseconds
  return (await insertSession(db, { hash, accountId, passwordHash, expiresAt })) ? { secret, hash } : undefined
}

/** Ends a session, if it has not ended already. */
export async function closeSession(db: Database, secret: string): Promise<void> {
  await deleteSession(db, await hashOpaqueToken(secret))
}
