import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networksOf } from '../../src/auth/network.ts'
import { rulesFor, secondsToWait } from '../../src/auth/throttle.ts'

const now = Date.UTC(2026, 0, 1)
const rules = rulesFor('alice', networksOf('2001:db8:1:2::1'))

/** What was counted from the /64, the /56 and the /48 of the rules, for their addresses, and for the account. */
interface Counted {
  readonly here?: Failed
  readonly household?: Failed
  readonly site?: Failed
  readonly address?: Failed
  readonly account?: Failed
}
type Failed = { readonly count: number; readonly lastAt: number }

const keys: Record<keyof Counted, string> = {
  here: 'account alice from 2001:db8:1:2::/64',
  household: 'account alice from 2001:db8:1:0::/56',
  site: 'account alice from 2001:db8:1::/48',
  address: 'address 2001:db8:1:2::/64',
  account: 'account alice',
}

const failed = (count: number, secondsAgo = 0): Failed => ({ count, lastAt: now - secondsAgo * 1000 })

function wait(counted: Counted, { isKnown = false, at = now } = {}): number {
  const failures = Object.entries(keys).flatMap(([name, key]) => {
    const found = counted[name as keyof Counted]
    return found === undefined ? [] : [{ key, ...found }]
  })
  return secondsToWait(rules, failures, isKnown, at)
}

describe('the wait after failed logins', () => {
  it('is none at first, then doubles with every failure, up to a quarter of an hour', () => {
    const waits = [0, 4, 5, 6, 7, 10, 14, 15, 50, 5000].map((count) => wait({ here: failed(count) }))
    expect(waits).toEqual([0, 0, 1, 2, 4, 32, 512, 900, 900, 900])
  })

  it('passes with time', () => {
    expect(wait({ here: failed(10, 30) })).toBe(2)
    expect(wait({ here: failed(10, 32) })).toBe(0)
    // In whole seconds: a client that waits for as long as it is told must not come too early.
    expect(wait({ here: failed(10, 30.5) })).toBe(2)
    expect(wait({ here: failed(10, 31.999) })).toBe(1)
  })

  it('is forgotten after an hour', () => {
    expect(wait({ here: failed(1000, 3600), address: failed(1000, 3600) })).toBe(0)
  })

  it('comes from the /56 and the /48 too, after twice and four times as many', () => {
    expect([9, 10, 11].map((count) => wait({ household: failed(count) }))).toEqual([0, 1, 2])
    expect([19, 20, 21].map((count) => wait({ site: failed(count) }))).toEqual([0, 1, 2])
  })

  it('comes from an address that tries many accounts, too', () => {
    expect([49, 50, 53, 70].map((count) => wait({ address: failed(count) }))).toEqual([0, 1, 8, 900])
  })

  it('comes from an account that is tried from many addresses, where it was tried in vain: a guess is left to each', () => {
    for (const tried of [{ here: failed(1) }, { household: failed(1) }, { site: failed(1) }]) {
      const waits = [99, 100, 103, 1_000_000].map((count) => wait({ ...tried, account: failed(count) }))
      expect(waits).toEqual([0, 1, 8, 900])
      expect(wait({ ...tried, account: failed(1_000_000) }, { isKnown: true })).toBe(0)
    }
    expect(wait({ account: failed(1_000_000) })).toBe(0)
    expect(wait({ here: failed(1, 3600), account: failed(1_000_000) })).toBe(0)
  })

  // Within the last hour, and some before: what is older is forgotten anyway.
  const lastAt = fc.integer({ min: now - 5_000_000, max: now })
  const failures = fc.record({ count: fc.nat(10_000), lastAt })

  it('for a user at a known address never depends on what strangers do, there or elsewhere', () => {
    fc.assert(
      fc.property(failures, failures, failures, failures, failures, (here, household, site, address, account) => {
        const all = wait({ here, household, site, address, account }, { isKnown: true })
        expect(all).toBe(wait({ here }, { isKnown: true }))
      }),
    )
  })

  it('is never longer than a quarter of an hour, and over when it has passed', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(4000), (count, secondsAgo) => {
        const counted = { here: failed(count, secondsAgo), address: failed(count, secondsAgo) }
        const seconds = wait(counted)
        expect(seconds).toBeLessThanOrEqual(900)
        expect(wait(counted, { at: now + seconds * 1000 })).toBe(0)
      }),
    )
  })
})
