/** Which name an account of another provider's user gets. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountNameFor, whyNoName } from '../../../src/identity/links/names.ts'
import { isAccountName } from '../../../src/names.ts'

describe('the name of an imported account', () => {
  it('is the name of the provider in lower case', () => {
    expect(accountNameFor('Anna.Smith')).toEqual({ name: 'anna.smith' })
    expect(accountNameFor('u-1_2')).toEqual({ name: 'u-1_2' })
  })

  it.each([
    ['', 'empty'],
    ['a'.repeat(101), 'too-long'],
    ['admin', 'reserved'],
    ['ADMIN', 'reserved'],
    ['0198c2f4-5d1e-7a30-9b6c-2f1f4f0e7d11', 'like-id'],
    ['0198C2F4-5D1E-7A30-9B6C-2F1F4F0E7D11', 'like-id'],
    ['robot.acme.ci', 'like-service-account'],
    ['Robot.acme.ci', 'like-service-account'],
    ['anna smith', 'not-in-grammar'],
    ['änna', 'not-in-grammar'],
    ['acme/app', 'not-in-grammar'],
    ['anna@acme.test', 'not-in-grammar'],
    ['.anna', 'not-in-grammar'],
    ['anna\u0000', 'not-in-grammar'],
    // The Kelvin sign is a "k" in lower case: it must not take the name of another user.
    ['\u212Aarl', 'not-in-grammar'],
  ])('refuses %j: %s', (name, refusal) => {
    expect(accountNameFor(name)).toEqual({ refusal })
  })

  it('has the grammar of accounts for any text, or a reason', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
        const named = accountNameFor(text)
        if ('name' in named) expect(isAccountName(named.name)).toBe(true)
        else expect(whyNoName(named.refusal)).not.toBe('')
      }),
    )
  })
})
