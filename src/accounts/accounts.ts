/** Makes accounts: by an administrator, and the very first one from the deployment's settings. */
import { hashPassword, longestPassword } from '../auth/password.ts'
import { hasUsers, insertAccount, type AccountRecord, type Doing } from '../db/accounts.ts'
import { isUniqueViolation, type Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'
import { firstAdministrator, parseAccountName } from '../names.ts'

export interface NewUser {
  readonly name: string
  readonly password: string
  readonly fullName: string
  readonly isAdmin: boolean
  readonly isActive: boolean
}

export const shortestPassword = 8

/** @throws RegistryError `account-name-invalid`, `body-invalid` or `account-exists` */
export async function createUser(db: Database, user: NewUser, doing: Doing): Promise<AccountRecord> {
  const name = parseAccountName(user.name)
  const passwordHash = hashNewPassword(user.password)
  try {
    return await insertAccount(db, { ...user, name, isOrganization: false, passwordHash }, doing)
  } catch (error) {
    if (isUniqueViolation(error)) throw new RegistryError({ kind: 'account-exists', name }, { cause: error })
    throw error
  }
}

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
 * Makes the administrator `admin` in a registry that has no user yet.
 *
 * @param password from the deployment's settings; undefined makes nobody
 * @returns whether it was made
 */
export async function ensureFirstAdministrator(
  db: Database,
  password: string | undefined,
  now: number,
): Promise<boolean> {
  if (password === undefined || password === '' || (await hasUsers(db))) return false
  const first = { name: firstAdministrator, password, fullName: '', isAdmin: true, isActive: true }
  await createUser(db, first, { by: '', now })
  return true
}
