/** A restore holds the tokens that were revoked after the backup inactive, and tells of all that came back. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { hashOpaqueToken } from '../../../src/auth/opaque-token.ts'
import { holdRevoked, saveRevocations, type RevokedSince } from '../../../src/backup/revocations/holding.ts'
import { flushRevocations } from '../../../src/backup/revocations/journal.ts'
import { testContext } from '../../support/context.ts'
import { aPerson, anAccessToken } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { journalKeys } from '../support/journal.ts'

const minute = 60_000
const holding = { prefix: '', keepsActive: false }
let before: number
let hash: string
let kept: string

beforeEach(async () => {
  await aPerson('alice')
  hash = await hashOpaqueToken(await anAccessToken('alice'))
  kept = await hashOpaqueToken(await anAccessToken('alice'))
  before = Date.now()
})

async function all(options: Parameters<typeof holdRevoked>[1]): Promise<RevokedSince[]> {
  const found: RevokedSince[] = []
  let after: string | null = null
  do {
    const slice = await holdRevoked(testContext(), options, after)
    expect(slice.unreadable).toEqual([])
    found.push(...slice.revoked)
    after = slice.next
  } while (after !== null)
  return found
}

/** Deletes a token, and puts its row back as a restore does. */
async function revokeAndRestore(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE saved AS SELECT * FROM access_tokens WHERE hash = ?').bind(hash),
    env.DB.prepare('DELETE FROM access_tokens WHERE hash = ?').bind(hash),
    env.DB.prepare('INSERT INTO access_tokens SELECT * FROM saved'),
    env.DB.prepare('DROP TABLE saved'),
  ])
}

const active = async (): Promise<string[]> =>
  (await rowsOf<{ hash: string }>('SELECT hash FROM access_tokens WHERE is_active = 1')).map((row) => row.hash)

it('holds what was revoked since, tells whose it is, and can be done again', async () => {
  await revokeAndRestore()
  expect(await saveRevocations(testContext())).toBeUndefined()
  for (const time of ['first', 'second']) {
    const found = await all({ ...holding, createdAt: before })
    expect(found, time).toMatchObject([
      { kind: 'token', subject: hash, owner: 'alice', label: 'login of a test', isHeld: true },
    ])
    expect(await active()).toEqual([kept])
  }
})

it('keeps tokens active if asked for, and lists them all the same', async () => {
  await revokeAndRestore()
  await saveRevocations(testContext())
  expect(await all({ ...holding, keepsActive: true, createdAt: before })).toMatchObject([
    { subject: hash, isHeld: false },
  ])
  expect((await active()).sort()).toEqual([hash, kept].sort())
})

it('leaves alone what was revoked before the backup, and what the backup does not have', async () => {
  await revokeAndRestore()
  await env.DB.prepare(
    "INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('token', 'x', 'y', '', ?)",
  )
    .bind(before + 5 * minute)
    .run()
  await flushRevocations(testContext())
  await env.DB.prepare(
    "INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('account-deleted', 'gone', 'gone', 'bob', ?)",
  )
    .bind(before + 5 * minute)
    .run()
  await flushRevocations(testContext())
  expect(await all({ ...holding, createdAt: Date.now() + 3 * minute })).toEqual([])
})

it('works on tables that have other names until the restore is done', async () => {
  await revokeAndRestore()
  await saveRevocations(testContext())
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE restoring_access_tokens AS SELECT * FROM access_tokens'),
    env.DB.prepare('CREATE TABLE restoring_accounts AS SELECT * FROM accounts'),
  ])
  await all({ prefix: 'restoring_', keepsActive: false, createdAt: before })
  expect(await rowsOf('SELECT hash FROM restoring_access_tokens WHERE is_active = 1')).toEqual([{ hash: kept }])
  expect(await active()).toHaveLength(2)
  await env.DB.batch([
    env.DB.prepare('DROP TABLE restoring_access_tokens'),
    env.DB.prepare('DROP TABLE restoring_accounts'),
  ])
})

it('reads many objects slice by slice, and names a damaged one', async () => {
  for (let at = 0; at < 120; at++) {
    const key = `revocations/${String(before + at).padStart(15, '0')}-${String(at).padStart(15, '0')}-0`
    await env.BACKUPS.put(
      key,
      JSON.stringify([{ kind: 'token', subject: `no ${at}`, accountId: 'x', label: '', at: 1 }]),
    )
  }
  await revokeAndRestore()
  await flushRevocations(testContext())
  const last = (await journalKeys()).at(-1) ?? ''
  await env.BACKUPS.put(`${last}-damaged`, '[{')
  let after: string | null = null
  const slices = []
  do {
    const slice = await holdRevoked(testContext(), { ...holding, createdAt: before }, after)
    slices.push(slice)
    after = slice.next
  } while (after !== null)
  expect(slices).toHaveLength(3)
  expect(slices.flatMap(({ revoked }) => revoked)).toMatchObject([{ subject: hash }])
  expect(slices.flatMap(({ unreadable }) => unreadable)).toEqual([`${last}-damaged`])
})

describe('a database that cannot be asked', () => {
  it('is told of, and the bucket has what was written before', async () => {
    await revokeAndRestore()
    await flushRevocations(testContext())
    await env.DB.prepare('ALTER TABLE revocations RENAME TO lost').run()
    expect(await saveRevocations(testContext())).toMatch(/revocations/)
    expect(await all({ ...holding, createdAt: before })).toMatchObject([{ subject: hash, isHeld: true }])
    await env.DB.prepare('ALTER TABLE lost RENAME TO revocations').run()
  })
})
