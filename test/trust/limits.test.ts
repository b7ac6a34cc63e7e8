import { beforeEach, describe, expect, it } from 'vitest'
import { longestGun, longestHost, mostTrustHosts } from '../../src/limits.ts'
import { parseGun } from '../../src/trust/gun.ts'
import { isWithin, text, times } from '../support/bounds.ts'
import { aPerson, type Person } from '../support/people.ts'

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

const setHosts = (trustHosts: readonly string[]): Promise<boolean> =>
  isWithin(root.ask('POST', '/api/v0/meta/settings', { trustHosts }))

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => boolean | Promise<boolean>]> = {
  longestGun: [longestGun, (size) => parseGun(`h/a/${text(size - 4)}`) !== undefined],
  longestHost: [longestHost, (size) => setHosts([text(size)])],
  mostTrustHosts: [mostTrustHosts, (size) => setHosts(times(size, 'registry.example.com'))],
}

describe('a bound of content trust is taken at its edge, and nothing beyond it', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
