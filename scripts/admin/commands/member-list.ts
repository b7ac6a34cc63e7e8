/** What commands about members of organizations and of teams share. */
import { UsageError } from '../errors.ts'
import { listed, type Output } from '../output.ts'
import type { Member } from '../schemas.ts'

/** @param role heading of the column that tells who is more than a member */
export function listMembers(members: readonly Member[], role: string): Output {
  return listed(
    members.toSorted((one, other) => (one.member.name < other.member.name ? -1 : 1)),
    {
      NAME: ({ member }) => member.name,
      'FULL NAME': ({ member }) => member.fullName,
      [role]: ({ isAdmin }) => isAdmin,
      ACTIVE: ({ member }) => member.isActive,
    },
    'It has no members.',
  )
}

/**
 * The body of a request that adds a member: with neither flag, whoever is a member already stays what they are.
 *
 * @throws UsageError
 */
export function roleOf(isMore: boolean, isNoMore: boolean): { isAdmin?: boolean } {
  if (isMore && isNoMore) throw new UsageError('the two options exclude each other')
  return isMore || isNoMore ? { isAdmin: isMore } : {}
}
