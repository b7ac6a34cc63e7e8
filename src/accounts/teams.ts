/** The teams of an organisation and their members. Whoever calls has asked whether it may be done. */
import type { Account } from '../auth/access.ts'
import type { Doing } from '../db/accounts.ts'
import { isUniqueViolation, type Database } from '../db/database.ts'
import type { Member, OrganizationRecord, TeamRecord } from '../db/organizations.ts'
import {
  deleteTeam,
  deleteTeamMember,
  findTeam,
  findTeamMember,
  insertTeam,
  putTeamMember,
  updateTeam,
  type TeamDetails,
} from '../db/teams.ts'
import { RegistryError } from '../errors.ts'
import type { AccountName, TeamName } from '../names.ts'
import { memberUnknown } from './organizations.ts'

/** A team with the organisation that has it. */
export interface OwnedTeam {
  readonly organization: OrganizationRecord
  readonly team: TeamRecord
}

/** @throws RegistryError `team-exists` or `account-unknown` */
export async function createTeam(
  db: Database,
  organization: OrganizationRecord,
  team: { readonly name: TeamName; readonly description: string },
  doing: Doing,
): Promise<TeamDetails> {
  const made = await refusingTaken(organization, team.name, () => insertTeam(db, organization, team, doing))
  if (made === undefined) throw new RegistryError({ kind: 'account-unknown', name: organization.name })
  return made
}

/** @throws RegistryError `team-unknown` */
export async function getTeam(db: Database, owned: OwnedTeam): Promise<TeamDetails> {
  return requireTeam(owned, await findTeam(db, owned.team.id))
}

/** @throws RegistryError `team-exists` or `team-unknown` */
export async function changeTeam(
  db: Database,
  owned: OwnedTeam,
  changes: { readonly name?: TeamName | undefined; readonly description?: string | undefined },
  doing: Doing,
): Promise<TeamDetails> {
  const { organization, team } = owned
  const changed = await refusingTaken(organization, changes.name ?? team.name, () =>
    updateTeam(db, organization, team.id, changes, doing),
  )
  return requireTeam(owned, changed)
}

/** With what the team was given. @throws RegistryError `team-unknown` */
export async function removeTeam(db: Database, owned: OwnedTeam, doing: Doing): Promise<void> {
  if (!(await deleteTeam(db, owned.organization, owned.team.id, doing))) throw teamUnknown(owned)
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

/** It may have been deleted since it was looked up. */
function requireTeam(owned: OwnedTeam, team: TeamDetails | undefined): TeamDetails {
  if (team === undefined) throw teamUnknown(owned)
  return team
}

const teamUnknown = ({ organization, team }: OwnedTeam): RegistryError =>
  new RegistryError({ kind: 'team-unknown', organization: organization.name, name: team.name })

/** @throws RegistryError `team-member-unknown` */
export async function getTeamMember(db: Database, owned: OwnedTeam, name: AccountName): Promise<Member> {
  const member = await findTeamMember(db, owned.team.id, name)
  if (member === undefined) throw teamMemberUnknown(owned, name)
  return member
}

/** Somebody who may change who is in a team. */
export interface TeamManager {
  readonly account: Account
  /** Of the whole organisation: such a one also adds to the organisation, and says who administers the team. */
  readonly managesOrganization: boolean
}

/**
 * Adds a user to a team, or makes a member an administrator of it or an ordinary one.
 *
 * @param isAdmin undefined leaves it as it is
 * @throws RegistryError `user-unknown`, and for the administrator of a team `member-unknown` or `denied`
 */
export async function setTeamMember(
  db: Database,
  owned: OwnedTeam,
  { name, isAdmin }: { readonly name: AccountName; readonly isAdmin: boolean | undefined },
  { account, managesOrganization }: TeamManager,
  now: number,
): Promise<Member> {
  const doing = { by: account.name, now }
  if (managesOrganization) {
    const member = await putTeamMember(db, { ...owned, name, isAdmin, joins: true }, doing)
    if (member === undefined) throw new RegistryError({ kind: 'user-unknown', name })
    return member
  }
  if (isAdmin === true) throw mayNotAppoint(account, owned)
  const member = await putTeamMember(db, { ...owned, name, isAdmin: undefined, joins: false }, doing)
  if (member === undefined) throw memberUnknown(owned.organization, name)
  // Who is an administrator was in the team before, so nothing has changed.
  if (isAdmin === false && member.isAdmin) throw mayNotAppoint(account, owned)
  return member
}

/** The user stays in the organisation. @throws RegistryError `team-member-unknown` */
export async function removeTeamMember(db: Database, owned: OwnedTeam, name: AccountName, doing: Doing): Promise<void> {
  if (!(await deleteTeamMember(db, { ...owned, name }, doing))) throw teamMemberUnknown(owned, name)
}

const mayNotAppoint = (account: Account, { organization, team }: OwnedTeam): RegistryError =>
  new RegistryError({
    kind: 'denied',
    who: account.name,
    what: `say who administers the team ${team.name} of ${organization.name}`,
    scope: undefined,
  })

const teamMemberUnknown = ({ organization, team }: OwnedTeam, name: AccountName): RegistryError =>
  new RegistryError({ kind: 'team-member-unknown', organization: organization.name, team: team.name, name })
