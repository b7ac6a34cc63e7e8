/** Two spellings of one distinguished name are told equal. */
import { describe, expect, it } from 'vitest'
import { dnKeyOf, isBelow, splitDn } from '../../../src/identity/links/dn.ts'

describe('the key of a distinguished name', () => {
  it.each([
    ['UID=Anna, OU=People , DC=Acme,DC=Test', 'uid=anna,ou=people,dc=acme,dc=test'],
    [String.raw`cn=Smith\, Anna,dc=test`, String.raw`CN=smith\2C Anna,dc=test`],
    [String.raw`cn=J\c3\bcrgen,dc=test`, 'cn=jürgen,dc=test'],
    ['ou=a+cn=b,dc=test', 'CN=B + OU=A, DC=test'],
    ['cn=a  b,dc=test', 'cn=a b,dc=test'],
  ])('is the same for %j and %j', (one, other) => {
    expect(dnKeyOf(one)).toBe(dnKeyOf(other))
  })

  it.each([
    [String.raw`cn=a\,dc=test`, 'cn=a,dc=test'],
    [String.raw`cn=a\2bou\3db`, 'cn=a+ou=b'],
    ['cn=a,dc=test', 'cn=a,dc=tests'],
    [String.raw`cn=a\ ,dc=test`, 'cn=a,dc=test'],
  ])('differs for %j and %j', (one, other) => {
    expect(dnKeyOf(one)).not.toBe(dnKeyOf(other))
  })

  it('tells what is below a base by whole parts', () => {
    expect(isBelow('uid=anna,dc=acme,dc=test', 'dc=acme,dc=test')).toBe(true)
    expect(isBelow('dc=acme,dc=test', 'dc=acme,dc=test')).toBe(true)
    expect(isBelow('dc=badacme,dc=test', 'acme,dc=test')).toBe(false)
    expect(isBelow('dc=acme,dc=test', '')).toBe(true)
  })

  it('splits at commas that are not escaped', () => {
    expect(splitDn(String.raw`cn=a\,b,dc=test`)).toEqual([String.raw`cn=a\,b`, 'dc=test'])
    expect(splitDn(' ')).toEqual([])
  })
})
