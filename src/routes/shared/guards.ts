/**
 * Permission checks of the administrative API. What a caller has no access to is reported as not found (404), what the
 * caller sees but may not do is refused (403), and only public routes are open without a login (401).
 */
import {
  isAllowed,
  isOpen,
  levelOn,
  levelOnNamespace,
  mayInNamespace,
  type Account,
  type ClosedOperation,
  type DeclaredOperation,
  type NamespaceOperation,
  type OpenOperation,
  type RepositoryOperation,
} from '../../auth/authorization.ts'
import {
  mayInOrganization,
  mayWithMember,
  type MemberOperation,
  type OrganizationOperation,
} from '../../auth/organization-access.ts'
import {
  findOrganization,
  type OrganizationRecord,
  type OrganizationStanding,
  type TeamRecord,
} from '../../db/accounts/organizations.ts'
import type { DeletionRight } from '../../db/access/rights.ts'
import { findNamespaceStanding, findStanding } from '../../db/access/standings.ts'
import { denied, RegistryError } from '../../errors.ts'
import type { Deed } from '../../failures/deeds.ts'
import type { Level } from '../../access-levels.ts'
import { parseRepositoryName, type AccountName, type RepositoryName, type TeamName } from '../../names.ts'
import type { AppContext } from '../app-context.ts'
import { accountOf, requireAccount } from './router.ts'

export interface SeenRepository {
  readonly id: number
  readonly name: RepositoryName
  /** The access level of the caller on it. */
  readonly level: Level
}

export interface RepositoryPath {
  readonly namespace: string
  readonly reponame: string
}

/**
 * Requires that the caller may do an operation with a repository.
 *
 * @param path the parameters of the route
 * @returns the repository and the caller, who has logged in unless the operation is an open one
 * @throws RegistryError `unauthorized`, `name-unknown` or `denied`
 */
export async function requireRepository(
  c: AppContext,
  path: RepositoryPath,
  operation: ClosedOperation | DeclaredOperation,
): Promise<SeenRepository & { readonly account: Account }>
export async function requireRepository(
  c: AppContext,
  path: RepositoryPath,
  operation: OpenOperation,
): Promise<SeenRepository>
export async function requireRepository(
  c: AppContext,
  path: RepositoryPath,
  operation: RepositoryOperation | DeclaredOperation,
): Promise<SeenRepository & { readonly account: Account | undefined }> {
  const name = parseRepositoryName(`${path.namespace}/${path.reponame}`)
  const account = isOpen(operation) ? accountOf(c) : requireAccount(c)
  const standing = await findStanding(c.get('context').db, account?.id, name)
  const level = levelOn(account, standing)
  if (standing.repository === undefined || level === 'none') {
    throw new RegistryError({ kind: 'name-unknown', repository: name })
  }
  if (!isAllowed(level, operation)) {
    throw denied(account?.name, deedWith(name, operation))
  }
  return { id: standing.repository.id, name, level, account }
}

const deedWith = (repository: RepositoryName, operation: RepositoryOperation | DeclaredOperation): Deed =>
  typeof operation === 'string'
    ? { kind: 'with-repository', repository, operation }
    : { kind: 'declared-with-repository', repository, words: operation.words }

/** Returns the right of a caller who passed the guard, for functions that the distribution API uses too. */
export const rightOf = ({
  id,
  name,
  account,
  level,
}: SeenRepository & { readonly account: Account }): DeletionRight => ({
  repository: name,
  ground: { repositoryId: id },
  holder: account,
  scope: undefined,
  takesImmutable: isAllowed(level, 'delete-immutable-tags'),
})

/**
 * Requires that the caller may do an operation in a namespace.
 *
 * @returns the caller
 * @throws RegistryError `unauthorized`, `account-unknown` or `denied`
 */
export async function requireNamespace(
  c: AppContext,
  namespace: AccountName,
  operation: NamespaceOperation | DeclaredOperation,
): Promise<Account> {
  const account = requireAccount(c)
  const standing = await findNamespaceStanding(c.get('context').db, account.id, namespace)
  if (!mayInNamespace(account, standing, 'view')) throw new RegistryError({ kind: 'account-unknown', name: namespace })
  if (typeof operation === 'string') {
    if (!mayInNamespace(account, standing, operation)) {
      throw denied(account.name, { kind: 'in-namespace', namespace, operation })
    }
  } else if (!isAllowed(levelOnNamespace(account, standing), operation)) {
    throw denied(account.name, { kind: 'declared-in-namespace', namespace, words: operation.words })
  }
  return account
}

export interface SeenOrganization {
  readonly account: Account
  readonly organization: OrganizationRecord
  /** The role of the account in it. */
  readonly standing: OrganizationStanding
}

type Decision = (account: Account, standing: OrganizationStanding) => boolean

/**
 * Requires that the caller may do an operation with an organization.
 *
 * @param deed for the sentence of a refusal
 * @throws RegistryError `unauthorized`, `account-unknown`, `not-an-organization` or `denied`
 */
export async function requireOrganization(
  c: AppContext,
  name: AccountName,
  operation: OrganizationOperation,
  deed: Deed,
): Promise<SeenOrganization> {
  const may: Decision = (account, standing) => mayInOrganization(account, standing, operation)
  const { team: _, ...seen } = await openOrganization(c, name, undefined, may, deed)
  return seen
}

/**
 * Requires, as `requireOrganization` does, that the caller may do an operation with a member, who need not be one yet.
 */
export async function requireMember(
  c: AppContext,
  name: AccountName,
  member: AccountName,
  operation: MemberOperation,
  deed: Deed,
): Promise<SeenOrganization> {
  const may: Decision = (account, standing) => mayWithMember(account, standing, member, operation)
  const { team: _, ...seen } = await openOrganization(c, name, undefined, may, deed)
  return seen
}

/**
 * Requires, as `requireOrganization` does, that the caller may do an operation with a team.
 *
 * @throws RegistryError also `team-unknown`
 */
export async function requireTeam(
  c: AppContext,
  name: AccountName,
  team: TeamName,
  operation: OrganizationOperation,
  deed: Deed,
): Promise<SeenOrganization & { readonly team: TeamRecord }> {
  const may: Decision = (account, standing) => mayInOrganization(account, standing, operation)
  const opened = await openOrganization(c, name, team, may, deed)
  if (opened.team === undefined) throw new RegistryError({ kind: 'team-unknown', organization: name, name: team })
  return { ...opened, team: opened.team }
}

async function openOrganization(
  c: AppContext,
  name: AccountName,
  team: TeamName | undefined,
  may: Decision,
  deed: Deed,
): Promise<SeenOrganization & { readonly team: TeamRecord | undefined }> {
  const account = requireAccount(c)
  const facts = await findOrganization(c.get('context').db, account.id, name, team)
  if (facts === undefined || !mayInOrganization(account, facts.standing, 'know')) {
    throw new RegistryError({ kind: 'account-unknown', name })
  }
  const { organization, standing } = facts
  if (!organization.isOrganization) throw new RegistryError({ kind: 'not-an-organization', name })
  if (!may(account, standing)) throw denied(account.name, deed)
  return { account, organization, standing, team: facts.team }
}
