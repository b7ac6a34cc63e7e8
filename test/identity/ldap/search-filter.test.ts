import { describe, expect, it } from 'vitest'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { filterOf } from '../../../src/identity/ldap/search-filter.ts'

const text = (search: Parameters<typeof filterOf>[0]): string => filterOf(search).toString()
const matching = [{ attribute: 'uid', value: '*)(uid=*' }]

describe('the filter of a search', () => {
  it('has what a user sends as a value, whatever it has in it', () => {
    expect(text({ filter: '', matching })).toBe('(uid=\\2a\\29\\28uid=\\2a)')
    expect(text({ filter: '', matching: [{ attribute: 'uid', value: '\\61nna\u0000' }] })).toBe('(uid=\\5c61nna\\00)')
  })

  it('demands all of what is wanted', () => {
    const filter = '(|(l=rome)(l=paris))'
    expect(text({ filter, matching })).toBe('(&(uid=\\2a\\29\\28uid=\\2a)(|(l=rome)(l=paris)))')
    expect(text({ filter, having: ['uid', 'cn'] })).toBe('(&(uid=*)(cn=*)(|(l=rome)(l=paris)))')
    expect(text({ filter })).toBe(filter)
    expect(text({ filter: '' })).toBe('(objectClass=*)')
  })

  it('that is wrong is a fault of the directory, before it is asked', () => {
    expect(() => filterOf({ filter: '(l=rome' })).toThrow(DirectoryFault)
  })
})
