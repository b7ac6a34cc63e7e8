/** What a sync asks of a directory: as much as a turn can hold, and no more. */
import { expect, it } from 'vitest'
import { entryOf } from '../../../src/identity/ldap/entries.ts'
import { ldapSource } from '../../../src/identity/sync/ldap-source.ts'
import { noMemberSync } from '../../../src/identity/sync/member-options.ts'
import { mostNamedEntries } from '../../../src/limits.ts'
import { aClient, aConfiguration } from '../ldap/configurations.ts'

const pageSize = 10_000
const entries = Array.from({ length: pageSize }, (_, at) => entryOf({ dn: `uid=${at},dc=test`, entryUUID: `${at}` }))

/** A directory whose groups and searches have so many pages. */
const sourceOf = (pages: number) =>
  ldapSource(aConfiguration(), async () =>
    aClient({
      async *search() {
        for (let page = 0; page < pages; page++) yield entries
      },
      async *readMembers() {
        for (let page = 0; page < pages; page++) yield entries.map(({ dn }) => dn)
      },
    }),
  )

const byGroup = { ...noMemberSync, selectGroupMembers: true, groupDN: 'cn=all,dc=test', groupMemberAttr: 'member' }
const bySearch = { ...noMemberSync, searchBaseDN: 'dc=test' }

it('a group and a search name up to the bound, and one that goes on is a fault', async () => {
  const most = mostNamedEntries / pageSize
  for (const options of [byGroup, bySearch]) {
    const named = await (await sourceOf(most)).membersOf(options)
    expect(named.kind).toBe(options === byGroup ? 'dns' : 'ids')
    await expect((await sourceOf(Infinity)).membersOf(options)).rejects.toMatchObject({ why: 'answer-too-large' })
  }
})
