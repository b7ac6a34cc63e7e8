/** DTR's MemberSyncOpts: how the members of a team, the owners of an organization or the administrators are found. */
import * as z from 'zod'
import { longestDn, longestLdapAttribute, longestLdapFilter } from '../../limits.ts'

/** RFC 4512 section 2.5: a name with options, or an object identifier. */
const attribute = z
  .string()
  .max(longestLdapAttribute)
  .regex(/^(?:[a-z0-9][a-z0-9.;-]*)?$/i, { error: 'it must be the name of an attribute, like "member"' })

export const memberSyncOptions = z
  .strictObject({
    enableSync: z.boolean().describe('whether the directory decides; if false, the rest has no effect'),
    selectGroupMembers: z
      .boolean()
      .default(false)
      .describe('true: the members of a group (groupDN, groupMemberAttr); false: what a search finds'),
    groupDN: z.string().max(longestDn).default('').describe('like cn=dev,ou=groups,dc=example,dc=com'),
    groupMemberAttr: attribute.default('').describe('like member'),
    searchBaseDN: z.string().max(longestDn).default('').describe('like ou=people,dc=example,dc=com'),
    searchScopeSubtree: z
      .boolean()
      .default(false)
      .describe('true: all below the base; false: the entries right below it'),
    searchFilter: z.string().max(longestLdapFilter).default('').describe('RFC 4515; empty: every user'),
  })
  .refine(({ enableSync, selectGroupMembers, groupDN }) => !enableSync || !selectGroupMembers || groupDN !== '', {
    path: ['groupDN'],
    error: 'it must name a group',
  })
  .refine(
    ({ enableSync, selectGroupMembers, groupMemberAttr }) =>
      !enableSync || !selectGroupMembers || groupMemberAttr !== '',
    { path: ['groupMemberAttr'], error: 'it must name the attribute that has the members' },
  )
  .refine(
    ({ enableSync, selectGroupMembers, searchBaseDN }) => !enableSync || selectGroupMembers || searchBaseDN !== '',
    {
      path: ['searchBaseDN'],
      error: 'it must name the base of the search',
    },
  )
export type MemberSyncOptions = z.infer<typeof memberSyncOptions>

/** The options of what is not synced. */
export const noMemberSync: MemberSyncOptions = {
  enableSync: false,
  selectGroupMembers: false,
  groupDN: '',
  groupMemberAttr: '',
  searchBaseDN: '',
  searchScopeSubtree: false,
  searchFilter: '',
}

/** Reads options that were stored. @param text undefined: they were never set */
export const memberOptionsOf = (text: string | undefined): MemberSyncOptions =>
  text === undefined ? noMemberSync : memberSyncOptions.parse(JSON.parse(text))
