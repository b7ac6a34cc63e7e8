/** The members of an organization. Callers have checked permission. */
import type { Attribution } from '../db/events/events.ts'
import { isDecidedBySync, type Database } from '../db/database.ts'
import {
  deleteMember,
  findMember,
  putMember,
  type AccountMember,
  type OrganizationRecord,
} from '../db/accounts/organizations.ts'
import { RegistryError } from '../errors.ts'
import type { AccountName } from '../names.ts'
import { refuseServiceAccount } from './service-accounts.ts'

/** Returns a member of an organization. @throws RegistryError `member-unknown` */
export async function getMember(
  db: Database,
  organization: OrganizationRecord,
  name: AccountName,
): Promise<AccountMember> {
  const member = await findMember(db, organization.id, name)
  if (member === undefined) throw memberUnknown(organization, name)
  return member
}

/**
 * Adds a user, or makes a member an owner or an ordinary one.
 *
 * @param isAdmin undefined leaves it as it is
 * @throws RegistryError `user-unknown`, `service-account-limited`, or `membership-synced` when a sync decides it
 */
export async function setMember(
  db: Database,
  organization: OrganizationRecord,
  name: AccountName,
  isAdmin: boolean | undefined,
  attribution: Attribution,
): Promise<AccountMember> {
  await refuseServiceAccount(db, name, isAdmin === true ? undefined : organization.id)
  const put = () => putMember(db, organization, name, isAdmin, attribution)
  const member = await refusingSynced(name, organization.name, put)
  if (member === undefined) throw new RegistryError({ kind: 'user-unknown', name })
  return member
}

/**
 * Removes a member from an organization and its teams.
 *
 * @throws RegistryError `member-unknown`, or `membership-synced` when a sync decides it
 */
export async function removeMember(
  db: Database,
  organization: OrganizationRecord,
  name: AccountName,
  attribution: Attribution,
): Promise<void> {
  const remove = () => deleteMember(db, organization, name, attribution)
  if (!(await refusingSynced(name, organization.name, remove))) throw memberUnknown(organization, name)
}

/** Changes a member by hand. @param group what the sentence of a refusal calls it @throws RegistryError `membership-synced` */
export async function refusingSynced<Result>(
  name: AccountName,
  group: string,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (!isDecidedBySync(error)) throw error
    throw new RegistryError({ kind: 'membership-synced', name, group }, { cause: error })
  }
}

export const memberUnknown = (organization: OrganizationRecord, name: AccountName): RegistryError =>
  new RegistryError({ kind: 'member-unknown', organization: organization.name, name })
