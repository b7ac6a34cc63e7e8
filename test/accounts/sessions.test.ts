import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { makeOpaqueToken } from '../../src/auth/opaque-token.ts'
import { openDatabase } from '../../src/db/database.ts'
import { findSessionLogin, insertSession } from '../../src/db/accounts/sessions.ts'
import { mostSessions } from '../../src/limits.ts'
import { countRows } from '../support/content.ts'
import { anAccount } from '../support/people.ts'

const client = { address: '192.0.2.7', agent: 'curl/8' }

it('a session does not begin with a password that was changed since it was checked', async () => {
  const { id: accountId } = await anAccount('alice', 'password of alice')
  const passwordHash = (await env.DB.prepare('SELECT password_hash FROM accounts').first<string>('password_hash')) ?? ''
  const begin = async () => {
    const { hash } = await makeOpaqueToken('session')
    return insertSession(openDatabase(env.DB), { hash, accountId, passwordHash, ...client, now: Date.now() })
  }
  expect(await begin()).toBe(true)
  await env.DB.prepare(`UPDATE accounts SET password_hash = 'another'`).run()
  expect(await begin()).toBe(false)
  await env.DB.prepare('UPDATE accounts SET password_hash = ?, is_active = 0').bind(passwordHash).run()
  expect(await begin()).toBe(false)
  expect(await countRows('sessions')).toBe(1)
})

it('a session is over at the moment that it ends, and with the deactivation of its account', async () => {
  const { id: accountId } = await anAccount('alice', 'password of alice')
  await env.DB.prepare('INSERT INTO sessions (hash, account_id, expires_at) VALUES (?, ?, ?)')
    .bind('a hash', accountId, 1000)
    .run()
  const db = openDatabase(env.DB)
  expect(await findSessionLogin(db, 'a hash', 999)).toMatchObject({ account: { name: 'alice' } })
  expect(await findSessionLogin(db, 'a hash', 1000)).toBeUndefined()
  await env.DB.prepare('UPDATE accounts SET is_active = 0').run()
  expect(await findSessionLogin(db, 'a hash', 999)).toBeUndefined()
})

it('one session more than an account may have ends its oldest, and none of others', async () => {
  const { id: accountId } = await anAccount('alice', 'password of alice')
  const { id: otherId } = await anAccount('bob', 'password of bob')
  const begun = (count: number, owner: string) =>
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO sessions (hash, account_id, expires_at) SELECT ?2 || i, ?2, i FROM n`,
    )
      .bind(count, owner)
      .run()
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('sessionPerUserLimit', '0')").run()
  await begun(mostSessions - 1, accountId)
  await begun(1, otherId)
  const begin = async (hash: string) => {
    const { passwordHash } = (await env.DB.prepare('SELECT password_hash AS passwordHash FROM accounts WHERE id = ?')
      .bind(accountId)
      .first<{ passwordHash: string }>()) ?? { passwordHash: '' }
    return insertSession(openDatabase(env.DB), { hash, accountId, passwordHash, ...client, now: Date.now() })
  }
  expect(await begin('the last that fits')).toBe(true)
  expect(await countRows('sessions', `account_id = '${accountId}'`)).toBe(mostSessions)
  expect(await begin('one more')).toBe(true)
  expect(await countRows('sessions', `account_id = '${accountId}'`)).toBe(mostSessions)
  expect(await countRows('sessions', `hash IN ('one more', 'the last that fits')`)).toBe(2)
  expect(await countRows('sessions', `hash = '${accountId}1'`)).toBe(0)
  expect(await countRows('sessions', `account_id = '${otherId}'`)).toBe(1)
})
