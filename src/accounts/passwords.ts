/** Checks, proves and changes the passwords of users. */
import type { Account } from '../auth/authorization.ts'
import { mayWithAccount } from '../auth/account-access.ts'
import { checkPassword, type Credentials } from '../auth/login.ts'
import { isOpaqueToken } from '../auth/opaque-token.ts'
import { hashPassword } from '../auth/password.ts'
import { whyNoPassword } from '../auth/password-parameters.ts'
import type { Context } from '../context.ts'
import type { AccountStanding } from '../db/accounts/account-details.ts'
import type { Attribution } from '../db/events/events.ts'
import { changePasswordHash, type AccountRecord } from '../db/accounts/accounts.ts'
import type { LoginAccount } from '../db/accounts/logins.ts'
import type { Database } from '../db/database.ts'
import { RegistryError, unauthorized } from '../errors.ts'
import { refuseServiceAccount } from './service-accounts.ts'

/**
 * Hashes a new password.
 *
 * @throws RegistryError `body-invalid` for a text that cannot be a password, or `hashing-failed`
 */
export async function hashNewPassword(password: string): Promise<string> {
  const reason = whyNoPassword(password)
  if (reason !== undefined) throw new RegistryError({ kind: 'body-invalid', reason })
  return hashPassword(password)
}

/**
 * Checks a password as a login does, throttle included, but takes no access token: what a token opens must end with the
 * token.
 *
 * @throws RegistryError `unauthorized` or `too-many-logins`
 */
export async function provePassword(context: Context, credentials: Credentials): Promise<LoginAccount> {
  if (isOpaqueToken('access', credentials.password)) {
    throw unauthorized({ kind: 'password-not-proved' })
  }
  return checkPassword(context, credentials)
}

export interface NewPassword {
  readonly newPassword: string
  /** Deletes the access tokens of the user too: what a thief of the old password may have made. */
  readonly endAccessTokens: boolean
}

/** The caller who changes a password, their own or another user's. */
export interface PasswordChanger {
  readonly account: Account
  readonly standing: AccountStanding
}

/**
 * Changes a password for a caller who proves the old one or may do without it. The route has checked whether the caller
 * may change it at all.
 *
 * @throws RegistryError as `provePassword` and `setPassword`, or `body-invalid` without a needed old password
 */
export async function changePassword(
  context: Context,
  target: AccountRecord,
  { oldPassword, ...change }: NewPassword & { readonly oldPassword?: string | undefined },
  { account, standing }: PasswordChanger,
): Promise<void> {
  if (oldPassword !== undefined) await provePassword(context, { username: target.name, password: oldPassword })
  else if (!mayWithAccount(account, standing, 'reset-password')) {
    throw new RegistryError({ kind: 'body-invalid', reason: { kind: 'old-password-missing' } })
  }
  await setPassword(context.db, target, change, { by: account.name, now: context.now })
}

/**
 * Sets a password, ends all sessions of the user and, if wanted, deletes the user's access tokens.
 *
 * @throws RegistryError `body-invalid`, `hashing-failed`, `user-unknown`, `password-kept-elsewhere` or
 *   `service-account-limited`
 */
export async function setPassword(
  db: Database,
  { id, name, isOrganization, isImported }: AccountRecord,
  { newPassword, endAccessTokens }: NewPassword,
  attribution: Attribution,
): Promise<void> {
  if (isOrganization) throw new RegistryError({ kind: 'user-unknown', name })
  if (isImported) throw new RegistryError({ kind: 'password-kept-elsewhere', name })
  await refuseServiceAccount(db, name)
  const change = { passwordHash: await hashNewPassword(newPassword), endsAccessTokens: endAccessTokens }
  if (!(await changePasswordHash(db, id, change, attribution))) throw new RegistryError({ kind: 'user-unknown', name })
}
