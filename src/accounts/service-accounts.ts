/**
 * Service accounts: machines of an organization, as Harbor's robots. They have no password and no session, log in by
 * access tokens that are limited to their organization, and get their rights as members of teams.
 */
import type { AccessLimit } from '../access-limit.ts'
import type { Attribution } from '../db/events/events.ts'
import type { OrganizationRecord } from '../db/accounts/organizations.ts'
import {
  findOrganizationOfService,
  findServiceAccount,
  insertServiceAccount,
  type ServiceAccount,
} from '../db/accounts/service-accounts.ts'
import { isForeignKeyViolation, isUniqueViolation, type Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'
import { mostServiceAccounts } from '../limits.ts'
import { hasFormOfServiceAccount, isAccountName, namespaceOf, serviceAccountName, type AccountName } from '../names.ts'

/**
 * Makes a service account.
 *
 * @param shortName what stands after the name of the organization: `ci` for `robot.acme.ci`
 * @throws RegistryError `body-invalid`, `account-exists`, `account-unknown` or `too-many-service-accounts`
 */
export async function createServiceAccount(
  db: Database,
  organization: Pick<OrganizationRecord, 'id' | 'name'>,
  { shortName, description }: { readonly shortName: string; readonly description: string },
  attribution: Attribution,
): Promise<ServiceAccount> {
  const name = serviceAccountName(organization.name, shortName)
  if (!isAccountName(name)) throw new RegistryError({ kind: 'account-name-invalid', name })
  try {
    const wanted = { name, organizationId: organization.id, description }
    const made = await insertServiceAccount(db, wanted, mostServiceAccounts, attribution)
    if (made !== undefined) return made
  } catch (error) {
    if (isUniqueViolation(error)) throw new RegistryError({ kind: 'account-exists', name }, { cause: error })
    if (!isForeignKeyViolation(error)) throw error
    throw new RegistryError({ kind: 'account-unknown', name: organization.name }, { cause: error })
  }
  throw new RegistryError({ kind: 'too-many-service-accounts', limit: mostServiceAccounts })
}

/** Returns a service account of an organization. @throws RegistryError `account-unknown` */
export async function getServiceAccount(
  db: Database,
  organization: Pick<OrganizationRecord, 'id'>,
  name: AccountName,
): Promise<ServiceAccount> {
  const found = await findServiceAccount(db, organization.id, name)
  if (found === undefined) throw new RegistryError({ kind: 'account-unknown', name })
  return found
}

/**
 * Refuses what is for people alone: a password, the rights of an administrator or an owner, another organization.
 *
 * @param organizationId the only organization for which it is meant; undefined for none
 * @throws RegistryError `service-account-limited`
 */
export async function refuseServiceAccount(db: Database, name: AccountName, organizationId?: string): Promise<void> {
  if (!hasFormOfServiceAccount(name)) return
  const organization = await findOrganizationOfService(db, name)
  if (organization === undefined || organization.id === organizationId) return
  throw new RegistryError({ kind: 'service-account-limited', name })
}

/**
 * Returns the limit of a new token: that of a service account names places of its organization, or all of it.
 *
 * @throws RegistryError `body-invalid` for a place elsewhere
 */
export async function limitForOwner(
  db: Database,
  owner: AccountName,
  limit: AccessLimit | undefined,
): Promise<AccessLimit | undefined> {
  const organization = hasFormOfServiceAccount(owner) ? await findOrganizationOfService(db, owner) : undefined
  return organization === undefined ? limit : limitWithin(organization.name, limit)
}

function limitWithin(organization: AccountName, limit: AccessLimit | undefined): AccessLimit {
  const { level = 'all', within = { repositories: [], namespaces: [organization] } } = limit ?? {}
  const outside = [...within.repositories.map(namespaceOf), ...within.namespaces].find((name) => name !== organization)
  if (outside === undefined) return { level, within }
  throw new RegistryError({ kind: 'body-invalid', reason: { kind: 'place-elsewhere', organization } })
}
