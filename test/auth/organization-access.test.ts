/** Who may do what in an organization: every principal × operation, and × whom it is about. */
import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/auth/authorization.ts'
import {
  mayInOrganization,
  mayWithMember,
  type MemberOperation,
  type OrganizationOperation,
} from '../../src/auth/organization-access.ts'
import type { OrganizationStanding } from '../../src/db/accounts/organizations.ts'
import { parseAccountName } from '../../src/names.ts'

const anAccount = (isAdmin: boolean): Account => ({ id: '1', name: parseAccountName('alice'), isAdmin })
const outside: OrganizationStanding = {
  isSelf: false,
  isMember: false,
  isOwner: false,
  isTeamMember: false,
  isTeamAdmin: false,
}
const member = { ...outside, isMember: true }

const principals = {
  'an anonymous caller': { account: undefined, standing: outside },
  'a stranger': { account: anAccount(false), standing: outside },
  'the user whose name it is': { account: anAccount(false), standing: { ...outside, isSelf: true } },
  'a member': { account: anAccount(false), standing: member },
  'a member of the team': { account: anAccount(false), standing: { ...member, isTeamMember: true } },
  'an administrator of the team': {
    account: anAccount(false),
    standing: { ...member, isTeamMember: true, isTeamAdmin: true },
  },
  'an owner': { account: anAccount(false), standing: { ...member, isOwner: true } },
  'a system administrator': { account: anAccount(true), standing: outside },
} satisfies Record<string, { account: Account | undefined; standing: OrganizationStanding }>

type Who = keyof typeof principals
const everyWho = Object.keys(principals) as Who[]
const administrators: readonly Who[] = ['an owner', 'a system administrator']
const members: readonly Who[] = ['a member', 'a member of the team', 'an administrator of the team', ...administrators]

const table: Record<OrganizationOperation, readonly Who[]> = {
  know: ['the user whose name it is', ...members],
  view: members,
  'view-team': ['a member of the team', 'an administrator of the team', ...administrators],
  'manage-team-members': ['an administrator of the team', ...administrators],
  'add-outsiders': administrators,
  'appoint-team-admins': administrators,
  manage: administrators,
}

describe('in an organization', () => {
  it('a caller without a login may do nothing, whatever is said of them', () => {
    const standing = { isSelf: true, isMember: true, isOwner: true, isTeamMember: true, isTeamAdmin: true }
    const allowed = Object.keys(table).filter((operation) =>
      mayInOrganization(undefined, standing, operation as OrganizationOperation),
    )
    expect(allowed).toEqual([])
  })

  for (const [operation, allowed] of Object.entries(table) as [OrganizationOperation, readonly Who[]][]) {
    for (const who of everyWho) {
      it(`${who} ${allowed.includes(who) ? 'may' : 'may not'} ${operation}`, () => {
        const { account, standing } = principals[who]
        expect(mayInOrganization(account, standing, operation)).toBe(allowed.includes(who))
      })
    }
  }
})

const memberTable: Record<MemberOperation, { readonly oneself: readonly Who[]; readonly another: readonly Who[] }> = {
  view: { oneself: members, another: members },
  put: { oneself: administrators, another: administrators },
  'see-teams': { oneself: members, another: administrators },
  remove: { oneself: members, another: administrators },
}

describe('with a member of an organization', () => {
  const names = { oneself: parseAccountName('alice'), another: parseAccountName('bob') }
  for (const [operation, allowed] of Object.entries(memberTable) as [MemberOperation, (typeof memberTable)['view']][]) {
    for (const who of everyWho) {
      for (const whom of ['oneself', 'another'] as const) {
        const may = allowed[whom].includes(who)
        it(`${who} ${may ? 'may' : 'may not'} ${operation}, if it is ${whom}`, () => {
          const { account, standing } = principals[who]
          expect(mayWithMember(account, standing, names[whom], operation)).toBe(may)
        })
      }
    }
  }
})
