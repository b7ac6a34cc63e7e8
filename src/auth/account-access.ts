/**
 * Permissions on the accounts of users and organizations: pure functions of how the caller relates to the account, as
 * `authorization.ts` has them for repositories.
 */
import type { AccountStanding } from '../db/accounts/account-details.ts'
import type { AccountChanges } from '../db/accounts/accounts.ts'
import type { AccountName } from '../names.ts'
import { mayInRegistry, seesAccounts, type Account } from './authorization.ts'

export type AccountOperation =
  | 'view'
  /** Change the full name. */
  | 'describe'
  | 'see-organizations'
  | 'see-sessions'
  | 'end-sessions'
  | 'change-password'
  /** Change the password without proving that one has it. */
  | 'reset-password'
  /** Activate, deactivate, promote and demote. */
  | 'change-status'
  | 'delete'

/** An operation with a user that a capability declares: for the user and for administrators. */
export interface DeclaredAccountOperation {
  /** Completes the sentence "alice may not … bob". */
  readonly words: string
  readonly decidesWhoGetsIn?: true
}

/** Decides whether the viewer may do this with the account that the standing is about. */
export function mayWithAccount(
  viewer: Account,
  standing: AccountStanding,
  operation: AccountOperation | DeclaredAccountOperation,
): boolean {
  // A stolen access token of an administrator must not be enough to change the password.
  if (operation === 'reset-password' && standing.isSelf) return false
  if (viewer.limit !== undefined && !mayLimited(viewer, standing, operation)) return false
  if (viewer.isAdmin) return true
  if (typeof operation !== 'string') return standing.isSelf
  switch (operation) {
    case 'view':
      return standing.isSelf || standing.isMember || standing.isOwnerOfTheirs
    case 'describe':
      return standing.isSelf || standing.isOwner
    case 'see-organizations':
    case 'see-sessions':
    case 'end-sessions':
    case 'change-password':
      return standing.isSelf
    case 'reset-password':
    case 'change-status':
    case 'delete':
      return false
  }
}

/** Tells whether a limited login is heard at all: it sees its own account, and others unless it is limited to repositories. */
function mayLimited(
  viewer: Account,
  standing: AccountStanding,
  operation: AccountOperation | DeclaredAccountOperation,
): boolean {
  return (operation === 'view' && standing.isSelf) || (seesAccounts(viewer) && isReading(operation))
}

const isReading = (operation: AccountOperation | DeclaredAccountOperation): boolean =>
  operation === 'view' || operation === 'see-organizations'

/** Tells whether an operation decides who gets in, for which an access token is not enough (see `proof.ts`). */
export const decidesWhoGetsIn = (operation: AccountOperation | DeclaredAccountOperation): boolean =>
  typeof operation === 'string'
    ? operation === 'reset-password' || operation === 'change-status' || operation === 'delete'
    : operation.decidesWhoGetsIn === true

/** Classifies a change of an account by the operation that it needs. */
export const operationFor = ({ isActive, isAdmin }: AccountChanges): 'change-status' | 'describe' =>
  isActive !== undefined || isAdmin !== undefined ? 'change-status' : 'describe'

/**
 * Tells whether the viewer may act for a user: list and create access tokens, and ask for the user's permissions. Does
 * not look up the user, so other viewers do not learn whether the user exists. A limited login acts for no user.
 */
export const mayActFor = (viewer: Account, user: AccountName): boolean =>
  viewer.limit === undefined && (viewer.name === user || mayInRegistry(viewer, 'administer'))
