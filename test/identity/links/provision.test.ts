/** Users of other providers get accounts by their immutable ids, and never by their names. */
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { env } from 'cloudflare:workers'
import { dnKeyOf } from '../../../src/identity/links/dn.ts'
import {
  findIdentity,
  identitiesByDn,
  identitiesOfAccount,
  linkIdentity,
  noteIdentity,
  pageOfIdentities,
} from '../../../src/identity/links/identity-store.ts'
import { lineOf, provision, type NewIdentity, type Provisioned } from '../../../src/identity/links/provision.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anAccount } from '../../support/people.ts'

const db = openDatabase(env.DB)
const attribution = { by: '', now: 1000 } as const

const aUser = (name: string, changes: Partial<NewIdentity> = {}): NewIdentity => {
  const dn = `uid=${name},ou=people,dc=acme,dc=test`
  return { provider: 'ldap', subject: `id of ${name}`, name, dn, dnKey: dnKeyOf(dn), fullName: '', ...changes }
}

async function provisioned(user: NewIdentity): Promise<Extract<Provisioned, { identity: unknown }>['identity']> {
  const outcome = await provision(db, user, attribution)
  if (!('identity' in outcome)) throw new Error(outcome.refusal)
  return outcome.identity
}

describe('a user of another provider', () => {
  it('gets an account without a password, once', async () => {
    const made = await provision(db, aUser('Anna', { fullName: 'Anna\nSmith' }), attribution)
    expect(made).toMatchObject({ outcome: 'made', identity: { account: { name: 'anna', fullName: 'Anna Smith' } } })
    expect(await provision(db, aUser('Anna'), attribution)).toMatchObject({ outcome: 'known' })
    expect(await countRows('accounts', `name = 'anna' AND password_hash IS NULL AND is_imported = 1`)).toBe(1)
    expect(await events(`type = 'CREATE' AND object_name = 'anna'`)).toHaveLength(1)
  })

  it('gets one account when two requests come at once', async () => {
    const [one, other] = await Promise.all([provisioned(aUser('anna')), provisioned(aUser('anna'))])
    expect(one.account.id).toBe(other.account.id)
    expect(await countRows('identities')).toBe(1)
  })

  it('cannot take the name of a local user, nor of another user of the provider', async () => {
    await anAccount('anna', 'password of anna')
    expect(await provision(db, aUser('Anna'), attribution)).toEqual({ outcome: 'refused', refusal: 'taken' })
    await provisioned(aUser('ben'))
    expect(await provision(db, aUser('ben', { subject: 'another' }), attribution)).toMatchObject({ refusal: 'taken' })
    expect(await countRows('identities')).toBe(1)
  })

  it('keeps the account when the name changes', async () => {
    const before = await provisioned(aUser('anna'))
    const renamed = aUser('anna-maria', { subject: 'id of anna' })
    await noteIdentity(db, renamed, { now: 2000, staleBefore: 0 })
    const after = await provisioned(renamed)
    expect(after).toMatchObject({ name: 'anna-maria', account: { id: before.account.id, name: 'anna' } })
    expect(after.lastSeenAt).toBe(2000)
  })
})

describe('identities', () => {
  beforeEach(async () => {
    for (const name of ['anna', 'ben', 'cleo']) await provisioned(aUser(name))
  })

  it('are listed in pages, by account and by distinguished name', async () => {
    const first = await pageOfIdentities(db, 'ldap', { after: '', limit: 2 })
    expect(first.map(({ account }) => account.name)).toEqual(['anna', 'ben'])
    const next = await pageOfIdentities(db, 'ldap', { after: first.at(-1)?.subject ?? '', limit: 2 })
    expect(next.map(({ account }) => account.name)).toEqual(['cleo'])
    const wanted = ['UID=Ben,ou=People,dc=acme,dc=test', 'uid=zoe,dc=test'].map(dnKeyOf)
    expect((await identitiesByDn(db, 'ldap', wanted)).map(({ name }) => name)).toEqual(['ben'])
    const [anna] = first
    expect(await identitiesOfAccount(db, anna?.account.id ?? '')).toEqual([anna])
  })

  it('are written again only when something changed or is old', async () => {
    await noteIdentity(db, aUser('anna'), { now: 5000, staleBefore: 1000 })
    expect((await findIdentity(db, 'ldap', 'id of anna'))?.lastSeenAt).toBe(1000)
    await noteIdentity(db, aUser('anna'), { now: 5000, staleBefore: 1001 })
    expect((await findIdentity(db, 'ldap', 'id of anna'))?.lastSeenAt).toBe(5000)
  })

  it('go with their account, and can be linked to one that exists', async () => {
    const local = await anAccount('dora', 'password of dora')
    await linkIdentity(db, { ...aUser('Dora'), provider: 'https://issuer.test' }, local, attribution)
    expect((await findIdentity(db, 'https://issuer.test', 'id of Dora'))?.account.name).toBe('dora')
    await env.DB.prepare('DELETE FROM accounts WHERE id = ?').bind(local.id).run()
    expect(await findIdentity(db, 'https://issuer.test', 'id of Dora')).toBeUndefined()
  })
})

describe('a full name', () => {
  it('is one line within the bound', () => {
    expect(lineOf(' Anna\u0000\u202e Smith\r\n')).toBe('Anna Smith')
    expect(lineOf('x'.repeat(1000))).toHaveLength(300)
    expect(lineOf(`${'x'.repeat(299)}😀`).isWellFormed()).toBe(true)
  })
})
