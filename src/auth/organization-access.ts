/**
 * Permissions in an organization: pure functions of how the caller relates to it, as `authorization.ts` has them for
 * repositories.
 */
import type { OrganizationStanding } from '../db/accounts/organizations.ts'
import type { AccountName } from '../names.ts'
import { seesAccounts, type Account } from './authorization.ts'

export type OrganizationOperation =
  /** Learn that an account of the name exists; it may also be a user, namely the caller. */
  | 'know'
  /** See its members and its teams. */
  | 'view'
  /** See the members of a team and its grants. */
  | 'view-team'
  /** Add members of the organization to a team, and remove them. */
  | 'manage-team-members'
  /** Add users to a team who are not in the organization, and so join it. */
  | 'add-outsiders'
  /** Choose the administrators of a team. */
  | 'appoint-team-admins'
  /** Change members, teams, and what teams may do. */
  | 'manage'

/** What a limited login may do too: it reads, if it is not limited to repositories, and changes nothing. */
const reading: ReadonlySet<OrganizationOperation> = new Set(['know', 'view', 'view-team'])

/** Decides whether a caller may do this in the organization that the standing is about. */
export function mayInOrganization(
  account: Account | undefined,
  standing: OrganizationStanding,
  operation: OrganizationOperation,
): boolean {
  if (account === undefined || !seesAccounts(account)) return false
  if (account.limit !== undefined && !reading.has(operation)) return false
  if (account.isAdmin || standing.isOwner) return true
  switch (operation) {
    case 'know':
      return standing.isMember || standing.isSelf
    case 'view':
      return standing.isMember
    case 'view-team':
      return standing.isTeamMember
    case 'manage-team-members':
      return standing.isTeamAdmin
    case 'add-outsiders':
    case 'appoint-team-admins':
    case 'manage':
      return false
  }
}

/** Operations on one member of an organization. */
export type MemberOperation =
  | 'view'
  /** Add a user, or choose whether a member is an owner. */
  | 'put'
  | 'see-teams'
  | 'remove'

/**
 * Decides whether a caller may do this with one member of an organization.
 *
 * @param member the name of the member, which may be the caller
 */
export function mayWithMember(
  account: Account | undefined,
  standing: OrganizationStanding,
  member: AccountName,
  operation: MemberOperation,
): boolean {
  switch (operation) {
    case 'view':
      return mayInOrganization(account, standing, 'view')
    case 'see-teams':
      return mayInOrganization(account, standing, account?.name === member ? 'view' : 'manage')
    case 'remove':
      // Every member may leave, but a limited login takes no one out.
      return (
        account?.limit === undefined &&
        mayInOrganization(account, standing, account?.name === member ? 'view' : 'manage')
      )
    case 'put':
      return mayInOrganization(account, standing, 'manage')
  }
}
