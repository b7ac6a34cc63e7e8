/** Who may do what with an account: a pure function from how somebody stands to it, as `auth/access.ts` is. */
import type { Account } from '../auth/access.ts'
import type { AccountFacts } from '../db/account-details.ts'

export type AccountOperation =
  | 'view'
  /** Change what it is called by people, not its name. */
  | 'describe'
  | 'see-organizations'
  | 'change-password'
  /** Activate, deactivate, promote, demote and delete. */
  | 'administer'

export function mayWithAccount(viewer: Account, facts: AccountFacts, operation: AccountOperation): boolean {
  const isSelf = facts.account.id === viewer.id
  if (viewer.isAdmin) return true
  switch (operation) {
    case 'view':
      return isSelf || facts.isMember || facts.isOwnerOfTheirs
    case 'describe':
      return isSelf || facts.isOwner
    case 'see-organizations':
    case 'change-password':
      return isSelf
    case 'administer':
      return false
  }
}
