import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { hashNewPassword, setPassword } from '../../src/accounts/passwords.ts'
import { updatePasswordHash } from '../../src/db/accounts/accounts.ts'
import { openDatabase } from '../../src/db/database.ts'
import { parseAccountName } from '../../src/names.ts'
import { countRows } from '../support/content.ts'
import { anAccount } from '../support/people.ts'

const db = openDatabase(env.DB)
const attribution = { by: parseAccountName('root'), now: 2 }
const hashOf = (id: string) =>
  env.DB.prepare('SELECT password_hash FROM accounts WHERE id = ?').bind(id).first<string>('password_hash')

describe('a changed password', () => {
  it('is not undone by a login that renews the hash of the old one at the same time', async () => {
    const alice = await anAccount('alice', 'password of alice')
    const old = await hashOf(alice.id)
    await setPassword(db, alice, { newPassword: 'another one of alice', endAccessTokens: false }, attribution)
    const changed = await hashOf(alice.id)
    await updatePasswordHash(db, alice.id, 'the old one, renewed', old ?? '')
    expect(await hashOf(alice.id)).toBe(changed)
    await updatePasswordHash(db, alice.id, 'the new one, renewed', changed ?? '')
    expect(await hashOf(alice.id)).toBe('the new one, renewed')
  })

  it('of a user who was deleted meanwhile is refused, and no event says so', async () => {
    const gone = {
      id: crypto.randomUUID(),
      name: parseAccountName('gone'),
      isOrganization: false,
      fullName: '',
      isAdmin: false,
      isActive: true,
      isImported: false,
    }
    const kind = { failure: { kind: 'user-unknown' } }
    await expect(
      setPassword(db, gone, { newPassword: 'password of gone', endAccessTokens: false }, attribution),
    ).rejects.toMatchObject(kind)
    expect(await countRows('events')).toBe(0)
  })
})

describe('a new password', () => {
  it('has 8 to 1024 characters, and no half of one', async () => {
    for (const text of ['', '1234567', 'x'.repeat(1025)]) {
      await expect(hashNewPassword(text)).rejects.toThrow('8 to 1024')
    }
    await expect(hashNewPassword('1234567\ud800')).rejects.toThrow('lone surrogates')
    expect(await hashNewPassword('12345678')).toContain('argon2id')
  })
})
