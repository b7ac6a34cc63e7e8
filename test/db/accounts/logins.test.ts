import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networksOf } from '../../../src/auth/network.ts'
import { forgetSeconds, longestWaitSeconds, rulesFor, secondsToWait, trialKey } from '../../../src/auth/throttle.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { openLogin, type Guess } from '../../../src/db/accounts/logins.ts'
import { countRows } from '../../support/content.ts'
import { aPerson } from '../../support/people.ts'

const db = openDatabase(env.DB)
const now = Date.UTC(2026, 0, 1)
const networks = networksOf('2001:db8:1:2::1')
const [{ name: address }] = networks
const trial = trialKey('alice', address)
const rules = rulesFor('alice', networks)
const guess: Guess = {
  name: 'alice',
  address,
  rules,
  trialKey: trial,
  key: `${trial} tried something`,
  provenHash: null,
  provenId: null,
  now,
  since: now - forgetSeconds * 1000,
  longestWaitSeconds,
}

async function counted(failures: ReadonlyArray<{ key: string; count: number; lastAt: number }>): Promise<void> {
  const insert = env.DB.prepare('INSERT INTO login_failures (key, count, last_at) VALUES (?, ?, ?)')
  await env.DB.batch([
    env.DB.prepare('DELETE FROM login_failures'),
    ...failures.map(({ key, count, lastAt }) => insert.bind(key, count, lastAt)),
  ])
}

describe('a guess', () => {
  it('is counted exactly where it need not wait', async () => {
    const [alice, bob] = [await aPerson('alice'), await aPerson('bob')]
    const around = (free: number) => fc.integer({ min: Math.max(1, free - 2), max: free + 12 })
    const ages = fc.oneof(fc.nat(40_000), fc.integer({ min: 890_000, max: 910_000 }), fc.nat(4_000_000))
    const failures = fc.tuple(
      ...rules.map(({ key, free }) =>
        fc.option(fc.record({ key: fc.constant(key), count: around(free), lastAt: ages.map((age) => now - age) })),
      ),
    )
    await fc.assert(
      fc.asyncProperty(failures, fc.boolean(), async (some, isKnown) => {
        const found = some.filter((one) => one !== null)
        await counted(found)
        const known = env.DB.prepare('INSERT INTO login_addresses VALUES (?, ?, ?)')
        await env.DB.batch([
          env.DB.prepare('DELETE FROM login_addresses'),
          known.bind(bob.id, address, now - 1),
          known.bind(alice.id, '198.51.100.7', now - 2),
          ...(isKnown ? [known.bind(alice.id, address, now)] : []),
        ])
        const opened = await openLogin(db, guess)
        expect(opened.lastSeenAt).toBe(isKnown ? now : undefined)
        expect(opened.isCounted).toBe(secondsToWait(rules, opened.failures, isKnown, now) === 0)
      }),
      { numRuns: 60 },
    )
  })

  it('is counted once, until an hour has passed', async () => {
    expect((await openLogin(db, guess)).isCounted).toBe(true)
    expect((await openLogin(db, guess)).isCounted).toBe(false)
    const later = now + forgetSeconds * 1000
    expect((await openLogin(db, { ...guess, now: later, since: now })).isCounted).toBe(true)
    expect(await countRows('login_failures', 'count = 1')).toBe(rules.length + 1)
  })

  it('is not counted while it is known to be right, and is when the password has changed', async () => {
    const alice = await aPerson('alice')
    await env.DB.prepare(`UPDATE accounts SET password_hash = 'a hash' WHERE id = ?`).bind(alice.id).run()
    expect((await openLogin(db, { ...guess, provenHash: 'a hash' })).isCounted).toBe(false)
    expect((await openLogin(db, { ...guess, provenHash: 'an older hash' })).isCounted).toBe(true)
  })

  it('that a directory has just called right is of the account that it named, also by another name', async () => {
    const alice = await aPerson('alice')
    const renamed = { ...guess, name: 'alice.married', provenId: alice.id }
    const opened = await openLogin(db, renamed)
    expect(opened.account?.name).toBe('alice')
    expect(opened.isCounted).toBe(false)
    await env.DB.prepare('UPDATE accounts SET is_active = 0 WHERE id = ?').bind(alice.id).run()
    const later = await openLogin(db, renamed)
    expect(later.account).toBeUndefined()
    expect(later.isCounted).toBe(true)
  })
})
