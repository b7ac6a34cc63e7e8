import { beforeEach, describe, expect, it } from 'vitest'
import {
  longestDn,
  longestLdapAttribute,
  longestLdapFilter,
  longestReaderPassword,
  longestServerUrl,
  mostDirectoryDomains,
  mostUserSearches,
} from '../../src/limits.ts'
import { isWithin, text, times } from '../support/bounds.ts'
import { aPerson, type Person } from '../support/people.ts'

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

const search = { baseDN: 'ou=people,dc=acme,dc=test', usernameAttr: 'uid' }
const reader = { readerDN: 'cn=reader,dc=test', readerPassword: 'password of the reader' }
const store = (fields: object = {}): Promise<Response> =>
  root.ask('PUT', '/enzi/v0/config/auth/ldap', {
    serverURL: 'ldap://ldap.acme.test',
    ...reader,
    userSearchConfigs: [search],
    ...fields,
  })
const storeSearch = (fields: object): Promise<Response> => store({ userSearchConfigs: [{ ...search, ...fields }] })

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => Promise<boolean>]> = {
  longestServerUrl: [longestServerUrl, (size) => isWithin(store({ serverURL: `ldap://${text(size - 7)}` }))],
  longestReaderPassword: [longestReaderPassword, (size) => isWithin(store({ readerPassword: text(size) }))],
  longestDn: [longestDn, (size) => isWithin(storeSearch({ baseDN: `ou=${text(size - 3)}` }))],
  longestLdapAttribute: [longestLdapAttribute, (size) => isWithin(storeSearch({ usernameAttr: text(size) }))],
  longestLdapFilter: [longestLdapFilter, (size) => isWithin(storeSearch({ filter: `(cn=${text(size - 5)})` }))],
  mostUserSearches: [mostUserSearches, (size) => isWithin(store({ userSearchConfigs: times(size, search) }))],
  mostDirectoryDomains: [
    mostDirectoryDomains,
    (size) =>
      isWithin(
        store({
          additionalDomains: Array.from({ length: size }, (_, at) => ({
            domain: `dc=sub${at},dc=test`,
            serverURL: 'ldap://ldap.acme.test',
          })),
        }),
      ),
  ],
}

describe('so much is taken, and one more is not', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
