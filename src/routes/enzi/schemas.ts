/** The parts of eNZi's answers, in DTR's field names, and how they are made from records. */
import { z } from '@hono/zod-openapi'
import { longestPassword } from '../../auth/password-parameters.ts'
import type { AccountDetails } from '../../db/accounts/account-details.ts'
import { memberFilters, type AccountMember } from '../../db/accounts/organizations.ts'
import type { TeamDetails } from '../../db/accounts/teams.ts'
import { longestDescription, longestFullName, longestIdentifier } from '../../limits.ts'
import { isAccountName } from '../../names.ts'
import { announcePage, cutPage, startQuery, type Page } from '../shared/paging.ts'
import { accountParameter, lineText, linesText, teamNameText, teamParameter } from '../shared/schemas.ts'
import type { AppContext } from '../app-context.ts'

export const fullName = lineText(longestFullName)
export const description = linesText(longestDescription)

/** The minimum length is checked where a password is set; a longer text than this cannot be a password. */
export const password = z.string().max(longestPassword)

const counting = 'counted up to 10,000, or up to 100 in a list'

export const account = z
  .object({
    id: z.string(),
    name: z.string(),
    fullName: z.string(),
    isOrg: z.boolean(),
    isActive: z.boolean(),
    isAdmin: z.boolean(),
    isImported: z.boolean().openapi({ description: 'whether a directory or another provider knows the user' }),
    membersCount: z
      .number()
      .int()
      .optional()
      .openapi({ description: `of an organization, ${counting}` }),
    teamsCount: z
      .number()
      .int()
      .optional()
      .openapi({ description: `of an organization, ${counting}` }),
  })
  .openapi('Account')

export function accountJson({ isOrganization: isOrg, counts, ...details }: AccountDetails): z.infer<typeof account> {
  const counted = counts === undefined ? {} : { membersCount: counts.members, teamsCount: counts.teams }
  return { ...details, isOrg, ...counted }
}

export const member = z.object({ member: account, isAdmin: z.boolean() }).openapi('Member')

export const memberJson = ({ account: of, isAdmin }: AccountMember): z.infer<typeof member> => ({
  member: accountJson(of),
  isAdmin,
})

export const team = z
  .object({
    id: z.string(),
    orgID: z.string(),
    name: z.string(),
    description: z.string(),
    membersCount: z.number().int().openapi({ description: counting }),
  })
  .openapi('Team')

export const teamJson = ({ organizationId: orgID, ...details }: TeamDetails): z.infer<typeof team> => ({
  ...details,
  orgID,
})

/** The fields in the body of every page. */
export const pageFields = {
  resourceCount: z.number().int().openapi({ description: 'total count, up to 10,000' }),
  nextPageStart: z.string().openapi({ description: 'start of the next page; empty on the last one' }),
}

/**
 * Cuts a page from records of which one more than wanted was read, and says in the header where the next one starts, as
 * eNZi also does.
 */
export function pageOf<Item>(
  c: AppContext,
  read: readonly Item[],
  wanted: number,
  keyOf: (item: Item) => string,
): { items: Page<Item>['items']; nextPageStart: string } {
  const page = cutPage(read, wanted, keyOf)
  announcePage(c, page)
  return { items: page.items, nextPageStart: page.next ?? '' }
}

export const members = z.object({ members: z.array(member), ...pageFields }).openapi('Members')

export const memberQuery = z.object({
  filter: z
    .enum(memberFilters)
    .default('all')
    .openapi({ param: { name: 'filter', in: 'query' } }),
  ...startQuery,
})

/** An id may be marked as one by `id:`. */
export const accountPath = z.object({
  accountNameOrID: z
    .string()
    .max(longestIdentifier)
    .refine((text) => isAccountName(text) || isAccountName(text.replace(/^id:/, '')), {
      error: 'use the name or id of a user or an organization',
    })
    .openapi({
      param: { name: 'accountNameOrID', in: 'path' },
      description: 'the name or the id, optionally prefixed with "id:"',
      example: 'acme',
    }),
})

export const userPath = z.object({ username: accountParameter('username') })
export const organizationPath = z.object({ orgname: accountParameter('orgname') })
export const memberPath = organizationPath.extend({ membername: accountParameter('membername') })
export const teamPath = organizationPath.extend({ teamname: teamParameter })
export const teamMemberPath = teamPath.extend({ membername: accountParameter('membername') })

export const teamName = teamNameText

export const membership = z
  .object({ isAdmin: z.boolean().optional().openapi({ description: 'if omitted, it stays unchanged' }) })
  .openapi('Membership')

export const nothing = { 204: { description: 'done' } }
