/**
 * Users, teams, owners and administrators follow a directory in the form of Active Directory: `sAMAccountName`, binary
 * `objectGUID`, `memberOf`, and members of groups in ranges; with a server that has pages, and one that has none.
 */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { rangedDirectory, valuesOfRange, type RangedDirectory } from './support/ranges.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { startDirectory, windowsBase, windowsReader, type DirectoryOptions } from './support/slapd.ts'
import { admin } from './support/users.ts'
import { until } from './support/wait.ts'

const userCount = 3300
/** The members of the large group: two whole ranges and a bit. */
const staffCount = 2 * valuesOfRange + 100

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const everyone = numbers(userCount)
const staff = everyone.slice(0, staffCount)
const chiefs = [0, 1600, 3050]
const nameOf = (index: number): string => `win${index}`
const dnOf = (index: number): string => `cn=Win ${index},ou=people,${windowsBase}`
const groupDn = (name: string): string => `cn=${name},ou=groups,${windowsBase}`
const passwordOf = (index: number): string => `password of ${index}`
const guidOf = (index: number): string => {
  const bytes = Buffer.alloc(16, 0xc3)
  bytes.writeUInt32LE(index)
  return bytes.toString('base64')
}

const memberships = (index: number): readonly string[] => [
  ...(index < staffCount ? ['staff'] : []),
  ...(chiefs.includes(index) ? ['chiefs'] : []),
]

const personOf = (index: number): string => `
dn: ${dnOf(index)}
objectClass: user
cn: Win ${index}
sn: ${index}
sAMAccountName: Win${index}
objectGUID:: ${guidOf(index)}
userPassword: ${passwordOf(index)}
${memberships(index)
  .map((group) => `memberOf: ${groupDn(group)}\n`)
  .join('')}`

const groupOf = (name: string, members: readonly number[]): string => `
dn: ${groupDn(name)}
objectClass: group
cn: ${name}
${members.map((index) => `member: ${dnOf(index)}`).join('\n')}
`

const content: DirectoryOptions = {
  windowsLdif: [...everyone.map(personOf), groupOf('staff', staff), groupOf('chiefs', chiefs)].join('\n'),
}

const search = {
  baseDN: `ou=people,${windowsBase}`,
  scopeSubtree: true,
  usernameAttr: 'sAMAccountName',
  fullNameAttr: 'cn',
  filter: '(objectClass=user)',
}
const ofStaff = { ...search, matchGroup: true, matchGroupDN: groupDn('staff'), matchGroupMemberAttr: 'member' }

const noSync = { enableSync: false }
const byGroup = (name: string) => ({
  enableSync: true,
  selectGroupMembers: true,
  groupDN: groupDn(name),
  groupMemberAttr: 'member',
})
const bySearch = (name: string) => ({
  enableSync: true,
  searchBaseDN: `ou=people,${windowsBase}`,
  searchScopeSubtree: true,
  searchFilter: `(memberOf=${groupDn(name)})`,
})

const kinds = [
  { words: 'with pages', options: { sizeLimit: 500, pageLimit: 500 }, noSimplePagination: false },
  { words: 'without pages', options: { isWithoutPages: true }, noSimplePagination: true },
] as const

const jobs = z.object({ id: z.string(), status: z.string() })
const logs = z.array(z.object({ data: z.string() }))
const teams = z.object({ memberTeams: z.array(z.object({ team: z.object({ name: z.string() }) })) })
const members = z.object({ members: z.array(z.object({ member: z.object({ name: z.string() }) })) })

