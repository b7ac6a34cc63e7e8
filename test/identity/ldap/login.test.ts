/** Logins and imports of users of a directory in memory, which counts what it is asked. The real one is in `test/e2e/`. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../../../src/context.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { findAccount, updateAccount } from '../../../src/db/accounts/accounts.ts'
import { findOrganization } from '../../../src/db/accounts/organizations.ts'
import { entryOf, type DirectoryEntry } from '../../../src/identity/ldap/entries.ts'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { directoryLoginBy } from '../../../src/identity/ldap/login.ts'
import { writeMemberSync } from '../../../src/identity/sync/member-syncs-store.ts'
import { parseAccountName, parseTeamName, type AccountName } from '../../../src/names.ts'
import { testContext } from '../../support/context.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anAccount, anOrganization, aPerson, aTeam } from '../../support/people.ts'
import { byGroup } from '../sync/memory-directory.ts'
import { aClient } from './configurations.ts'

const db = openDatabase(env.DB)
const people = 'ou=people,dc=acme,dc=test'
const personOf = (name: string, id = `id-${name}`): DirectoryEntry =>
  entryOf({ dn: `uid=${name},${people}`, uid: name, cn: `Full ${name}`, ...(id === '' ? {} : { entryUUID: id }) })

let entries: readonly DirectoryEntry[] = []
let groups: Readonly<Record<string, readonly string[]>> = {}
let opened = 0
let fault: DirectoryFault | undefined

/** A directory that takes the password "right" of each entry. */
const directory = () =>
  directoryLoginBy(async () => {
    opened += 1
    if (fault !== undefined) throw fault
    return aClient({
      async *search({ matching = [] }) {
        const wanted = matching[0]?.value.toLowerCase()
        yield entries.filter(({ attributes }) => attributes.get('uid')?.[0]?.toLowerCase() === wanted)
      },
      isMember: async (group, _attribute, dn) => groups[group]?.includes(dn) === true,
      bind: async (dn, password) => password === 'right' && entries.some((entry) => entry.dn === dn),
    })
  })

const settings = {
  serverURL: 'ldap://ldap.acme.test',
  userSearchConfigs: [{ baseDN: people, usernameAttr: 'uid', fullNameAttr: 'cn' }],
}

async function configure(changes: object = {}): Promise<void> {
  const root = await aPerson(`root${opened}${Date.now()}`, { isAdmin: true })
  const answer = await root.ask('PUT', '/enzi/v0/config/auth/ldap', { ...settings, ...changes })
  if (answer.status !== 200) throw new Error(await answer.text())
}

beforeEach(async () => {
  entries = [personOf('anna'), personOf('ben')]
  groups = {}
  opened = 0
  fault = undefined
  await configure()
})

let clock = 1_800_000_000_000
const contextOf = (): Context => testContext({ now: clock, clock: () => clock })
const check = (name: string, password = 'right', by = directory()) =>
  by.check(contextOf(), { name: parsed(name), password, key: `${name} ${password}`, account: undefined })
const parsed = (name: string): AccountName | '' => (name === '' ? '' : parseAccountName(name))

