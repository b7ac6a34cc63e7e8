/** Makes accounts: by an administrator, and the very first one from the deployment's settings. */
import { hashPassword, longestPassword } from '../auth/password.ts'
import { hasAccounts, insertAccount, type Account } from '../db/accounts.ts'
import { isUniqueViolation, type Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'
import { firstAdministrator, isUsername } from '../names.ts'

export interface NewAccount {
  readonly username: string
  readonly password: string
  readonly isAdmin: boolean
}

const shortestPassword = 8

/** @throws RegistryError `username-invalid`, `body-invalid` or `account-exists` */
export async function createAccount(
  db: Database,
  { username, password, isAdmin }: NewAccount,
  now: number,
): Promise<Account> {
  if (!isUsername(username)) throw new RegistryError({ kind: 'username-invalid', username })
  if (password.length < shortestPassword || password.length > longestPassword) {
    throw new RegistryError({
      kind: 'body-invalid',
      why: `a password has ${shortestPassword} to ${longestPassword} characters; choose another one`,
    })
  }
  try {
    return await insertAccount(db, { username, passwordHash: hashPassword(password), isAdmin, now })
  } catch (error) {
    if (isUniqueViolation(error)) throw new RegistryError({ kind: 'account-exists', username }, { cause: error })
    throw error
  }
}

/**
 * Makes the administrator `admin` in a registry that has no account yet.
 *
 * @param password from the deployment's settings; undefined makes nobody
 * @returns whether it was made
 */
export async function ensureFirstAdministrator(
  db: Database,
  password: string | undefined,
  now: number,
): Promise<boolean> {
  if (password === undefined || password === '' || (await hasAccounts(db))) return false
  await createAccount(db, { username: firstAdministrator, password, isAdmin: true }, now)
  return true
}
