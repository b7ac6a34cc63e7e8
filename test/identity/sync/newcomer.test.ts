/** Where a user is put at the first login, by a directory in memory that counts what it is asked. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { findAccount } from '../../../src/db/accounts/accounts.ts'
import { findOrganization } from '../../../src/db/accounts/organizations.ts'
import type { DirectoryClient } from '../../../src/identity/ldap/directory-client.ts'
import { entryOf } from '../../../src/identity/ldap/entries.ts'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { DirectorySession } from '../../../src/identity/ldap/session.ts'
import { dnKeyOf } from '../../../src/identity/links/dn.ts'
import { ldapProvider } from '../../../src/identity/links/identity-store.ts'
import { provision } from '../../../src/identity/links/provision.ts'
import { noMemberSync, type MemberSyncOptions } from '../../../src/identity/sync/member-options.ts'
import { writeMemberSync } from '../../../src/identity/sync/member-syncs-store.ts'
import { placeNewcomer } from '../../../src/identity/sync/newcomer.ts'
import { mostSyncsOfFirstLogin } from '../../../src/limits.ts'
import { parseAccountName, parseTeamName } from '../../../src/names.ts'
import { anOrganization, aTeam } from '../../support/people.ts'
import { aConfiguration } from '../ldap/configurations.ts'
import { byGroup } from './memory-directory.ts'

const db = openDatabase(env.DB)
const dn = 'uid=ada,ou=people,dc=example'

/** Knows in which groups ada is, and which filters match her. */
class Ada implements DirectoryClient {
  readonly asked: string[] = []
  groups: readonly string[] = []
  filters: readonly string[] = []
  faults: Readonly<Record<string, DirectoryFault>> = {}

  async *search() {
    yield []
  }

  async readEntry(of: string, _attributes: readonly string[], { filter } = { filter: '' }) {
    this.#ask(filter)
    return of === dn && this.filters.includes(filter) ? entryOf({ dn, entryUUID: 'id-ada' }) : undefined
  }

  async isMember(group: string, _attribute: string, value: string) {
    this.#ask(group)
    return value === dn && this.groups.includes(group)
  }

  #ask(question: string): void {
    this.asked.push(question)
    const fault = this.faults[question]
    if (fault !== undefined) throw fault
  }

  async readEntries() {
    return []
  }

  async *readMembers() {
    yield []
  }

  async bind() {
    return false
  }

  close() {}
}

const bySearch = (searchFilter: string, changes: Partial<MemberSyncOptions> = {}): MemberSyncOptions => ({
  ...noMemberSync,
  enableSync: true,
  searchBaseDN: 'ou=people,dc=example',
  searchFilter,
  ...changes,
})

let acme = ''
let ada: Ada
beforeEach(async () => {
  acme = await anOrganization('acme')
  ada = new Ada()
})

/** Syncs a team of acme, or its owners. */
async function follow(team: string | undefined, options: MemberSyncOptions): Promise<void> {
  if (team !== undefined) await aTeam(acme, team)
  const name = team === undefined ? undefined : parseTeamName(team)
  const found = await findOrganization(db, '', parseAccountName('acme'), name)
  if (found === undefined) throw new Error('there is no organization')
  await writeMemberSync(db, found, { options, isEnabled: true }, { by: '', now: 1 })
}

/** Makes the account, and puts it where the directory has it. */
async function arrive(adminSyncOpts: MemberSyncOptions = noMemberSync): Promise<void> {
  const identity = { provider: ldapProvider, subject: 'id-ada', name: 'ada', dn, dnKey: dnKeyOf(dn) }
  const made = await provision(db, { ...identity, fullName: 'Ada' }, { by: '', now: 1 })
  if (made.outcome !== 'made') throw new Error(made.outcome)
  const session = new DirectorySession(aConfiguration({ adminSyncOpts }), async () => ada)
  await placeNewcomer({ db, now: 2 }, session, made.identity)
}

