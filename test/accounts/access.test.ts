import { describe, expect, it } from 'vitest'
import { mayWithAccount, type AccountOperation } from '../../src/accounts/access.ts'
import type { AccountFacts } from '../../src/db/account-details.ts'
import { parseAccountName } from '../../src/names.ts'

const operations: readonly AccountOperation[] = [
  'view',
  'describe',
  'see-organizations',
  'change-password',
  'administer',
]

const none = { isMember: false, isOwner: false, isOwnerOfTheirs: false }
const table: readonly (readonly [string, Partial<AccountFacts> & { isSelf?: boolean; isAdmin?: boolean }, string])[] = [
  ['a stranger', {}, ''],
  ['a member of the organisation', { isMember: true }, 'view'],
  ['an owner of the organisation', { isMember: true, isOwner: true }, 'view describe'],
  ['an owner of an organisation of theirs', { isOwnerOfTheirs: true }, 'view'],
  ['the user', { isSelf: true }, 'view describe see-organizations change-password'],
  ['a system administrator', { isAdmin: true }, operations.join(' ')],
]

describe('what may be done with an account', () => {
  for (const [who, { isSelf = false, isAdmin = false, ...standing }, allowed] of table) {
    it(`by ${who}: ${allowed === '' ? 'nothing' : allowed}`, () => {
      const viewer = { id: 'viewer', name: parseAccountName('viewer'), isAdmin }
      const account = {
        id: isSelf ? 'viewer' : 'another',
        name: parseAccountName('another'),
        isOrganization: false,
        fullName: '',
        isAdmin: false,
        isActive: true,
        counts: undefined,
      }
      const facts = { ...none, ...standing, account }
      expect(operations.filter((operation) => mayWithAccount(viewer, facts, operation)).join(' ')).toBe(allowed)
    })
  }
})
