/** The user of a name, by searches in an order; and the work, which is the same for every name. */
import { describe, expect, it } from 'vitest'
import type { DirectoryConfiguration, UserSearch } from '../../../src/identity/ldap/configuration.ts'
import type { DirectoryClient, Search } from '../../../src/identity/ldap/directory-client.ts'
import { entryOf, type DirectoryEntry } from '../../../src/identity/ldap/entries.ts'
import { findUser, isPasswordOf } from '../../../src/identity/ldap/find-user.ts'
import { DirectorySession } from '../../../src/identity/ldap/session.ts'
import { aConfiguration } from './configurations.ts'

const people = 'ou=people,dc=acme,dc=test'
const partners = 'ou=partners,dc=acme,dc=test'

const personIn = (base: string, name: string, id = `id of ${name} in ${base}`): DirectoryEntry =>
  entryOf({ dn: `uid=${name},${base}`, uid: name, cn: `Full ${name}`, entryUUID: id })

const searchIn = (baseDN: string, changes: Partial<UserSearch> = {}): UserSearch => ({
  baseDN,
  scopeSubtree: true,
  usernameAttr: 'uid',
  fullNameAttr: 'cn',
  filter: '',
  matchGroup: false,
  matchGroupDN: '',
  matchGroupMemberAttr: '',
  matchGroupIterate: false,
  ...changes,
})

const configurationOf = (...userSearchConfigs: readonly UserSearch[]): DirectoryConfiguration =>
  aConfiguration({ userSearchConfigs })

/** Entries in memory, which note what they are asked. */
class Entries implements DirectoryClient {
  readonly asked: string[] = []
  members: readonly string[] = []

  constructor(private readonly entries: readonly DirectoryEntry[]) {}

  async *search({ baseDN, matching = [] }: Search) {
    this.asked.push('search')
    const value = matching[0]?.value
    yield this.entries.filter(({ dn, attributes }) => dn.endsWith(baseDN) && attributes.get('uid')?.[0] === value)
  }

  async readEntry() {
    return undefined
  }

  async *readMembers() {
    yield this.members
  }

  async isMember(_group: string, _attribute: string, value: string) {
    this.asked.push('is member')
    return this.members.includes(value)
  }

  async bind(dn: string, password: string) {
    this.asked.push('bind')
    return this.entries.some((entry) => entry.dn === dn) && password === 'right'
  }

  close() {}
}

async function logIn(client: Entries, configuration: DirectoryConfiguration, name: string, password = 'right') {
  const session = new DirectorySession(configuration, async () => client)
  const found = await findUser(session, name)
  return { ...found, isRight: await isPasswordOf(session, found.user, { name, password }) }
}

describe('the user of a name', () => {
  const both = configurationOf(searchIn(people), searchIn(partners))

  it('is that of the first search that finds one', async () => {
    const entries = new Entries([personIn(partners, 'anna'), personIn(people, 'anna'), personIn(partners, 'ben')])
    expect((await logIn(entries, both, 'anna')).user).toMatchObject({ dn: `uid=anna,${people}`, fullName: 'Full anna' })
    expect((await logIn(entries, both, 'ben')).user).toMatchObject({ dn: `uid=ben,${partners}` })
    expect((await logIn(entries, both, 'zoe')).user).toBeUndefined()
  })

  it('is none where a search finds several, whatever later ones find', async () => {
    const entries = new Entries([
      personIn(people, 'anna'),
      personIn(`ou=sub,${people}`, 'anna'),
      personIn(partners, 'anna'),
    ])
    const { user, findings, isRight } = await logIn(entries, both, 'anna')
    expect(user).toBeUndefined()
    expect(findings.map(({ kind }) => kind)).toEqual(['several', 'found'])
    expect(isRight).toBe(false)
  })

  it('has to be in the group that a search demands', async () => {
    const group = { matchGroup: true, matchGroupDN: 'cn=staff,dc=test', matchGroupMemberAttr: 'member' }
    const entries = new Entries([personIn(people, 'anna'), personIn(people, 'ben')])
    entries.members = [`uid=anna,${people}`]
    const configuration = configurationOf(searchIn(people, group))
    expect((await logIn(entries, configuration, 'anna')).isRight).toBe(true)
    const outsider = await logIn(entries, configuration, 'ben')
    expect(outsider).toMatchObject({ user: undefined, isRight: false })
    expect(outsider.findings.map(({ kind }) => kind)).toEqual(['not-in-group'])
  })

  it('costs the same work as an unknown name, and as one that several have', async () => {
    const group = { matchGroup: true, matchGroupDN: 'cn=staff,dc=test', matchGroupMemberAttr: 'member' }
    const configuration = configurationOf(searchIn(people, group), searchIn(partners))
    const known = [
      personIn(people, 'anna'),
      personIn(partners, 'ben'),
      personIn(people, 'cleo'),
      personIn(partners, 'cleo'),
    ]
    const work = await Promise.all(
      ['anna', 'ben', 'cleo', 'zoe'].map(async (name) => {
        const entries = new Entries(known)
        await logIn(entries, configuration, name, 'wrong')
        return entries.asked
      }),
    )
    expect(new Set(work.map(String)).size).toBe(1)
    expect(work[0]).toEqual(['search', 'is member', 'search', 'bind'])
  })

  it('is not taken where a bind as an entry that does not exist succeeds', async () => {
    const entries = new Entries([])
    entries.bind = async () => true
    expect((await logIn(entries, both, 'zoe')).isRight).toBe(false)
  })
})
