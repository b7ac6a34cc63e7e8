import * as fc from 'fast-check'
import { FilterParser } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { filterFault } from '../../../src/identity/ldap/filter-grammar.ts'

describe('a filter', () => {
  it.each([
    '(cn=a)',
    'cn=a',
    '(objectClass=*)',
    '(cn=*Lu\\c4\\8di\\c4\\87*)',
    '(cn=a (b\\29)'.replace('(b', '\\28b'),
    '(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))',
    '(memberOf:1.2.840.113556.1.4.1941:=cn=dev,ou=groups,dc=acme)',
    '(|(a>=1)(b<=2)(c~=d)(e:dn:=f)(:dn:2.4.6.8:=g)(h:=i))',
    '(o=Parens R Us \\28for all your parenthetical needs\\29)',
    '(cn=)',
  ])('by RFC 4515 is taken: %s', (text) => {
    expect(filterFault(text)).toBeUndefined()
  })

  it.each([
    ['(cn=a', 6, 'closing'],
    ['(&(cn=a)(sn=b)', 15, 'closing'],
    ['(&(cn=a)sn=b)', 9, 'closing'],
    ['(!cn=a)', 3, 'opening'],
    ['(&)', 3, 'opening'],
    ['(& (cn=a))', 3, 'opening'],
    ['((cn=a))', 2, 'attribute'],
    ['()', 2, 'attribute'],
    ['(=a)', 2, 'attribute'],
    ['( cn=a)', 2, 'attribute'],
    ['(cn)', 4, 'operator'],
    ['(cn>a)', 4, 'operator'],
    ['(cn=a(b)', 6, 'escape'],
    [String.raw`(cn=a\zz)`, 6, 'escape'],
    ['(cn=a))', 7, 'end'],
    ['(cn=a)(sn=b)', 7, 'end'],
    ['(cn=a) ', 7, 'end'],
    ['cn', 3, 'operator'],
    ['cn=a)', 5, 'end'],
    ['cn=a(', 5, 'escape'],
    ['cn=a)(sn=b', 5, 'end'],
  ])('that is wrong is refused where it is: %s', (text, at, expected) => {
    expect(filterFault(text)).toEqual({ at, expected })
  })

  it('that has no fault is one that the library can send', () => {
    const pieces = [
      '(',
      ')',
      '&',
      '|',
      '!',
      'cn',
      'sn-x',
      '=',
      '>=',
      '<=',
      '~=',
      ':=',
      ':dn',
      ':2.5',
      'a b',
      '*',
      '\\2a',
      '\\',
    ]
    const texts = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 14 }).map((some) => some.join(''))
    const sound = fc.letrec<{ filter: string; item: string }>((tie) => ({
      item: fc
        .tuple(fc.constantFrom('cn', 'c_n', 'x-1'), fc.constantFrom('=', '>=', ':2.4:=', ':dn:='), fc.string())
        .map(([name, operator, value]) => `(${name}${operator}${value.replaceAll(/[()\\*\0]/g, '\\2a')})`),
      filter: fc.oneof(
        { maxDepth: 4 },
        tie('item'),
        tie('filter').map((inner) => `(!${inner})`),
        fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((inner) => `(&${inner.join('')})`),
      ),
    })).filter
    fc.assert(fc.property(sound, (text) => filterFault(text) === undefined))
    fc.assert(
      fc.property(fc.oneof(texts, sound), (text) => {
        if (filterFault(text) === undefined) FilterParser.parseString(text)
      }),
      { numRuns: 3000 },
    )
  })
})
