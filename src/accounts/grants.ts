/** Access of teams: administrators of the repository or the namespace grant and revoke it. */
import { levelOn } from '../auth/authorization.ts'
import type { Attribution } from '../db/events/events.ts'
import { findAccount, type AccountRecord } from '../db/accounts/accounts.ts'
import type { Database } from '../db/database.ts'
import {
  deleteRepositoryGrant,
  listRepositoryGrants,
  listTeamGrants,
  setRepositoryGrant,
  type Listed,
  type NamePage,
  type RepositoryGrant,
  type RepositoryTeam,
  type SeenTeam,
  type TeamGrant,
} from '../db/access/grants.ts'
import {
  findNamespaceGrant,
  listNamespaceGrants,
  setNamespaceGrant,
  type InNamespace,
  type NamespaceTeam,
} from '../db/access/namespace-grants.ts'
import { findRepository, type RepositoryKey } from '../db/repositories/repositories.ts'
import { findStanding } from '../db/access/standings.ts'
import type { RepositoryRecord } from '../db/repositories/visible-repositories.ts'
import { RegistryError } from '../errors.ts'
import type { AccessLevel } from '../access-levels.ts'
import { namespaceOf, type AccountName, type RepositoryName, type TeamName } from '../names.ts'

/**
 * Lists the teams that have a grant on a repository, and the repository.
 *
 * @throws RegistryError `name-unknown` or `not-an-organization`
 */
export async function repositoryGrants(
  db: Database,
  repository: RepositoryKey,
  viewerId: string,
  page: NamePage,
): Promise<Listed<TeamGrant> & { readonly repository: RepositoryRecord }> {
  const listed = await listRepositoryGrants(db, repository.id, viewerId, page)
  return { ...listed, repository: ofOrganization(listed.repository, repository.name) }
}

/**
 * Gives a team a level on a repository, in place of an earlier one.
 *
 * @throws RegistryError `name-unknown`, `not-an-organization` or `team-unknown`
 */
export async function grantRepository(
  db: Database,
  target: RepositoryTeam,
  level: AccessLevel,
  viewerId: string,
  attribution: Attribution,
): Promise<TeamGrant & { readonly repository: RepositoryRecord }> {
  const { name } = target.repository
  const { repository: found, team } = await setRepositoryGrant(db, target, level, viewerId, attribution)
  const repository = ofOrganization(found, name)
  if (team === undefined) throw teamUnknown(namespaceOf(name), target.team)
  return { team, level, repository }
}

/**
 * Takes a team's grant on a repository away, if it has one.
 *
 * @throws RegistryError `name-unknown` or `not-an-organization`
 */
export async function revokeRepository(db: Database, target: RepositoryTeam, attribution: Attribution): Promise<void> {
  ofOrganization(await deleteRepositoryGrant(db, target, attribution), target.repository.name)
}

/**
 * Returns the repository if its namespace may have teams.
 *
 * @throws RegistryError `name-unknown` if it is undefined, `not-an-organization` in the namespace of a user
 */
function ofOrganization(repository: RepositoryRecord | undefined, name: RepositoryName): RepositoryRecord {
  if (repository === undefined) throw new RegistryError({ kind: 'name-unknown', repository: name })
  if (repository.namespaceType === 'organization') return repository
  throw new RegistryError({ kind: 'not-an-organization', name: namespaceOf(name) })
}

/**
 * Lists the repositories on which a team has a grant, and the team.
 *
 * @throws RegistryError `team-unknown` when the team is gone
 */
export async function teamGrants(
  db: Database,
  organization: AccountName,
  team: { readonly id: string; readonly name: TeamName },
  viewerId: string,
  page: NamePage,
): Promise<Listed<RepositoryGrant> & { readonly team: SeenTeam }> {
  const { team: found, ...listed } = await listTeamGrants(db, team.id, viewerId, page)
  if (found === undefined) throw teamUnknown(organization, team.name)
  return { ...listed, team: found }
}

/**
 * Lists the teams that have a grant on a whole namespace.
 *
 * @throws RegistryError `account-unknown` or `not-an-organization`
 */
export async function namespaceGrants(
  db: Database,
  namespace: AccountName,
  viewerId: string,
  page: NamePage,
): Promise<Listed<TeamGrant>> {
  return inOrganization(namespace, await listNamespaceGrants(db, namespace, viewerId, page))
}

/**
 * Returns a team with its grant on a whole namespace.
 *
 * @throws RegistryError `account-unknown`, `not-an-organization`, `team-unknown` or `grant-unknown`
 */
export async function namespaceGrant(db: Database, target: NamespaceTeam, viewerId: string): Promise<TeamGrant> {
  const { namespace, team } = target
  const grant = inOrganization(namespace, await findNamespaceGrant(db, target, viewerId))
  if (grant === undefined) throw teamUnknown(namespace, team)
  const { level } = grant
  if (level === undefined) throw new RegistryError({ kind: 'grant-unknown', team, target: namespace })
  return { team: grant.team, level }
}

/**
 * Gives a team a level on a whole namespace, in place of an earlier one.
 *
 * @throws RegistryError `account-unknown`, `not-an-organization` or `team-unknown`
 */
export async function grantNamespace(
  db: Database,
  target: NamespaceTeam,
  level: AccessLevel,
  viewerId: string,
  attribution: Attribution,
): Promise<TeamGrant> {
  const { namespace } = target
  const team = inOrganization(namespace, await setNamespaceGrant(db, target, level, viewerId, attribution))
  if (team === undefined) throw teamUnknown(namespace, target.team)
  return { team, level }
}

/**
 * Takes a team's grant on a whole namespace away, if it has one.
 *
 * @throws RegistryError `account-unknown` or `not-an-organization`
 */
export async function revokeNamespace(db: Database, target: NamespaceTeam, attribution: Attribution): Promise<void> {
  inOrganization(target.namespace, await setNamespaceGrant(db, target, undefined, '', attribution))
}

function inOrganization<Found>(name: AccountName, { isOrganization, found }: InNamespace<Found>): Found {
  if (isOrganization === undefined) throw new RegistryError({ kind: 'account-unknown', name })
  if (!isOrganization) throw new RegistryError({ kind: 'not-an-organization', name })
  return found
}

const teamUnknown = (organization: AccountName, name: TeamName): RegistryError =>
  new RegistryError({ kind: 'team-unknown', organization, name })

/**
 * Returns the effective access level of a user on a repository.
 *
 * @throws RegistryError `account-unknown`, also for an organization, or `name-unknown` when the user may not see it
 */
export async function accessOfUser(
  db: Database,
  username: AccountName,
  name: RepositoryName,
): Promise<RepositoryGrant & { readonly user: AccountRecord }> {
  const user = await findAccount(db, username)
  if (user === undefined || user.isOrganization) throw new RegistryError({ kind: 'account-unknown', name: username })
  const standing = await findStanding(db, user.id, name)
  const level = levelOn(user, standing)
  const unseen = new RegistryError({ kind: 'name-unknown', repository: name })
  if (standing.repository === undefined || level === 'none') throw unseen
  const repository = await findRepository(db, { id: standing.repository.id, name })
  if (repository === undefined) throw unseen
  return { user, level, repository }
}
