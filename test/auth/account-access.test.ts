/** Who may do what with an account: every principal × operation. */
import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/auth/authorization.ts'
import { mayActFor, mayWithAccount, operationFor, type AccountOperation } from '../../src/auth/account-access.ts'
import type { AccountStanding } from '../../src/db/accounts/account-details.ts'
import { parseAccountName } from '../../src/names.ts'

const anAccount = (isAdmin: boolean): Account => ({ id: '1', name: parseAccountName('alice'), isAdmin })
const none: AccountStanding = { isSelf: false, isMember: false, isOwner: false, isOwnerOfTheirs: false }

const principals = {
  'a stranger': { viewer: anAccount(false), standing: none },
  'a member of the organization': { viewer: anAccount(false), standing: { ...none, isMember: true } },
  'an owner of the organization': { viewer: anAccount(false), standing: { ...none, isMember: true, isOwner: true } },
  'an owner of an organization of theirs': { viewer: anAccount(false), standing: { ...none, isOwnerOfTheirs: true } },
  'the user': { viewer: anAccount(false), standing: { ...none, isSelf: true } },
  'a system administrator': { viewer: anAccount(true), standing: none },
} satisfies Record<string, { viewer: Account; standing: AccountStanding }>

type Who = keyof typeof principals
const everyWho = Object.keys(principals) as Who[]

const table: Record<AccountOperation, readonly Who[]> = {
  view: everyWho.filter((who) => who !== 'a stranger'),
  describe: ['an owner of the organization', 'the user', 'a system administrator'],
  'see-organizations': ['the user', 'a system administrator'],
  'see-sessions': ['the user', 'a system administrator'],
  'end-sessions': ['the user', 'a system administrator'],
  'change-password': ['the user', 'a system administrator'],
  'reset-password': ['a system administrator'],
  'change-status': ['a system administrator'],
  delete: ['a system administrator'],
}

describe('with an account', () => {
  for (const [operation, allowed] of Object.entries(table) as [AccountOperation, readonly Who[]][]) {
    for (const who of everyWho) {
      it(`${who} ${allowed.includes(who) ? 'may' : 'may not'} ${operation}`, () => {
        const { viewer, standing } = principals[who]
        expect(mayWithAccount(viewer, standing, operation)).toBe(allowed.includes(who))
      })
    }
  }
})

it('an administrator resets the passwords of others, and proves to have their own', () => {
  const self = { ...none, isSelf: true }
  expect(mayWithAccount(anAccount(true), self, 'reset-password')).toBe(false)
  expect(mayWithAccount(anAccount(true), self, 'change-password')).toBe(true)
})

describe('a change of an account', () => {
  it('is a change of status if it says whether the user is active or an administrator', () => {
    expect(operationFor({})).toBe('describe')
    expect(operationFor({ fullName: 'Alice' })).toBe('describe')
    for (const is of [true, false]) {
      expect(operationFor({ isActive: is })).toBe('change-status')
      expect(operationFor({ fullName: 'Alice', isAdmin: is })).toBe('change-status')
    }
  })
})

describe('for a user', () => {
  it('only the user and a system administrator may act', () => {
    const [alice, bob] = [parseAccountName('alice'), parseAccountName('bob')]
    expect(mayActFor(anAccount(false), alice)).toBe(true)
    expect(mayActFor(anAccount(false), bob)).toBe(false)
    expect(mayActFor(anAccount(true), bob)).toBe(true)
  })
})
