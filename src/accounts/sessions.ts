/** Sessions: a login that is remembered for a while by a secret. */
import type { Credentials, LoginContext } from '../auth/login.ts'
import { hashOpaqueToken, makeOpaqueToken } from '../auth/opaque-token.ts'
import type { Database } from '../db/database.ts'
import { deleteSession, insertSession } from '../db/logins.ts'
import { provePassword } from './passwords.ts'

const lifetimeMinutes = 60

/**
 * @returns the secret, which is kept nowhere
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function openSession(context: LoginContext, credentials: Credentials): Promise<string> {
  const { id: accountId } = await provePassword(context, credentials)
  const { secret, hash } = await makeOpaqueToken('session')
  await insertSession(context.db, { hash, accountId, expiresAt: context.now + lifetimeMinutes * 60_000 })
  return secret
}

/** A session that has ended already has ended. */
export async function closeSession(db: Database, secret: string): Promise<void> {
  await deleteSession(db, await hashOpaqueToken(secret))
}
