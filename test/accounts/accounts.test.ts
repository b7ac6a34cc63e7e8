import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { changeAccount, ensureFirstAdministrator, removeAccount } from '../../src/accounts/accounts.ts'
import { openDatabase } from '../../src/db/database.ts'
import { parseAccountName } from '../../src/names.ts'
import { send, withPassword } from '../support/client.ts'
import { countRows } from '../support/content.ts'
import { events } from '../support/events.ts'
import { anOrganization, aPerson } from '../support/people.ts'

const db = openDatabase(env.DB)
const attribution = { by: parseAccountName('root'), now: 2 }

describe('the first administrator', () => {
  it('is created once, by no user', async () => {
    expect(await ensureFirstAdministrator(db, 'password of admin', 1)).toBe(true)
    expect(await ensureFirstAdministrator(db, 'another password', 1)).toBe(false)
    expect((await withPassword('admin', 'password of admin')('GET', '/enzi/v0/accounts')).status).toBe(200)
    expect(await events()).toMatchObject([{ actor: '', type: 'CREATE', objectType: 'account', objectName: 'admin' }])
  })

  it('is not made without a password', async () => {
    for (const password of [undefined, '']) expect(await ensureFirstAdministrator(db, password, 1)).toBe(false)
    expect(await countRows('accounts')).toBe(0)
    expect((await send('GET', '/enzi/v0/accounts')).status).toBe(401)
  })

  it('rejects an invalid BREAKWATER_ADMIN_PASSWORD and names the variable', async () => {
    for (const password of ['7 chars', 'x'.repeat(1025)]) {
      await expect(ensureFirstAdministrator(db, password, 1)).rejects.toThrow(
        /^BREAKWATER_ADMIN_PASSWORD cannot be used: a password has 8 to 1024 characters/,
      )
    }
    await aPerson('alice')
    expect(await ensureFirstAdministrator(db, '7 chars', 1)).toBe(false)
  })

  it('is not made beside another user, but beside organizations', async () => {
    await anOrganization('acme')
    await aPerson('alice')
    expect(await ensureFirstAdministrator(db, 'password of admin', 1)).toBe(false)
    await env.DB.prepare(`DELETE FROM accounts WHERE name = 'alice'`).run()
    expect(await ensureFirstAdministrator(db, 'password of admin', 1)).toBe(true)
  })
})

describe('an account that was deleted meanwhile', () => {
  it('is neither changed nor deleted, and no event says so', async () => {
    const gone = {
      id: crypto.randomUUID(),
      name: parseAccountName('gone'),
      isOrganization: false,
      fullName: '',
      isAdmin: true,
      isActive: true,
      isImported: false,
    }
    const kind = { failure: { kind: 'account-unknown' } }
    await expect(changeAccount(db, gone, { isAdmin: false }, attribution)).rejects.toMatchObject(kind)
    await expect(removeAccount(db, gone, attribution)).rejects.toMatchObject(kind)
    expect(await countRows('events')).toBe(0)
  })
})
