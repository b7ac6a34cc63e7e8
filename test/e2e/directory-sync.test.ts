/** Users and teams follow a directory: of 5,000 users and groups, with and without pages, and one like Active Directory. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { dockerOf } from './support/docker.ts'
import { newFolder } from './support/folders.ts'
import { buildImage, mebibyte } from './support/images.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { attempt, type Outcome } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { base, reader, startDirectory, windowsBase, windowsReader, type Directory } from './support/slapd.ts'
import { admin } from './support/users.ts'

const script = join(import.meta.dirname, '../../scripts/admin/breakwater.mjs')

const userCount = 5000
const groupCount = 5000
const passwordOf = (name: string): string => `password of ${name}`
const nameOf = (index: number): string => `user${index}`
const dnOf = (name: string): string => `uid=${name},ou=people,${base}`

const personOf = (name: string): string => `
dn: ${dnOf(name)}
objectClass: inetOrgPerson
uid: ${name}
cn: ${name} of Acme
sn: ${name}
userPassword: ${passwordOf(name)}
`

const groupOf = (name: string, members: readonly string[]): string => `
dn: cn=${name},ou=groups,${base}
objectClass: groupOfNames
cn: ${name}
${members.map((member) => `member: ${dnOf(member)}`).join('\n')}
`

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const everyone = numbers(userCount).map(nameOf)
const content = {
  ldif: [
    ...everyone.map(personOf),
    ...numbers(groupCount).map((index) =>
      groupOf(`group${index}`, [nameOf(index % userCount), nameOf((index + 1) % userCount)]),
    ),
    groupOf('everyone', everyone),
    groupOf('admins', [nameOf(7)]),
  ].join('\n'),
  windowsLdif: numbers(20)
    .map(
      (index) => `
dn: cn=Win ${index},ou=people,${windowsBase}
objectClass: user
cn: Win ${index}
sn: ${index}
sAMAccountName: Win${index}
objectGUID:: ${Buffer.from(`0123456789abc${String(index).padStart(3, '0')}`).toString('base64')}
${index % 2 === 0 ? `memberOf: cn=even,ou=groups,${windowsBase}` : 'description: odd'}
`,
    )
    .join('\n'),
}

const search = { baseDN: `ou=people,${base}`, scopeSubtree: true, usernameAttr: 'uid', fullNameAttr: 'cn', filter: '' }
const noSync = { enableSync: false }
const byGroup = (name: string) => ({
  enableSync: true,
  selectGroupMembers: true,
  groupDN: `cn=${name},ou=groups,${base}`,
  groupMemberAttr: 'member',
})

let directory: Directory
let registry: Registry
let noProfiles: string

before(async () => {
  noProfiles = await newFolder('no-profiles')
  directory = await startDirectory(content)
  registry = await newRegistry()
  await api(registry, admin, 'POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true })
  for (const name of ['dev', 'ops', 'all', 'even']) {
    await api(registry, admin, 'POST', '/enzi/v0/accounts/acme/teams', { name })
  }
})

const configure = (changes: object = {}): Promise<unknown> =>
  api(registry, admin, 'PUT', '/enzi/v0/config/auth/ldap', {
    serverURL: directory.url,
    readerDN: reader.dn,
    readerPassword: reader.password,
    userSearchConfigs: [search],
    adminSyncOpts: noSync,
    jitUserProvisioning: false,
    ...changes,
  })

const syncTeam = (team: string, options: Readonly<Record<string, unknown>>): Promise<unknown> =>
  api(registry, admin, 'PUT', `/enzi/v0/accounts/acme/teams/${team}/memberSyncConfig`, options)

const call = (...words: readonly string[]): Promise<Outcome> =>
  attempt(process.execPath, [script, ...words], {
    env: {
      XDG_CONFIG_HOME: noProfiles,
      BREAKWATER_URL: `http://${registry.host}`,
      BREAKWATER_USER: admin.name,
      BREAKWATER_PASSWORD: admin.password,
    },
    input: '',
  })

/** @returns the log of the job */
async function sync(...words: readonly string[]): Promise<string> {
  const { exitCode, output } = await call('identity', 'sync', ...words)
  assert.equal(exitCode, 0, output)
  return output
}

