/** The parts that commands about members of organizations and of teams share. */
import type { Schemas } from '../api.ts'
import { listed, type Output } from '../output.ts'

/** Makes the table of members. @param role heading of the column that tells who is more than a member */
export const listMembers = (members: readonly Schemas['Member'][], role: string): Output =>
  listed(
    members.toSorted((one, other) => (one.member.name < other.member.name ? -1 : 1)),
    {
      NAME: ({ member }) => member.name,
      'FULL NAME': ({ member }) => member.fullName,
      [role]: ({ isAdmin }) => isAdmin,
      ACTIVE: ({ member }) => member.isActive,
    },
    'There are no members.',
  )

/** Returns the body of a request that adds a member. Without a role, a member keeps the one they have. */
export const roleOf = (isAdmin: boolean | undefined): { isAdmin?: boolean } =>
  isAdmin === undefined ? {} : { isAdmin }