const teams = async (): Promise<string[]> => {
  const { results } = await env.DB.prepare(
    'SELECT name FROM team_members JOIN teams ON teams.id = team_id ORDER BY name',
  ).all<{ name: string }>()
  return results.map(({ name }) => name)
}

const isOwner = async (): Promise<boolean | undefined> => {
  const row = await env.DB.prepare(
    "SELECT members.is_admin FROM members JOIN accounts ON accounts.id = user_id WHERE name = 'ada'",
  ).first<{ is_admin: number }>()
  return row === null ? undefined : row.is_admin === 1
}

describe('a user who gets an account', () => {
  it('is in the teams that groups and searches name, and in no other', async () => {
    await follow('dev', byGroup('cn=dev'))
    await follow('ops', byGroup('cn=ops'))
    await follow('paris', bySearch('(l=paris)'))
    await follow('rome', bySearch('(l=rome)'))
    await follow('elsewhere', bySearch('(l=paris)', { searchBaseDN: 'ou=partners,dc=example' }))
    await follow('above', bySearch('(l=paris)', { searchBaseDN: 'dc=example' }))
    await follow('below', bySearch('(l=paris)', { searchBaseDN: 'dc=example', searchScopeSubtree: true }))
    ada.groups = ['cn=dev']
    ada.filters = ['(l=paris)']
    await arrive()
    expect(await teams()).toEqual(['below', 'dev', 'paris'])
    expect(await isOwner()).toBe(false)
    expect((await findAccount(db, parseAccountName('ada')))?.isAdmin).toBe(false)
  })

  it('is an owner and an administrator if the directory names it', async () => {
    await follow(undefined, byGroup('cn=owners'))
    ada.groups = ['cn=owners', 'cn=admins']
    await arrive(byGroup('cn=admins'))
    expect(await isOwner()).toBe(true)
    expect((await findAccount(db, parseAccountName('ada')))?.isAdmin).toBe(true)
    const { results } = await env.DB.prepare("SELECT type FROM events WHERE object_name = 'ada' ORDER BY id").all()
    expect(results).toEqual([{ type: 'CREATE' }, { type: 'UPDATE' }, { type: 'CREATE' }])
  })

  it('is asked about once for all teams of one group', async () => {
    for (const team of ['one', 'two', 'three']) await follow(team, byGroup('cn=dev'))
    ada.groups = ['cn=dev']
    await arrive()
    expect(ada.asked).toEqual(['cn=dev'])
    expect(await teams()).toEqual(['one', 'three', 'two'])
  })

  it('loses no other team to one that the directory refuses to tell of', async () => {
    await follow('dev', byGroup('cn=dev'))
    ada.groups = ['cn=dev', 'cn=admins']
    // Administrators are asked about first.
    ada.faults = { 'cn=admins': new DirectoryFault('search', 'not-permitted') }
    await arrive(byGroup('cn=admins'))
    expect(ada.asked).toEqual(['cn=admins', 'cn=dev'])
    expect(await teams()).toEqual(['dev'])
  })

  it('keeps what was found before the directory went away, and asks no further', async () => {
    await follow(undefined, byGroup('cn=owners'))
    ada.groups = ['cn=admins', 'cn=owners']
    ada.faults = { 'cn=owners': new DirectoryFault('search', 'closed') }
    await arrive(byGroup('cn=admins'))
    expect((await findAccount(db, parseAccountName('ada')))?.isAdmin).toBe(true)
    expect(await isOwner()).toBeUndefined()
  })

  it('is looked for in a bounded number of teams', async () => {
    const count = mostSyncsOfFirstLogin + 1
    await env.DB.batch(
      Array.from({ length: count }, (_, at) =>
        env.DB.prepare(
          `INSERT INTO member_syncs (id, organization_id, is_enabled, options)
           SELECT ? || id, id, 1, ? FROM accounts WHERE name = 'acme'`,
        ).bind(at, JSON.stringify(byGroup(`cn=${at}`))),
      ),
    )
    await arrive()
    expect(ada.asked).toHaveLength(mostSyncsOfFirstLogin)
  })
})