const anything = z.record(z.string(), z.unknown())
const get = async (path: string): Promise<Record<string, unknown>> =>
  anything.parse(await api(registry, admin, 'GET', path))

const alerts = async (): Promise<string> => JSON.stringify(await api(registry, admin, 'GET', '/api/v0/meta/alerts'))
const usersCount = async (filter = 'users'): Promise<unknown> =>
  (await get(`/enzi/v0/accounts?filter=${filter}`))['resourceCount']
const membersOf = async (team: string): Promise<unknown> =>
  (await get(`/enzi/v0/accounts/acme/teams/${team}`))['membersCount']
const statusOf = async (name: string): Promise<unknown> => (await get(`/enzi/v0/accounts/${name}`))['isActive']
const loginAs = async (name: string): Promise<number> =>
  (await attemptApi(registry, { name, password: passwordOf(name) }, 'GET', `/enzi/v0/accounts/${name}`)).status

/** Those of the registry itself: admin, alice and bob. */
const local = 3

describe('a sync with a directory of 5,000 users and groups', () => {
  test('says first what it would do', async () => {
    await configure()
    const log = await sync('--dry-run')
    assert.match(log, new RegExp(`would be done: accounts created: ${userCount}`))
    assert.equal(await usersCount(), local)
  })

  test('makes all users, and teams from groups and searches', async () => {
    await syncTeam('dev', byGroup('group10'))
    await syncTeam('ops', byGroup('group20'))
    await syncTeam('all', byGroup('everyone'))
    await configure({ adminSyncOpts: byGroup('admins') })
    const log = await sync()
    assert.match(log, new RegExp(`done: accounts created: ${userCount}`))
    assert.equal(await usersCount(), userCount + local)
    assert.deepEqual([await membersOf('dev'), await membersOf('ops'), await membersOf('all')], [2, 2, userCount])
    assert.equal((await get('/enzi/v0/accounts/user7'))['isAdmin'], true)
    assert.equal(await loginAs('user3'), 200)
    assert.match(await sync(), /done: accounts created: 0, updated: 0, reactivated: 0, deactivated: 0,/)
  })

  test('lets a user of the directory push by the grant of a synced group', async () => {
    await api(registry, admin, 'POST', '/api/v0/repositories/acme', { name: 'app' })
    await api(registry, admin, 'PUT', '/api/v0/repositories/acme/app/teamAccess/dev', { accessLevel: 'read-write' })
    const engine = await sharedEngine()
    const person = (name: string) => dockerOf(engine, registry, { name, password: passwordOf(name) })
    const image = `${registry.host}/acme/app:1`
    const docker = await person('user10')
    await buildImage(docker, image, { layers: [mebibyte] })
    await docker.run('push', image)
    const stranger = await person('user12')
    assert.notEqual((await stranger.attempt('push', image)).exitCode, 0)
  })

  test('refuses to change synced members by hand, but for local users', async () => {
    const refused = await attemptApi(registry, admin, 'PUT', '/enzi/v0/accounts/acme/teams/dev/members/user99', {})
    assert.equal(refused.status, 409, await refused.text())
    await api(registry, admin, 'PUT', '/enzi/v0/accounts/acme/teams/dev/members/alice', {})
    assert.equal(await membersOf('dev'), 3)
  })

  test('follows users who vanish, come with a new name, or change teams', async () => {
    const token = anything.parse(
      await api(registry, { name: 'user42', password: passwordOf('user42') }, 'POST', '/api/v0/api_tokens', {
        tokenLabel: 'ci',
      }),
    )
    await directory.modify(`dn: ${dnOf('user42')}\nchangetype: delete\n`)
    await directory.modify(`dn: ${dnOf('user43')}\nchangetype: modrdn\nnewrdn: uid=renamed43\ndeleteoldrdn: 1\n`)
    await directory.modify(
      `dn: cn=group10,ou=groups,${base}\nchangetype: modify\nreplace: member\nmember: ${dnOf('user77')}\nmember: ${dnOf('user11')}\n`,
    )
    const log = await sync()
    assert.match(log, /deactivated user42/)
    assert.match(log, /renamed: user43 logs in as renamed43, and keeps the account and the namespace user43/)
    assert.equal(await statusOf('user42'), false)
    const secret = z.string().parse(token['token'])
    assert.equal(
      (await attemptApi(registry, { name: 'user42', password: secret }, 'GET', '/enzi/v0/accounts/user42')).status,
      401,
    )
    assert.equal(await loginAs('user77'), 200)
    assert.equal(await membersOf('dev'), 3)
  })

  test('changes nothing while a directory is dead or hangs, and tells it', async () => {
    const counted = [await usersCount('active-users'), await membersOf('all')]
    await directory.stop()
    const dead = await call('identity', 'sync')
    assert.equal(dead.exitCode, 1, dead.output)
    assert.match(dead.output, /is errored/)
    assert.match(await alerts(), /directory_sync_failed/)
    await directory.restart()
    directory.hang()
    const hung = await call('identity', 'sync')
    directory.wake()
    assert.equal(hung.exitCode, 1, hung.output)
    assert.deepEqual([await usersCount('active-users'), await membersOf('all')], counted)
    await sync()
    assert.doesNotMatch(await alerts(), /directory_sync_failed/)
  })

  test('changes nothing when the directory dies in the middle of a sync', async () => {
    const counted = [await usersCount('active-users'), await membersOf('all'), await membersOf('ops')]
    await directory.modify(`dn: ${dnOf('user50')}\nchangetype: delete\n`)
    const running = call('identity', 'sync')
    const searches = (): number => directory.output().split('SRCH base="ou=people').length
    const begun = searches()
    while (searches() < begun + 3) await new Promise((resolve) => setTimeout(resolve, 5))
    await directory.stop()
    const { exitCode, output } = await running
    assert.equal(exitCode, 1, output)
    assert.deepEqual([await usersCount('active-users'), await membersOf('all'), await membersOf('ops')], counted)
    await directory.restart()
    assert.match(await sync(), /deactivated user50/)
  })

  test('changes nothing when a search suddenly finds far less', async () => {
    const counted = await usersCount('active-users')
    await configure({ userSearchConfigs: [{ ...search, filter: '(uid=user1*)' }] })
    const { exitCode, output } = await call('identity', 'sync')
    assert.equal(exitCode, 1)
    assert.match(output, /changed nothing/)
    assert.equal(await usersCount('active-users'), counted)
    assert.match(await alerts(), /directory_sync_held/)
    await configure()
    await sync()
  })

  test('asks servers with and without pages, and follows Active Directory', async () => {
    await configure({
      noSimplePagination: true,
      adminSyncOpts: noSync,
      additionalDomains: [
        {
          domain: windowsBase,
          serverURL: directory.url,
          readerDN: windowsReader.dn,
          readerPassword: windowsReader.password,
        },
      ],
      userSearchConfigs: [
        search,
        { ...search, baseDN: `ou=people,${windowsBase}`, usernameAttr: 'sAMAccountName', filter: '(objectClass=user)' },
      ],
    })
    await syncTeam('even', {
      enableSync: true,
      searchBaseDN: `ou=people,${windowsBase}`,
      searchScopeSubtree: true,
      searchFilter: `(memberOf=cn=even,ou=groups,${windowsBase})`,
    })
    const log = await sync()
    assert.match(log, /done: accounts created: 20,/)
    assert.equal((await get('/enzi/v0/accounts/win4'))['fullName'], 'Win 4')
    assert.equal(await membersOf('even'), 10)
  })
})
