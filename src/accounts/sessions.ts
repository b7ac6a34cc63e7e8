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
 * @returns the secret, which is kept nowhere
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function openSession(context: Context, credentials: Credentials): Promise<string> {
  const { id: accountId, passwordHash } = await provePassword(context, credentials)
  const { secret, hash } = await makeOpaqueToken('session')
  const expiresAt = context.now + lifetimeMinutes * 60_000
  if (await insertSession(context.db, { hash, accountId, passwordHash, expiresAt })) return secret
  throw unauthorized('the password has just been changed: log in with the new one')
}

/** A session that has ended already has ended. */
export async function closeSession(db: Database, secret: string): Promise<void> {
  await deleteSession(db, await hashOpaqueToken(secret))
}
