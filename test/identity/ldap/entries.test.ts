/** What the registry reads of entries. */
import { describe, expect, it } from 'vitest'
import { entryOf, rangeOf, valueOf } from '../../../src/identity/ldap/entries.ts'

const guid = Uint8Array.from({ length: 16 }, (_, at) => at)

describe('an entry', () => {
  it('has the id that its server never gives again, whatever the server', () => {
    expect(entryOf({ dn: 'cn=a', entryUUID: 'A1', objectGUID: guid }).subject).toBe(
      '03020100-0504-0706-0809-0a0b0c0d0e0f',
    )
    expect(entryOf({ dn: 'cn=a', entryUUID: ['A1'], nsUniqueId: [] }).subject).toBe('a1')
    expect(entryOf({ dn: 'cn=a', cn: 'a' }).subject).toBeUndefined()
  })

  it('has its attributes by names in lower case', () => {
    const entry = entryOf({ dn: 'CN=A, DC=test', sAMAccountName: 'Anna', mail: ['one', 'two'] })
    expect(valueOf(entry, 'SAMAccountName')).toBe('Anna')
    expect(entry.attributes.get('mail')).toEqual(['one', 'two'])
    expect(entry.dnKey).toBe('cn=a,dc=test')
  })
})

describe('the members of a group', () => {
  it('come in ranges from Active Directory, the last of which says so', () => {
    const first = entryOf({ dn: 'cn=a', member: [], 'member;range=0-1499': ['cn=one', 'cn=two'] })
    expect(rangeOf(first, 'Member')).toEqual({ values: ['cn=one', 'cn=two'], next: 1500 })
    const last = entryOf({ dn: 'cn=a', 'member;range=1500-*': ['cn=three'] })
    expect(rangeOf(last, 'member')).toEqual({ values: ['cn=three'], next: undefined })
  })

  it('come at once from others', () => {
    expect(rangeOf(entryOf({ dn: 'cn=a', member: 'cn=one' }), 'member')).toEqual({
      values: ['cn=one'],
      next: undefined,
    })
    expect(rangeOf(entryOf({ dn: 'cn=a' }), 'member')).toEqual({ values: [], next: undefined })
  })
})
