import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exhausted, networkOf, secondsToWait, type LoginHistory } from '../../src/auth/throttle.ts'

const now = Date.UTC(2026, 0, 1)
const nothing: LoginHistory = {
  accountFromAddress: undefined,
  address: undefined,
  account: undefined,
  isKnownAddress: false,
}
const failed = (count: number, secondsAgo = 0) => ({ count, lastAt: now - secondsAgo * 1000 })
const wait = (history: Partial<LoginHistory>) => secondsToWait({ ...nothing, ...history }, now)

describe('the wait after failed logins', () => {
  it('is none at first, then doubles with every failure, up to a quarter of an hour', () => {
    const waits = [0, 4, 5, 6, 7, 10, 14, 15, 50].map((count) => wait({ accountFromAddress: failed(count) }))
    expect(waits).toEqual([0, 0, 1, 2, 4, 32, 512, 900, 900])
  })

  it('passes with time', () => {
    expect(wait({ accountFromAddress: failed(10, 30) })).toBe(2)
    expect(wait({ accountFromAddress: failed(10, 32) })).toBe(0)
  })

  it('is forgotten after an hour', () => {
    expect(wait({ accountFromAddress: failed(1000, 3600), address: failed(1000, 3600) })).toBe(0)
  })

  it('comes from an address that tries many accounts, too', () => {
    expect([49, 50, 53, 70].map((count) => wait({ address: failed(count) }))).toEqual([0, 1, 8, 900])
  })

  it('comes from an account that is tried from many addresses, where it was tried in vain: a guess is left to each', () => {
    const tried = { accountFromAddress: failed(1) }
    expect([99, 100, 103, 1_000_000].map((count) => wait({ ...tried, account: failed(count) }))).toEqual([0, 1, 8, 900])
    expect(wait({ account: failed(1_000_000) })).toBe(0)
    expect(wait({ accountFromAddress: failed(1, 3600), account: failed(1_000_000) })).toBe(0)
    expect(wait({ ...tried, account: failed(1_000_000), isKnownAddress: true })).toBe(0)
  })

  it('for a user at a known address never depends on what strangers do, there or elsewhere', () => {
    const failures = fc.option(fc.record({ count: fc.nat(10_000), lastAt: fc.integer({ min: 0, max: now }) }), {
      nil: undefined,
    })
    fc.assert(
      fc.property(failures, failures, failures, (accountFromAddress, address, account) => {
        const own = { ...nothing, accountFromAddress, isKnownAddress: true }
        expect(secondsToWait({ ...own, address, account }, now)).toBe(secondsToWait(own, now))
      }),
    )
  })

  it('is never longer than a quarter of an hour, and over when it has passed', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(4000), (count, secondsAgo) => {
        const history = {
          ...nothing,
          accountFromAddress: failed(count, secondsAgo),
          address: failed(count, secondsAgo),
        }
        const seconds = secondsToWait(history, now)
        expect(seconds).toBeLessThanOrEqual(900)
        expect(secondsToWait(history, now + seconds * 1000)).toBe(0)
      }),
    )
  })
})

describe('one guess when a wait is over', () => {
  it('is due for every count that has reached its limit, and for none before', () => {
    const due = (history: Partial<LoginHistory>) => exhausted({ ...nothing, ...history }, now)
    expect(due({})).toEqual([])
    expect(due({ accountFromAddress: failed(4), address: failed(49), account: failed(99) })).toEqual([])
    expect(due({ accountFromAddress: failed(5, 100), address: failed(50, 100), account: failed(100, 100) })).toEqual([
      'accountFromAddress',
      'address',
      'account',
    ])
    expect(due({ accountFromAddress: failed(9, 3600), account: failed(1000) })).toEqual([])
    expect(due({ accountFromAddress: failed(1), address: failed(1000), isKnownAddress: true })).toEqual([])
  })
})

describe('the network of an address', () => {
  const table = [
    [undefined, 'local'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['whatever a client makes up', 'local'],
    ['1'.repeat(5000), 'local'],
  ] as const
  for (const [address, network] of table) {
    it(`of ${(address ?? 'nobody knows where').slice(0, 40)} is ${network}`, () =>
      expect(networkOf(address)).toBe(network))
  }
})
