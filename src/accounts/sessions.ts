/** Sessions: a login that is remembered for a while by a secret. */
import type { Credentials } from '../auth/login.ts'
import { hashOpaqueToken, makeOpaqueToken } from '../auth/opaque-token.ts'
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { deleteSession, insertSession } from '../db/accounts/logins.ts'
import { unauthorized } from '../errors.ts'
import { provePassword } from './passwords.ts'

const lifetimeMinutes = 60

/**
 * Opens a session for a user who sends the right password.
 *
 * @returns the secret, of which only the hash is stored
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function openSession(context: Context, credentials: Credentials): Promise<string> {
  const { id: accountId, passwordHash } = await provePassword(context, credentials)
  const { secret, hash } = await makeOpaqueToken('session')
  const expiresAt = context.now + lifetimeMinutes * 60_000
  if (await insertSession(context.db, { hash, accountId, passwordHash, expiresAt })) return secret
  throw unauthorized({ kind: 'password-just-changed' })
}

/** Ends a session, if it has not ended already. */
export async function closeSession(db: Database, secret: string): Promise<void> {
  await deleteSession(db, await hashOpaqueToken(secret))
}
