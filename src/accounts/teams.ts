/** The teams of an organization and their members. Callers have checked permission. */
import type { Account } from '../auth/authorization.ts'
import { mayInOrganization } from '../auth/organization-access.ts'
import type { Attribution } from '../db/events/events.ts'
import { isUniqueViolation, type Database } from '../db/database.ts'
import type {
  AccountMember,
  OrganizationRecord,
  OrganizationStanding,
  TeamRecord,
} from '../db/accounts/organizations.ts'
import {
  deleteTeam,
  deleteTeamMember,
  findTeam,
  findTeamMember,
  insertTeam,
  putTeamMember,
  updateTeam,
  type TeamDetails,
} from '../db/accounts/teams.ts'
import { denied, RegistryError } from '../errors.ts'
import type { AccountName, TeamName } from '../names.ts'
import { memberUnknown, refusingSynced } from './organizations.ts'
import { refuseServiceAccount } from './service-accounts.ts'

/** A team with the organization that has it. */
export interface OwnedTeam {
  readonly organization: OrganizationRecord
  readonly team: TeamRecord
}

/** Creates a team. @throws RegistryError `team-exists` or `account-unknown` */
export async function createTeam(
  db: Database,
  organization: OrganizationRecord,
  team: { readonly name: TeamName; readonly description: string },
  attribution: Attribution,
): Promise<TeamDetails> {
  const made = await refusingTaken(organization, team.name, () => insertTeam(db, organization, team, attribution))
  if (made === undefined) throw new RegistryError({ kind: 'account-unknown', name: organization.name })
  return made
}

/** Returns the details of a team. @throws RegistryError `team-unknown` */
export async function getTeam(db: Database, owned: OwnedTeam): Promise<TeamDetails> {
  return requireTeam(owned, await findTeam(db, owned.team.id))
}

/** Changes the name or the description of a team. @throws RegistryError `team-exists` or `team-unknown` */
export async function changeTeam(
  db: Database,
  owned: OwnedTeam,
  changes: { readonly name?: TeamName | undefined; readonly description?: string | undefined },
  attribution: Attribution,
): Promise<TeamDetails> {
  const { organization, team } = owned
  const changed = await refusingTaken(organization, changes.name ?? team.name, () =>
    updateTeam(db, organization, team.id, changes, attribution),
  )
  return requireTeam(owned, changed)
}

/** Deletes a team and its grants. @throws RegistryError `team-unknown` */
export async function removeTeam(db: Database, owned: OwnedTeam, attribution: Attribution): Promise<void> {
  if (!(await deleteTeam(db, owned.organization, owned.team.id, attribution))) throw teamUnknown(owned)
}

async function refusingTaken<Result>(
  organization: OrganizationRecord,
  name: TeamName,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw new RegistryError({ kind: 'team-exists', organization: organization.name, name }, { cause: error })
    }
    throw error
  }
}

/** Returns the team, which may have been deleted since its lookup. @throws RegistryError `team-unknown` */
function requireTeam(owned: OwnedTeam, team: TeamDetails | undefined): TeamDetails {
  if (team === undefined) throw teamUnknown(owned)
  return team
}

const teamUnknown = ({ organization, team }: OwnedTeam): RegistryError =>
  new RegistryError({ kind: 'team-unknown', organization: organization.name, name: team.name })

/** Returns a member of a team. @throws RegistryError `team-member-unknown` */
export async function getTeamMember(db: Database, owned: OwnedTeam, name: AccountName): Promise<AccountMember> {
  const member = await findTeamMember(db, owned.team.id, name)
  if (member === undefined) throw teamMemberUnknown(owned, name)
  return member
}

const nameOf = ({ organization, team }: OwnedTeam): string => `the team ${organization.name}/${team.name}`

/** A caller who may change the members of a team. */
export interface TeamManager {
  readonly account: Account
  readonly standing: OrganizationStanding
}

/**
 * Adds a user to a team, or makes a member an administrator of it or an ordinary one.
 *
 * @param isAdmin undefined leaves it as it is
 * @throws RegistryError `user-unknown`, `member-unknown` if the caller may not add users from outside the organization,
 *   `denied` if the caller may not appoint team administrators, `service-account-limited`, or `membership-synced` when a
 *   sync decides it
 */
export async function setTeamMember(
  db: Database,
  owned: OwnedTeam,
  { name, isAdmin }: { readonly name: AccountName; readonly isAdmin: boolean | undefined },
  { account, standing }: TeamManager,
  now: number,
): Promise<AccountMember> {
  const joins = mayInOrganization(account, standing, 'add-outsiders')
  const appoints = mayInOrganization(account, standing, 'appoint-team-admins')
  if (isAdmin === true && !appoints) throw mayNotAppoint(account, owned)
  const wanted = { ...owned, name, isAdmin: appoints ? isAdmin : undefined, joins }
  if (joins) await refuseServiceAccount(db, name, isAdmin === true ? undefined : owned.organization.id)
  const put = () => putTeamMember(db, wanted, { by: account.name, now })
  const member = await refusingSynced(name, nameOf(owned), put)
  if (member === undefined) {
    throw joins ? new RegistryError({ kind: 'user-unknown', name }) : memberUnknown(owned.organization, name)
  }
  // An administrator was in the team before, so nothing has changed.
  if (isAdmin === false && member.isAdmin) throw mayNotAppoint(account, owned)
  return member
}

/**
 * Removes a user from a team; the user stays in the organization.
 *
 * @throws RegistryError `team-member-unknown`, or `denied` for a team administrator whom the caller may not remove, or
 *   `membership-synced` when a sync decides it
 */
export async function removeTeamMember(
  db: Database,
  owned: OwnedTeam,
  name: AccountName,
  { account, standing }: TeamManager,
  now: number,
): Promise<void> {
  const mayRemoveAny = name === account.name || mayInOrganization(account, standing, 'appoint-team-admins')
  const which = mayRemoveAny ? 'any-member' : 'no-administrator'
  const remove = () => deleteTeamMember(db, { ...owned, name }, which, { by: account.name, now })
  if (await refusingSynced(name, nameOf(owned), remove)) return
  const member = await findTeamMember(db, owned.team.id, name)
  throw member === undefined ? teamMemberUnknown(owned, name) : mayNotAppoint(account, owned)
}

const mayNotAppoint = (account: Account, { organization, team }: OwnedTeam): RegistryError =>
  denied(account.name, {
    kind: 'choose-team-administrators',
    organization: organization.name,
    team: team.name,
  })

const teamMemberUnknown = ({ organization, team }: OwnedTeam, name: AccountName): RegistryError =>
  new RegistryError({ kind: 'team-member-unknown', organization: organization.name, team: team.name, name })
