/** What a registry knows comes to another one over its API: a dry run first, then the import, then nothing more. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api } from './support/api.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { freePort } from './support/ports.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { attempt, type Outcome } from './support/run.ts'
import { admin } from './support/users.ts'

const script = join(import.meta.dirname, '../../scripts/admin/breakwater.mjs')

let there: Registry
let here: Registry
let noProfiles: string

before(async () => {
  noProfiles = await newFolder('no-profiles')
  there = await newRegistry()
  here = await newRegistry()
  await fill()
})

const post = (path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> =>
  api(there, admin, 'POST', path, body)
const put = (path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> =>
  api(there, admin, 'PUT', path, body)

/** Users, two organizations, teams, access on repositories and on a namespace, and settings of repositories. */
async function fill(): Promise<void> {
  for (let index = 0; index < 12; index++) {
    await post('/enzi/v0/accounts', {
      name: `user${index}`,
      password: 'long enough to be one',
      fullName: `User ${index}`,
    })
  }
  for (const name of ['acme', 'globex']) await post('/enzi/v0/accounts', { name, isOrg: true, fullName: name })
  await post('/enzi/v0/accounts/acme/teams', { name: 'dev', description: 'developers' })
  await post('/enzi/v0/accounts/acme/teams', { name: 'ops' })
  for (let index = 0; index < 10; index++) await put(`/enzi/v0/accounts/acme/teams/dev/members/user${index}`, {})
  await put('/enzi/v0/accounts/acme/teams/ops/members/user1', { isAdmin: true })
  await put('/enzi/v0/accounts/acme/members/user2', { isAdmin: true })
  await put('/enzi/v0/accounts/acme/teams/ops/memberSyncConfig', {
    enableSync: true,
    selectGroupMembers: true,
    groupDN: 'cn=ops,dc=acme,dc=test',
    groupMemberAttr: 'member',
  })
  await put('/enzi/v0/accounts/globex/adminMemberSyncConfig', {
    enableSync: true,
    searchBaseDN: 'ou=people,dc=globex,dc=test',
    searchFilter: '(title=Lead)',
  })
  await post('/api/v0/repositories/acme', {
    name: 'app',
    visibility: 'public',
    shortDescription: 'the app',
    longDescription: '# App',
    immutableTags: true,
    tagLimit: 7,
  })
  await post('/api/v0/repositories/user1', { name: 'tools', visibility: 'private' })
  await put('/api/v0/repositories/acme/app/teamAccess/dev', { accessLevel: 'read-write' })
  await put('/api/v0/repositoryNamespaces/acme/teamAccess/ops', { accessLevel: 'admin' })
}

const importing = (...more: readonly string[]): Promise<Outcome> => importingFrom(`http://${there.host}`, ...more)

const importingFrom = (source: string, ...more: readonly string[]): Promise<Outcome> =>
  attempt(process.execPath, [script, 'import', 'dtr', source, '--from-user', admin.name, ...more], {
    env: {
      XDG_CONFIG_HOME: noProfiles,
      BREAKWATER_URL: `http://${here.host}`,
      BREAKWATER_USER: admin.name,
      BREAKWATER_PASSWORD: admin.password,
      BREAKWATER_SOURCE_PASSWORD: admin.password,
    },
    input: '',
  })

const anything = z.record(z.string(), z.unknown())
const get = async (path: string): Promise<Record<string, unknown>> =>
  anything.parse(await api(here, admin, 'GET', path))

describe('an import from another registry', () => {
  test('says first what it would do, and does nothing', async () => {
    const { exitCode, stdout, output } = await importing('--dry-run')
    assert.equal(exitCode, 0, output)
    assert.match(stdout, /would create the user user11, without a password/)
    assert.match(stdout, /would sync the team acme\/ops with the directory/)
    assert.match(stdout, /would sync the owners of globex with the directory/)
    assert.match(stdout, /would grant admin on all of acme to the team ops/)
    const { usersCount } = await get('/enzi/v0/accounts')
    assert.equal(usersCount, 3)
  })

  test('brings accounts, teams, access and repositories with their settings', async () => {
    const { exitCode, stdout, output } = await importing()
    assert.equal(exitCode, 0, output)
    assert.match(stdout, /user password NAME/)
    const { usersCount, orgsCount } = await get('/enzi/v0/accounts')
    assert.deepEqual([usersCount, orgsCount], [15, 2])
    const dev = await get('/enzi/v0/accounts/acme/teams/dev')
    assert.deepEqual([dev['membersCount'], dev['description']], [10, 'developers'])
    const owner = await get('/enzi/v0/accounts/acme/members/user2')
    assert.equal(owner['isAdmin'], true)
    const repository = await get('/api/v0/repositories/acme/app')
    const { visibility, shortDescription, longDescription, immutableTags, tagLimit } = repository
    assert.deepEqual(
      { visibility, shortDescription, longDescription, immutableTags, tagLimit },
      { visibility: 'public', shortDescription: 'the app', longDescription: '# App', immutableTags: true, tagLimit: 7 },
    )
    const access = await get('/api/v0/repositories/acme/app/teamAccess')
    assert.match(JSON.stringify(access), /"accessLevel":"read-write"/)
    const sync = await get('/enzi/v0/accounts/acme/teams/ops/memberSyncConfig')
    assert.equal(sync['groupDN'], 'cn=ops,dc=acme,dc=test')
    const owners = await get('/enzi/v0/accounts/globex/adminMemberSyncConfig')
    assert.deepEqual([owners['enableSync'], owners['searchFilter']], [true, '(title=Lead)'])
  })

  test('does nothing the second time, and goes on where one broke off', async () => {
    const again = await importing()
    assert.equal(again.exitCode, 0, again.output)
    assert.match(again.stdout, /Nothing is missing here\./)
    await api(here, admin, 'DELETE', '/api/v0/repositories/acme/app')
    await api(here, admin, 'DELETE', '/enzi/v0/accounts/acme/teams/dev')
    const rest = await importing()
    assert.equal(rest.exitCode, 0, rest.output)
    assert.match(rest.stdout, /Done: 13 of 13\./)
  })
})

/** Serves answers by their paths, as a registry that means harm. @returns its address, and the paths that were asked for */
async function hostileRegistry(answerTo: (path: string) => object): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const body = answerTo(new URL(request.url ?? '', 'http://there.test').pathname)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  atEnd(async () => void server.close())
  return { url: `http://127.0.0.1:${port}`, asked }
}

const plainUser = { isOrg: false, fullName: '', isAdmin: false, isActive: true, isImported: false }

describe('an import from a hostile registry', () => {
  test('prints no name that the terminal would obey', async () => {
    const names = ['\u001b[2Jcleared', '\u009b31mred', 'evil\nDone: 3 of 3.', 'turned\u202eround']
    const accounts = names.map((name) => Object.assign({ name }, plainUser))
    const { url } = await hostileRegistry((path) =>
      path.endsWith('/accounts') ? { accounts } : path.endsWith('/repositories') ? { repositories: [] } : {},
    )
    for (const more of [[], ['--json']]) {
      const { stdout, output } = await importingFrom(url, '--dry-run', ...more)
      assert.match(stdout, /cleared/, output)
      for (const obeyed of ['\u001b', '\u009b', '\u202e', '\nDone']) assert.ok(!stdout.includes(obeyed), output)
    }
  })
})
