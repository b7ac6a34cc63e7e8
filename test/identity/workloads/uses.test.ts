/** When a token of a workload may come again. */
import { describe, expect, it } from 'vitest'
import { reuseSeconds, whyUsedUp } from '../../../src/identity/workloads/uses.ts'

const now = 1_000_000_000
const earlier = { network: '192.0.2.1', firstUsedAt: now - 1000, usedAs: 'password' } as const
const attempt = { network: '192.0.2.1', usedAs: 'password', anyNetwork: false } as const
const long = { ...earlier, firstUsedAt: now - reuseSeconds * 1000 }

describe('a token', () => {
  it.each([
    ['gets in the first time', undefined, attempt, undefined],
    ['gets in once by an exchange', undefined, { ...attempt, usedAs: 'exchange' }, undefined],
    ['comes again as a password from the same network', earlier, attempt, undefined],
    ['does not come again from another network', earlier, { ...attempt, network: '192.0.2.2' }, 'used-elsewhere'],
    ['does so where the rules do not mind', earlier, { ...attempt, network: 'x', anyNetwork: true }, undefined],
    ['does not come again after an hour', long, { ...attempt, anyNetwork: true }, 'used-elsewhere'],
    ['is not exchanged after it was a password', earlier, { ...attempt, usedAs: 'exchange' }, 'used'],
    ['is not exchanged twice', { ...earlier, usedAs: 'exchange' }, { ...attempt, usedAs: 'exchange' }, 'used'],
    ['is no password after it was exchanged', { ...earlier, usedAs: 'exchange' }, attempt, 'used'],
  ] as const)('%s', (_, first, again, why) => {
    expect(whyUsedUp(first, again, now)?.kind).toBe(why)
  })
})
