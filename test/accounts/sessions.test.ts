import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { makeOpaqueToken } from '../../src/auth/opaque-token.ts'
import { openDatabase } from '../../src/db/database.ts'
import { insertSession } from '../../src/db/logins.ts'
import { countRows } from '../support/content.ts'
import { anAccount } from '../support/people.ts'

it('a session does not begin with a password that was changed since it was checked', async () => {
  const { id: accountId } = await anAccount('alice', 'password of alice')
  const passwordHash = (await env.DB.prepare('SELECT password_hash FROM accounts').first<string>('password_hash')) ?? ''
  const begin = async () => {
    const { hash } = await makeOpaqueToken('session')
    return insertSession(openDatabase(env.DB), { hash, accountId, passwordHash, expiresAt: Date.now() + 1000 })
  }
  expect(await begin()).toBe(true)
  await env.DB.prepare(`UPDATE accounts SET password_hash = 'another'`).run()
  expect(await begin()).toBe(false)
  await env.DB.prepare('UPDATE accounts SET password_hash = ?, is_active = 0').bind(passwordHash).run()
  expect(await begin()).toBe(false)
  expect(await countRows('sessions')).toBe(1)
})
