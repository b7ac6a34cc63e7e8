/** Makes, changes and deletes accounts, and makes the very first one from the deployment's settings. */
import { whyNoPassword } from '../auth/password-parameters.ts'
import type { Context } from '../context.ts'
import type { Attribution } from '../db/events/events.ts'
import {
  deleteAccount,
  hasUsers,
  insertAccount,
  updateAccount,
  type AccountChanges,
  type AccountRecord,
  type Outcome,
} from '../db/accounts/accounts.ts'
import { isForeignKeyViolation, isUniqueViolation, type Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'
import type { WhyBodyInvalid } from '../failures/requests.ts'
import { firstAdministrator, hasFormOfId, hasFormOfServiceAccount, type AccountName } from '../names.ts'
import { hashNewPassword } from './passwords.ts'
import { refuseServiceAccount } from './service-accounts.ts'

export interface NewAccount {
  readonly name: AccountName
  readonly isOrganization: boolean
  readonly fullName: string
  /** An organization has none. */
  readonly password: string | undefined
  readonly isAdmin: boolean
  readonly isActive: boolean
}

/** Creates a user or an organization. @throws RegistryError `body-invalid`, `account-exists` or `hashing-failed` */
export async function createAccount(
  db: Database,
  account: NewAccount,
  attribution: Attribution,
): Promise<AccountRecord> {
  const { password, ...record } = account
  if (hasFormOfId(record.name)) throw bodyInvalid({ kind: 'name-like-id' })
  if (hasFormOfServiceAccount(record.name)) throw bodyInvalid({ kind: 'name-like-service-account' })
  if (record.isOrganization) refuseForOrganization(record)
  if (record.isOrganization && password !== undefined && password !== '') {
    throw bodyInvalid({ kind: 'organization-with-password' })
  }
  const passwordHash = record.isOrganization ? null : await hashNewPassword(password ?? '')
  try {
    return await insertAccount(db, { ...record, passwordHash }, attribution)
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw new RegistryError({ kind: 'account-exists', name: record.name }, { cause: error })
    }
    throw error
  }
}

/**
 * Makes the account of a user of the directory, before the first login.
 *
 * @throws RegistryError `body-invalid`, or what the directory throws
 */
export async function importAccount(
  context: Context,
  { name, isOrganization, password, isAdmin, isActive }: NewAccount,
  by: AccountName,
): Promise<AccountRecord> {
  if (isOrganization) throw bodyInvalid({ kind: 'directory-organization' })
  if (password !== undefined && password !== '') throw bodyInvalid({ kind: 'directory-user-with-password' })
  const made = await context.directory?.importUser(context, name, by)
  if (made === undefined) throw bodyInvalid({ kind: 'no-directory' })
  const changes = { ...(isAdmin ? { isAdmin } : {}), ...(isActive ? {} : { isActive }) }
  if (Object.keys(changes).length === 0) return made
  return changeAccount(context.db, made, changes, { by, now: context.now })
}

/**
 * Changes the full name or the status of an account.
 *
 * @returns the account as it is now
 * @throws RegistryError `body-invalid`, `account-unknown`, `last-administrator` or `service-account-limited`
 */
export async function changeAccount<Details extends AccountRecord>(
  db: Database,
  account: Details,
  changes: AccountChanges,
  attribution: Attribution,
): Promise<Details> {
  if (account.isOrganization) refuseForOrganization(changes)
  if (changes.isAdmin === true) await refuseServiceAccount(db, account.name)
  requireDone(await updateAccount(db, account.id, changes, attribution), account)
  const { fullName = account.fullName, isActive = account.isActive, isAdmin = account.isAdmin } = changes
  return { ...account, fullName, isActive, isAdmin }
}

/**
 * Deletes an account that has no repositories.
 *
 * @throws RegistryError `account-unknown`, `last-administrator` or `account-has-repositories`
 */
export async function removeAccount(db: Database, account: AccountRecord, attribution: Attribution): Promise<void> {
  requireDone(await tryDelete(db, account, attribution), account)
}

async function tryDelete(db: Database, { id, name }: AccountRecord, attribution: Attribution): Promise<Outcome> {
  try {
    return await deleteAccount(db, id, attribution)
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new RegistryError({ kind: 'account-has-repositories', name }, { cause: error })
  }
}

function requireDone(outcome: Outcome, { name }: AccountRecord): void {
  if (outcome !== 'done') throw new RegistryError({ kind: outcome, name })
}

/** Refuses status changes of an organization: it cannot log in, so they have no meaning. */
function refuseForOrganization({ isActive, isAdmin }: AccountChanges): void {
  if (isActive === false) throw bodyInvalid({ kind: 'organization-inactive' })
  if (isAdmin === true) throw bodyInvalid({ kind: 'organization-administrator' })
}

const bodyInvalid = (reason: WhyBodyInvalid): RegistryError => new RegistryError({ kind: 'body-invalid', reason })

/**
 * Makes the administrator `admin` in a registry that has no user yet.
 *
 * @param password from the deployment's settings; undefined or empty creates no administrator
 * @returns whether it was made
 * @throws RegistryError `variable-invalid` for a text that cannot be a password
 */
export async function ensureFirstAdministrator(
  db: Database,
  password: string | undefined,
  now: number,
): Promise<boolean> {
  if (password === undefined || password === '' || (await hasUsers(db))) return false
  const reason = whyNoPassword(password)
  if (reason !== undefined) {
    throw new RegistryError({
      kind: 'variable-invalid',
      variable: 'BREAKWATER_ADMIN_PASSWORD',
      reason: { kind: 'no-password', reason },
    })
  }
  const first = { name: firstAdministrator, password, fullName: '', isAdmin: true, isActive: true }
  await createAccount(db, { ...first, isOrganization: false }, { by: '', now })
  return true
}
