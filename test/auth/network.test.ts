import { describe, expect, it } from 'vitest'
import { networksOf } from '../../src/auth/network.ts'

describe('the networks of an address', () => {
  const table = [
    [undefined, ['local']],
    ['192.0.2.7', ['192.0.2.7']],
    ['::ffff:192.0.2.7', ['192.0.2.7']],
    ['2001:db8:1:2:3:4:5:6', ['2001:db8:1:2::/64', '2001:db8:1:0::/56', '2001:db8:1::/48']],
    ['2001:DB8:1:ab02::1', ['2001:db8:1:ab02::/64', '2001:db8:1:ab00::/56', '2001:db8:1::/48']],
    ['2001:db8:1:b02::1', ['2001:db8:1:b02::/64', '2001:db8:1:b00::/56', '2001:db8:1::/48']],
    ['2001:0db8::1', ['2001:db8:0:0::/64', '2001:db8:0:0::/56', '2001:db8:0::/48']],
    ['::1', ['0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48']],
    ['fe80::', ['fe80:0:0:0::/64', 'fe80:0:0:0::/56', 'fe80:0:0::/48']],
    ['whatever a client makes up', ['local']],
    ['1'.repeat(5000), ['local']],
  ] as const
  for (const [address, networks] of table) {
    it(`of ${(address ?? 'an unknown place').slice(0, 40)} are ${networks.join(', ')}`, () =>
      expect(networksOf(address).map(({ name }) => name)).toEqual(networks))
  }

  it('have more free guesses the wider they are', () => {
    expect(networksOf('2001:db8::1').map(({ factor }) => factor)).toEqual([1, 2, 4])
  })
})
