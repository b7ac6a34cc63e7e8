/** DTR's MemberSyncOpts: how the members of a team, the owners of an organization or the administrators are found. */
import * as z from 'zod'
import { longestDn, longestLdapFilter, longestLdapAttribute } from '../../limits.ts'

export const memberSyncOptions = z.strictObject({
  enableSync: z.boolean(),
  selectGroupMembers: z.boolean().default(false),
  groupDN: z.string().max(longestDn).default(''),
  groupMemberAttr: z.string().max(longestLdapAttribute).default(''),
  searchBaseDN: z.string().max(longestDn).default(''),
  searchScopeSubtree: z.boolean().default(false),
  searchFilter: z.string().max(longestLdapFilter).default(''),
})
export type MemberSyncOptions = z.infer<typeof memberSyncOptions>

/** The options of what is not synced. */
export const noMemberSync: MemberSyncOptions = memberSyncOptions.parse({ enableSync: false })
