/** What was taken away is written to the bucket of backups, by whatever path, and stays as long as a restore needs it. */
import { createExecutionContext, createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it, vi } from 'vitest'
import { hashOpaqueToken } from '../../../src/auth/opaque-token.ts'
import { mayRevoke } from '../../../src/backup/revocations/middleware.ts'
import { flushRevocations, revocationsOfObject, trimRevocations } from '../../../src/backup/revocations/journal.ts'
import worker from '../../../src/worker.ts'
import { testContext } from '../../support/context.ts'
import { aPerson, anAccessToken, type Person } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { journalEntries, journalKeys } from '../support/journal.ts'

let root: Person
let hash: string

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await aPerson('alice')
  hash = await hashOpaqueToken(await anAccessToken('alice'))
})

const kindsIn = async (): Promise<string[]> => (await journalEntries()).map(({ kind }) => kind)

it('a deleted token is in the bucket soon after the answer, with no secret, and its row is gone', async () => {
  expect((await root.ask('DELETE', `/api/v0/api_tokens/${hash}`)).status).toBe(200)
  await vi.waitFor(async () => expect(await journalKeys()).toHaveLength(1), { timeout: 10_000 })
  const [entry, ...others] = await journalEntries()
  expect(others).toEqual([])
  expect(entry).toMatchObject({ kind: 'token', subject: hash, label: 'login of a test' })
  expect(Math.abs((entry?.at ?? 0) - Date.now())).toBeLessThan(60_000)
  await vi.waitFor(async () => expect(await rowsOf('SELECT 1 FROM revocations')).toEqual([]), { timeout: 10_000 })
})

it('each way to take something away leaves an entry, and a way back leaves none', async () => {
  const one = `/enzi/v0/accounts/alice`
  const { results } = await env.DB.prepare("SELECT id FROM accounts WHERE name = 'alice'").all<{ id: string }>()
  const id = results[0]?.id ?? ''
  await env.DB.batch([
    env.DB.prepare('UPDATE accounts SET is_admin = 1, password_hash = ? WHERE id = ?').bind('one', id),
    env.DB.prepare('UPDATE access_tokens SET last_used_at = 5 WHERE hash = ?').bind(hash),
    env.DB.prepare('UPDATE accounts SET password_hash = ? WHERE id = ?').bind('another', id),
    env.DB.prepare(
      "INSERT INTO public_keys (id, account_id, fingerprint, public_key, label, created_at) VALUES ('k', ?, 'f', 'p', 'laptop', 1)",
    ).bind(id),
    env.DB.prepare(
      "INSERT INTO signer_identities (id, account_id, issuer, subject, created_at) VALUES ('s', ?, 'https://issuer', 'a@b', 1)",
    ).bind(id),
    env.DB.prepare(
      "INSERT INTO identities (provider, subject, account_id, name, last_seen_at) VALUES ('https://login', 'u', ?, 'ann', 1)",
    ).bind(id),
    env.DB.prepare("INSERT INTO trust_roots (name, kind, document, created_at) VALUES ('own', 'x509', 'd', 1)"),
    env.DB.prepare("DELETE FROM trust_roots WHERE name = 'own'"),
  ])
  await root.ask('PATCH', `/api/v0/api_tokens/${hash}`, { isActive: false })
  await root.ask('PATCH', `/api/v0/api_tokens/${hash}`, { isActive: true })
  expect((await root.ask('PATCH', one, { isAdmin: false })).status).toBe(200)
  expect((await root.ask('PATCH', one, { isActive: false })).status).toBe(200)
  expect((await root.ask('PATCH', one, { isActive: true })).status).toBe(200)
  // With the account go its tokens, keys and identities.
  expect((await root.ask('DELETE', one)).status).toBe(204)
  await vi.waitFor(
    async () => {
      await flushRevocations(testContext())
      expect([...new Set(await kindsIn())].sort()).toEqual([
        'account-deleted',
        'account-inactive',
        'administrator',
        'identity',
        'password',
        'public-key',
        'signer',
        'token',
        'trust-root',
      ])
    },
    { timeout: 10_000 },
  )
  const entries = await journalEntries()
  const told = new Set(entries.map(({ kind, label }) => `${kind} ${label}`))
  expect(told).toContain('public-key laptop')
  expect(told).toContain('signer https://issuer a@b')
  expect(told).toContain('identity https://login ann')
  expect(entries.filter(({ kind }) => kind !== 'trust-root').every(({ accountId }) => accountId === id)).toBe(true)
})

