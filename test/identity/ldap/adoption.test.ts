/** An account that is there is given to a user of the directory by an administrator alone, and belongs to that user then. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { adopt } from '../../../src/identity/ldap/adoption.ts'
import { entryOf } from '../../../src/identity/ldap/entries.ts'
import { identitiesOfAccount } from '../../../src/identity/links/identity-store.ts'
import { provision } from '../../../src/identity/links/provision.ts'
import { parseAccountName } from '../../../src/names.ts'
import { testContext } from '../../support/context.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anAccessToken, aPerson, type Person } from '../../support/people.ts'
import { aClient } from './configurations.ts'

const people = 'ou=people,dc=acme,dc=test'
const settings = {
  serverURL: 'ldap://127.0.0.1:1',
  userSearchConfigs: [{ baseDN: people, scopeSubtree: true, usernameAttr: 'uid' }],
}
let root: Person
let anna: Person
/** The ids of the entries, by their names. */
let ids: Record<string, string>

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  anna = await aPerson('anna')
  ids = { anna: 'id-1' }
  expect((await root.ask('PUT', '/enzi/v0/config/auth/ldap', settings)).status).toBe(200)
})

const accountOf = ({ id }: Person, name = 'anna') => ({ id, name: parseAccountName(name), isOrganization: false })

const link = (account: Parameters<typeof adopt>[1], user = 'anna') =>
  adopt(testContext(), account, { user, by: parseAccountName('root') }, async () =>
    aClient({
      async *search({ matching = [] }) {
        const name = matching[0]?.value ?? ''
        const entryUUID = ids[name]
        yield entryUUID === undefined ? [] : [entryOf({ dn: `uid=${name},${people}`, uid: name, entryUUID })]
      },
    }),
  )

const reasonOf = (linking: Promise<unknown>): Promise<unknown> =>
  linking.then(
    () => 'linked',
    (error: { failure: { reason: { kind: string } } }) => error.failure.reason.kind,
  )

describe('an account that is linked to a user of the directory', () => {
  it('belongs to that user, without a password of its own', async () => {
    await anAccessToken('anna')
    await env.DB.prepare(`UPDATE accounts SET password_hash = 'a hash' WHERE id = ?`).bind(anna.id).run()
    expect(await link(accountOf(anna))).toMatchObject({ subject: 'id-1', dn: `uid=anna,${people}` })
    expect(await countRows('accounts', `name = 'anna' AND is_imported = 1 AND password_hash IS NULL`)).toBe(1)
    expect(await countRows('access_tokens', `account_id = '${anna.id}' AND is_active = 1`)).toBeGreaterThan(0)
    const [event] = await events(`object_name = 'anna' AND type = 'UPDATE' AND content LIKE '%linked%'`)
    expect(event).toMatchObject({ actor: 'root', content: { linked: 'ldap', subject: 'id-1' } })
    const user = { provider: 'ldap', subject: 'id-1', name: 'anna', dn: `uid=anna,${people}`, dnKey: '', fullName: '' }
    const login = await provision(testContext().db, user, { by: '', now: 1 })
    expect(login).toMatchObject({ outcome: 'known', identity: { account: { id: anna.id } } })
  })

  it('is taken from the entry that it belonged to before, as an entry that is created again has another id', async () => {
    await link(accountOf(anna))
    ids = { anna: 'id-2' }
    await link(accountOf(anna))
    const subjects = (await identitiesOfAccount(testContext().db, anna.id)).map(({ subject }) => subject)
    expect(subjects).toEqual(['id-2'])
  })

  it('is linked to one that is found, has an id, and belongs to no other account', async () => {
    const ben = await aPerson('ben')
    await link(accountOf(anna))
    expect(await reasonOf(link(accountOf(ben, 'ben'), 'zoe'))).toBe('unknown')
    expect(await reasonOf(link(accountOf(ben, 'ben'), 'anna'))).toBe('taken')
    expect(await countRows('accounts', `name = 'ben' AND is_imported = 1`)).toBe(0)
    ids = { anna: '' }
    expect(await reasonOf(link(accountOf(ben, 'ben')))).toBe('no-id')
  })

  it('is neither an organization nor the account that works while the directory is down', async () => {
    expect(await reasonOf(link({ ...accountOf(anna), isOrganization: true }))).toBe('organization')
    expect(await reasonOf(link(accountOf(root, 'admin')))).toBe('recovery')
  })
})

it('an administrator alone links an account, and not with an access token', async () => {
  const path = '/enzi/v0/accounts/anna/identities/ldap'
  expect((await anna.ask('PUT', path, { username: 'anna' })).status).toBe(403)
  // Nothing answers at the address of the directory.
  expect((await root.ask('PUT', path, { username: 'anna' })).status).toBe(503)
})