for (const { words, options, noSimplePagination } of kinds) {
  describe(`Active Directory ${words}`, () => {
    let ranged: RangedDirectory
    let registry: Registry

    const configure = (changes: object): Promise<unknown> =>
      api(registry, admin, 'PUT', '/enzi/v0/config/auth/ldap', {
        serverURL: ranged.url,
        noSimplePagination,
        readerDN: windowsReader.dn,
        readerPassword: windowsReader.password,
        userSearchConfigs: [ofStaff],
        adminSyncOpts: noSync,
        jitUserProvisioning: false,
        ...changes,
      })

    /** @returns the log of the job */
    const sync = async (): Promise<string> => {
      const { id } = jobs.parse(await api(registry, admin, 'POST', '/enzi/v0/jobs', { action: 'ldap-sync' }))
      let status = ''
      await until('the sync to end', 120, async () => {
        status = jobs.parse(await api(registry, admin, 'GET', `/api/v0/jobs/${id}`)).status
        return !['waiting', 'running'].includes(status)
      })
      const lines = logs.parse(await api(registry, admin, 'GET', `/api/v0/jobs/${id}/logs?limit=1000`))
      const log = lines.map(({ data }) => data).join('\n')
      assert.equal(status, 'done', log)
      return log
    }

    const numberOf = async (path: string, field: string): Promise<unknown> =>
      z.record(z.string(), z.unknown()).parse(await api(registry, admin, 'GET', path))[field]
    const teamSize = async (team: string): Promise<unknown> =>
      numberOf(`/enzi/v0/accounts/acme/teams/${team}`, 'membersCount')
    const administrators = async (): Promise<unknown> => numberOf('/enzi/v0/accounts?filter=admins', 'resourceCount')
    const owners = async (): Promise<string[]> =>
      members
        .parse(await api(registry, admin, 'GET', '/enzi/v0/accounts/acme/members?filter=admins'))
        .members.map(({ member }) => member.name)
        .filter((name) => name !== admin.name)

    const loginAs = async (index: number): Promise<number> =>
      (await attemptApi(registry, { name: nameOf(index), password: passwordOf(index) }, 'GET', '/enzi/v0/accounts'))
        .status

    const chiefNames = chiefs.map(nameOf)

    before(async () => {
      const directory = await startDirectory({ ...content, ...options })
      ranged = await rangedDirectory(directory.port)
      registry = await newRegistry()
      await api(registry, admin, 'POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
      for (const name of ['by-group', 'by-search']) {
        await api(registry, admin, 'POST', '/enzi/v0/accounts/acme/teams', { name })
      }
    })

    test('the members of a large group are users, read in ranges and compared with a search', async () => {
      await configure({})
      assert.match(await sync(), new RegExp(`done: accounts created: ${staffCount},`))
      assert.deepEqual(ranged.ranges(), ['member;range=0-1499', 'member;range=1500-2999', 'member;range=3000-*'])
      assert.equal(await numberOf('/enzi/v0/accounts/win3099', 'fullName'), 'Win 3099')
      assert.equal((await attemptApi(registry, admin, 'GET', '/enzi/v0/accounts/win3200')).status, 404)
    })

    test('the same members are found one by one', async () => {
      await configure({ userSearchConfigs: [{ ...ofStaff, matchGroupIterate: true }] })
      assert.match(await sync(), /done: accounts created: 0, updated: 0, reactivated: 0, deactivated: 0,/)
    })

    test('a member of the last range logs in, and a user outside the group does not', async () => {
      assert.equal(await loginAs(3099), 403)
      assert.equal(await loginAs(3200), 401)
    })

    test('administrators come from a group, and from a search', async () => {
      await configure({ adminSyncOpts: byGroup('chiefs') })
      assert.match(await sync(), /administrators appointed: 3, dismissed: 0/)
      assert.equal(await administrators(), chiefs.length + 1)
      await configure({ adminSyncOpts: bySearch('chiefs') })
      assert.match(await sync(), /administrators appointed: 0, dismissed: 0/)
      for (const name of chiefNames) assert.equal(await numberOf(`/enzi/v0/accounts/${name}`, 'isAdmin'), true)
    })

    test('teams come from a group in ranges, and from a search', async () => {
      const where = '/enzi/v0/accounts/acme/teams'
      await api(registry, admin, 'PUT', `${where}/by-group/memberSyncConfig`, byGroup('staff'))
      await api(registry, admin, 'PUT', `${where}/by-search/memberSyncConfig`, bySearch('staff'))
      assert.match(await sync(), new RegExp(`memberships added: ${2 * staffCount}, removed: 0`))
      assert.deepEqual([await teamSize('by-group'), await teamSize('by-search')], [staffCount, staffCount])
      await api(registry, admin, 'PUT', `${where}/by-search/memberSyncConfig`, noSync)
    })

    test('owners come from a group, and from a search', async () => {
      for (const sought of [byGroup('chiefs'), bySearch('chiefs')]) {
        await api(registry, admin, 'PUT', '/enzi/v0/accounts/acme/adminMemberSyncConfig', sought)
        await sync()
        assert.deepEqual((await owners()).toSorted(), chiefNames.toSorted())
      }
      assert.deepEqual(await teamSize('by-group'), staffCount)
    })

    test('a user who logs in for the first time is at once where the directory has it', async () => {
      const where = '/enzi/v0/accounts/acme/teams'
      await api(registry, admin, 'PUT', `${where}/by-search/memberSyncConfig`, bySearch('staff'))
      await configure({ userSearchConfigs: [search], adminSyncOpts: byGroup('chiefs'), jitUserProvisioning: true })
      for (const index of [3050, 3051]) await api(registry, admin, 'DELETE', `/enzi/v0/accounts/${nameOf(index)}`)
      // Administrators alone may list accounts.
      assert.deepEqual([await loginAs(3050), await loginAs(3051), await loginAs(3201)], [200, 403, 403])
      const teamsOf = async (index: number): Promise<readonly string[]> =>
        teams
          .parse(await api(registry, admin, 'GET', `/enzi/v0/accounts/acme/members/${nameOf(index)}/teams`))
          .memberTeams.map(({ team }) => team.name)
      assert.deepEqual(
        [await teamsOf(3050), await teamsOf(3051)],
        [
          ['by-group', 'by-search'],
          ['by-group', 'by-search'],
        ],
      )
      assert.equal((await attemptApi(registry, admin, 'GET', '/enzi/v0/accounts/acme/members/win3201')).status, 404)
      assert.ok((await owners()).includes('win3050'))
      assert.ok(!(await owners()).includes('win3051'))
      assert.match(await sync(), /administrators appointed: 0, dismissed: 0, memberships added: .*, removed: 0/)
    })

    test('an administrator makes the account of one user of the directory before the first login', async () => {
      await configure({ userSearchConfigs: [search] })
      const order = { name: nameOf(3202), searchLDAP: true }
      const made = await attemptApi(registry, admin, 'POST', '/enzi/v0/accounts', order)
      assert.equal(made.status, 201)
      assert.match(await made.text(), /"fullName":"Win 3202".*"isImported":true/)
      assert.equal((await attemptApi(registry, admin, 'POST', '/enzi/v0/accounts', order)).status, 409)
      const own = async (index: number): Promise<number> => {
        const user = { name: nameOf(index), password: passwordOf(index) }
        return (await attemptApi(registry, user, 'GET', `/enzi/v0/accounts/${user.name}`)).status
      }
      // The other one waits for the sync.
      assert.deepEqual([await own(3202), await own(3203)], [200, 403])
    })
  })
}
