/** Passwords of users: what may be one, how one is proved, and how one is changed. */
import type { Account } from '../auth/access.ts'
import { logIn, type Credentials, type LoginContext } from '../auth/login.ts'
import { isOpaqueToken } from '../auth/opaque-token.ts'
import { hashPassword } from '../auth/password.ts'
import { longestPassword, shortestPassword } from '../auth/password-parameters.ts'
import { changePasswordHash, type AccountRecord, type Doing } from '../db/accounts.ts'
import type { Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'

/** @throws RegistryError `body-invalid` for a password that is too short or too long */
export function hashNewPassword(password: string): string {
  if (password.length < shortestPassword || password.length > longestPassword) {
    throw new RegistryError({
      kind: 'body-invalid',
      why: `a password has ${shortestPassword} to ${longestPassword} characters; choose another one`,
    })
  }
  return hashPassword(password)
}

/**
 * As a login, which slows down guessing, but with the password itself: what an access token opens ends with the token.
 *
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function provePassword(context: LoginContext, credentials: Credentials): Promise<Account> {
  if (isOpaqueToken('access', credentials.password)) {
    throw new RegistryError({
      kind: 'unauthorized',
      why: 'an access token does not do here: send the password itself',
      scope: undefined,
    })
  }
  return logIn(context, credentials)
}

/**
 * Sets a password and ends all sessions of the account.
 *
 * @throws RegistryError `body-invalid` or `user-unknown`
 */
export async function changePassword(
  db: Database,
  { id, name, isOrganization }: AccountRecord,
  newPassword: string,
  doing: Doing,
): Promise<void> {
  const isChanged = !isOrganization && (await changePasswordHash(db, id, hashNewPassword(newPassword), doing))
  if (!isChanged) throw new RegistryError({ kind: 'user-unknown', name })
}