describe('a login', () => {
  it('makes the account of a right password, and finds it afterwards', async () => {
    const first = await check('anna')
    expect(first).toMatchObject({ name: 'anna', isAdmin: false, passwordHash: null })
    expect(await check('anna')).toEqual(first)
    expect(await countRows('identities')).toBe(1)
  })

  it('is none with a wrong password, an unknown name, or none that an account could have', async () => {
    expect(await check('anna', 'wrong')).toBeUndefined()
    expect(await check('zoe')).toBeUndefined()
    expect(await check('')).toBeUndefined()
    expect(await countRows('identities')).toBe(0)
  })

  it.each([
    ['empty', ''],
    // A soft hyphen: a server that prepares passwords compares the empty one (RFC 4513 section 5.1.3).
    ['empty for the server', '\u00ad\u200b'],
    ['the secret of a session', `bws_${'a'.repeat(43)}`],
    ['the token of a CI job', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJl'],
  ])('with a password that is %s asks nothing', async (_, password) => {
    expect(await check('anna', password)).toBeUndefined()
    expect(opened).toBe(0)
  })

  it('waits for the sync where logins make no accounts', async () => {
    await configure({ jitUserProvisioning: false })
    await expect(check('anna')).rejects.toMatchObject({ failure: { kind: 'directory-user-waits' } })
    expect(await countRows('identities')).toBe(0)
  })

  it('follows the id, and not the name', async () => {
    const anna = await check('anna')
    entries = [personOf('anna-maria', 'id-anna'), personOf('anna', 'id-another')]
    expect(await check('anna-maria')).toEqual(anna)
    await expect(check('anna')).rejects.toMatchObject({ failure: { kind: 'directory-name-refused', refusal: 'taken' } })
  })

  it('takes no local account over, and makes none without an id that stays', async () => {
    await anAccount('ben', 'password of ben')
    await expect(check('ben')).rejects.toMatchObject({ failure: { kind: 'directory-name-refused' } })
    entries = [personOf('anna', '')]
    await expect(check('anna')).rejects.toMatchObject({ failure: { kind: 'directory-unavailable' } })
  })

  it('is refused to an account that is deactivated here', async () => {
    await check('anna')
    const account = await findAccount(db, 'anna')
    await updateAccount(db, account?.id ?? '', { isActive: false }, { by: '', now: 2 })
    expect(await check('anna')).toBe('inactive')
  })

  it('of the first time puts the user into the synced teams, also as an administrator', async () => {
    await anOrganization('acme')
    await aTeam((await findAccount(db, 'acme'))?.id ?? '', 'dev')
    await configure({ adminSyncOpts: byGroup('cn=admins') })
    await follow('dev', 'cn=dev')
    groups = { 'cn=dev': [`uid=anna,${people}`], 'cn=admins': [`uid=anna,${people}`] }
    expect(await check('anna', 'wrong')).toBeUndefined()
    expect(await countRows('team_members')).toBe(0)
    expect(await check('anna')).toMatchObject({ isAdmin: true })
    expect(await check('ben')).toMatchObject({ isAdmin: false })
    expect(await countRows('team_members')).toBe(1)
  })

  it('leaves a server that failed alone for five seconds', async () => {
    const one = directory()
    fault = new DirectoryFault('connect', 'unreachable')
    const refused = { failure: { kind: 'directory-unavailable' } }
    await expect(check('anna', 'right', one)).rejects.toMatchObject(refused)
    const asked = opened
    fault = undefined
    await expect(check('anna', 'right', one)).rejects.toMatchObject(refused)
    expect(opened).toBe(asked)
    clock += 5001
    expect(await check('anna', 'right', one)).toMatchObject({ name: 'anna' })
  })
})

async function follow(team: string, group: string): Promise<void> {
  const found = await findOrganization(db, '', parseAccountName('acme'), parseTeamName(team))
  if (found === undefined) throw new Error('there is no organization')
  await writeMemberSync(db, found, { options: byGroup(group), isEnabled: true }, { by: '', now: 1 })
}

describe('an import of one user', () => {
  const importing = (name: string) =>
    directory().importUser(contextOf(), parseAccountName(name), parseAccountName('root'))
  const refusedBecause = (kind: string) => ({ failure: { kind: 'directory-user-not-imported', reason: { kind } } })

  it('makes the account before the first login, in the name of the administrator', async () => {
    await anOrganization('acme')
    await aTeam((await findAccount(db, 'acme'))?.id ?? '', 'dev')
    await follow('dev', 'cn=dev')
    groups = { 'cn=dev': [`uid=anna,${people}`] }
    entries = [personOf('Anna', 'id-anna')]
    groups = { 'cn=dev': [`uid=Anna,${people}`] }
    expect(await importing('anna')).toMatchObject({ name: 'anna', fullName: 'Full Anna', isImported: true })
    expect(await events(`type = 'CREATE' AND object_name = 'anna' AND actor = 'root'`)).toHaveLength(1)
    expect(await countRows('team_members')).toBe(1)
    expect(await check('anna')).toMatchObject({ name: 'anna' })
  })

  it('works where logins make no accounts', async () => {
    await configure({ jitUserProvisioning: false })
    await importing('anna')
    expect(await check('anna')).toMatchObject({ name: 'anna' })
  })

  it('is refused with the reason', async () => {
    await importing('anna')
    await expect(importing('anna')).rejects.toMatchObject(refusedBecause('known'))
    await expect(importing('zoe')).rejects.toMatchObject(refusedBecause('unknown'))
    await anAccount('ben', 'password of ben')
    await expect(importing('ben')).rejects.toMatchObject(refusedBecause('name'))
    entries = [personOf('carl', 'one'), personOf('carl', 'two'), personOf('dora', '')]
    await expect(importing('carl')).rejects.toMatchObject(refusedBecause('several'))
    await expect(importing('dora')).rejects.toMatchObject(refusedBecause('no-id'))
    expect(await countRows('identities')).toBe(1)
    fault = new DirectoryFault('connect', 'unreachable')
    await expect(importing('emil')).rejects.toMatchObject({ failure: { kind: 'directory-not-asked' } })
  })

  it('is nothing where no directory is configured', async () => {
    await configure({ serverURL: '', userSearchConfigs: [] })
    expect(await importing('anna')).toBeUndefined()
  })
})

describe('POST /enzi/v0/accounts with searchLDAP', () => {
  it('is refused with what it cannot have, and where there is no directory', async () => {
    const root = await aPerson('root', { isAdmin: true })
    const refused = async (fields: object): Promise<string> => {
      const answer = await root.ask('POST', '/enzi/v0/accounts', { name: 'anna', searchLDAP: true, ...fields })
      expect(answer.status).toBe(400)
      return answer.text()
    }
    expect(await refused({ password: 'password of anna' })).toContain('has it there')
    expect(await refused({ isOrg: true })).toContain('a directory has users alone')
    await configure({ serverURL: '', userSearchConfigs: [] })
    expect(await refused({})).toContain('no directory is configured here')
  })
})