/** Fires the cron trigger at this minute of the present hour. */
async function tickAt(minute: number): Promise<void> {
  const scheduledTime = new Date(new Date().setUTCMinutes(minute, 0, 0))
  await worker.scheduled(createScheduledController({ scheduledTime }), env, createExecutionContext())
}

it('the cron trigger trims the journal in the first minute of an hour', async () => {
  await insertMany(1)
  await tickAt(59)
  expect(await journalKeys()).toHaveLength(1)
  await tickAt(0)
  expect(await journalKeys()).toEqual([])
})

it('the cron trigger writes what no request did, also much of it', async () => {
  const many = revocationsOfObject * 2 + 1
  await insertMany(many)
  await tickAt(30)
  expect(await journalKeys()).toHaveLength(3)
  expect(new Set((await journalEntries()).map(({ subject }) => subject)).size).toBe(many)
  expect(await rowsOf('SELECT 1 FROM revocations')).toEqual([])
})

it('one that was written twice, as its row was not yet deleted, is one object', async () => {
  await insertMany(3)
  await env.DB.prepare('CREATE TABLE saved AS SELECT * FROM revocations').run()
  await flushRevocations(testContext())
  await env.DB.batch([
    env.DB.prepare('INSERT INTO revocations SELECT * FROM saved'),
    env.DB.prepare('DROP TABLE saved'),
  ])
  await flushRevocations(testContext())
  expect(await journalEntries()).toHaveLength(3)
})

it('entries stay that are younger than the oldest backup, and while a backup is being made', async () => {
  const day = 24 * 3600 * 1000
  const now = Date.now() + 10 * day
  await backUp()
  await insertMany(1, Date.now() - 2 * day)
  await flushRevocations(testContext())
  await insertMany(1, Date.now() + 1)
  await flushRevocations(testContext())
  expect(await journalKeys()).toHaveLength(2)
  await env.BACKUPS.put('backups/later/begun', '')
  await trimRevocations({ ...testContext(), now })
  expect(await journalKeys()).toHaveLength(2)
  await env.BACKUPS.delete('backups/later/begun')
  await trimRevocations({ ...testContext(), now })
  expect(await journalKeys()).toHaveLength(1)
  expect((await journalEntries())[0]?.at).toBeGreaterThan(Date.now() - day)
  const { objects } = await env.BACKUPS.list({ prefix: 'backups/' })
  await env.BACKUPS.delete(objects.map(({ key }) => key))
  await trimRevocations(testContext())
  expect(await journalKeys(), 'a backup may have begun').toHaveLength(1)
  await trimRevocations({ ...testContext(), now })
  expect(await journalKeys()).toEqual([])
})

it('only requests that may take something away write the journal', () => {
  const accounts = '/enzi/v0/accounts/alice'
  expect(mayRevoke('DELETE', accounts)).toBe(true)
  expect(mayRevoke('POST', `${accounts}/changePassword`)).toBe(true)
  expect(mayRevoke('PATCH', '/api/v0/api_tokens/abc')).toBe(true)
  expect(mayRevoke('DELETE', '/api/v0/api_tokens')).toBe(true)
  expect(mayRevoke('DELETE', '/api/v0/trust/roots/own')).toBe(true)
  expect(mayRevoke('GET', accounts)).toBe(false)
  expect(mayRevoke('PUT', '/v2/accounts/app/manifests/latest')).toBe(false)
  expect(mayRevoke('POST', '/api/v0/accountsx')).toBe(false)
})

async function insertMany(count: number, at = 1): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
     INSERT INTO revocations (kind, subject, account_id, label, at)
     SELECT 'token', 'hash ' || number, 'account', '', ? FROM numbers`,
  )
    .bind(count, at)
    .run()
}
