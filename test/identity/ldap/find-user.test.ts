/** The user of a name, by searches in an order; and the work, which is the same for every name. */
import { describe, expect, it } from 'vitest'
import type { DirectoryConfiguration, UserSearch } from '../../../src/identity/ldap/configuration.ts'
import type { DirectoryClient, Search } from '../../../src/identity/ldap/directory-client.ts'
import { entryOf, type DirectoryEntry } from '../../../src/identity/ldap/entries.ts'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { findUser, isPasswordOf, provenUser } from '../../../src/identity/ldap/find-user.ts'
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

  async readEntries() {
    return []
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

describe('a server that cannot be asked', () => {
  const partnersUrl = 'ldap://partners.acme.test'
  const configuration = aConfiguration({
    userSearchConfigs: [searchIn(people), searchIn(partners)],
    additionalDomains: [{ ...aConfiguration(), serverURL: partnersUrl, domain: partners }],
  })
  const entries = [personIn(people, 'anna'), personIn(partners, 'ben')]
  const logInWithout = (url: string, name: string, password = 'right') => {
    const session = new DirectorySession(configuration, async ({ serverURL }) => {
      if (serverURL === url) throw new DirectoryFault('connect', 'unreachable')
      return new Entries(entries)
    })
    return provenUser(session, { name, password })
  }
  const main = configuration.serverURL

  it('does not keep out users of the searches before', async () => {
    expect(await logInWithout(partnersUrl, 'anna')).toMatchObject({ dn: `uid=anna,${people}` })
  })

  it('keeps out those of its own search and of later ones, who could be of another user', async () => {
    await expect(logInWithout(partnersUrl, 'ben')).rejects.toMatchObject({ why: 'unreachable' })
    await expect(logInWithout(main, 'ben')).rejects.toMatchObject({ why: 'unreachable' })
  })

  it('gives the same answer for a wrong password as for an unknown name', async () => {
    for (const name of ['anna', 'zoe']) {
      await expect(logInWithout(partnersUrl, name, 'wrong')).rejects.toMatchObject({ why: 'unreachable' })
    }
  })

  it('is asked nothing more when the session has ended', async () => {
    let opened = 0
    const session = new DirectorySession(configuration, async () => {
      opened += 1
      session.close()
      throw new DirectoryFault('search', 'timeout')
    })
    await expect(provenUser(session, { name: 'anna', password: 'right' })).rejects.toMatchObject({ why: 'timeout' })
    expect(opened).toBe(1)
  })
})
