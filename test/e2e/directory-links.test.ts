/** Accounts and the users of a real directory: renamed ones, those who are given an account, and a domain that is down. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { api, attemptApi } from './support/api.ts'
import { newFolder } from './support/folders.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { base, reader, startDirectory, windowsBase, type Directory } from './support/slapd.ts'
import { admin, alice, type User } from './support/users.ts'

const script = join(import.meta.dirname, '../../scripts/admin/breakwater.mjs')

const anna: User = { name: 'anna', password: 'password of anna in the directory' }
/** Has an account of the registry already. */
const aliceThere: User = { name: alice.name, password: 'password of alice in the directory' }

const dnOf = ({ name }: User): string => `uid=${name},ou=people,${base}`
const entryOf = (user: User, change = ''): string => `
dn: ${dnOf(user)}
${change}objectClass: inetOrgPerson
uid: ${user.name}
cn: ${user.name}
sn: ${user.name}
userPassword: ${user.password}
`

const search = { baseDN: `ou=people,${base}`, scopeSubtree: true, usernameAttr: 'uid' }

describe('Users of a directory and their accounts', () => {
  let directory: Directory
  let registry: Registry
  let noProfiles: string

  const store = (changes: object = {}): Promise<unknown> =>
    api(registry, admin, 'PUT', '/enzi/v0/config/auth/ldap', {
      serverURL: directory.url,
      readerDN: reader.dn,
      readerPassword: reader.password,
      userSearchConfigs: [search],
      ...changes,
    })

  /** Asks with Basic credentials for the account that a login leads to. */
  const statusOf = async (user: User, account = user.name): Promise<number> =>
    (await attemptApi(registry, user, 'GET', `/enzi/v0/accounts/${account}`)).status

  const link = (...args: readonly string[]) =>
    attempt(process.execPath, [script, 'identity', 'ldap', 'link', ...args], {
      env: {
        XDG_CONFIG_HOME: noProfiles,
        BREAKWATER_URL: `http://${registry.host}`,
        BREAKWATER_USER: admin.name,
        BREAKWATER_PASSWORD: admin.password,
      },
      input: '',
    })

  before(async () => {
    noProfiles = await newFolder('no-profiles')
    directory = await startDirectory({ ldif: [anna, aliceThere].map((user) => entryOf(user)).join('\n') })
    registry = await newRegistry()
    await store()
    assert.equal(await statusOf(anna), 200)
  })

  test('a user with a new name in the directory is no bind on every request either', async () => {
    await directory.modify(`dn: ${dnOf(anna)}\nchangetype: modrdn\nnewrdn: uid=annika\ndeleteoldrdn: 1\n`)
    const asked = directory.output().length
    for (let request = 0; request < 4; request++) {
      assert.equal(await statusOf({ ...anna, name: 'annika' }, 'anna'), 200)
    }
    const binds =
      directory
        .output()
        .slice(asked)
        .match(/BIND dn="uid=annika,[^"]*" method=128/g) ?? []
    assert.equal(binds.length, 1)
  })

  test('an administrator gives the account of a user of the registry to one of the directory', async () => {
    assert.equal(await statusOf(aliceThere), 403)
    const { exitCode, output } = await link(alice.name)
    assert.equal(exitCode, 0, output)
    assert.match(output, /alice belongs to uid=alice,/)
    assert.equal(await statusOf(aliceThere), 200)
    assert.equal(await statusOf(alice), 401)
  })

  test('a user whose entry is created again gets the account back by an administrator alone', async () => {
    await directory.modify(`dn: ${dnOf(aliceThere)}\nchangetype: delete\n`)
    await directory.modify(entryOf({ ...aliceThere, password: 'password of the next alice' }, 'changetype: add\n'))
    const next = { ...aliceThere, password: 'password of the next alice' }
    assert.equal(await statusOf(next), 403)
    const again = await link(alice.name, '--as', 'alice')
    assert.equal(again.exitCode, 0, again.output)
    assert.equal(await statusOf(next), 200)
    const taken = await link('anna', '--as', 'alice')
    assert.equal(taken.exitCode, 1)
    assert.match(taken.output, /has another account/)
  })

  test('a domain that is down keeps out no user of an earlier search', async () => {
    const away = { domain: windowsBase, serverURL: 'ldap://127.0.0.1:1' }
    const searches = [search, { ...search, baseDN: `ou=people,${windowsBase}` }]
    await store({ additionalDomains: [away], userSearchConfigs: searches })
    await directory.modify(
      `dn: uid=annika,ou=people,${base}\nchangetype: modify\nreplace: userPassword\nuserPassword: a new password of anna\n`,
    )
    assert.equal(await statusOf({ name: 'annika', password: 'a new password of anna' }, 'anna'), 200)
    assert.equal(await statusOf({ name: 'annika', password: 'a guess' }, 'anna'), 503)
    assert.equal(await statusOf({ name: 'zoe', password: 'a guess' }, 'anna'), 503)
  })
})
