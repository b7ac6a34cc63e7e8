import { describe, expect, it } from 'vitest'
import { hasShrunk, whyNotMembers, whyNotUsers } from '../../../src/identity/sync/guards.ts'

describe('a number of results', () => {
  it('has shrunk when nothing is left, whatever the share', () => {
    expect(hasShrunk({ found: 0, before: 1 }, 0)).toBe(true)
    expect(hasShrunk({ found: 0, before: 0 }, 100)).toBe(false)
  })

  it('has shrunk below the share, and not at it', () => {
    expect(hasShrunk({ found: 49, before: 100 }, 50)).toBe(true)
    expect(hasShrunk({ found: 50, before: 100 }, 50)).toBe(false)
    expect(hasShrunk({ found: 1, before: 100 }, 0)).toBe(false)
    expect(hasShrunk({ found: 300, before: 100 }, 100)).toBe(false)
  })
})

describe('a refusal', () => {
  it('names each search that finds too little, and the users that would be lost', () => {
    const searches = [
      { search: 'ou=a', found: 3, before: 10 },
      { search: 'ou=b', found: 10, before: 10 },
    ]
    expect(whyNotUsers(searches, { found: 13, before: 40 }, 50)).toEqual([
      'the search ou=a finds 3 entries, before 10',
      'the searches find 13 of the 40 active users that came from the directory',
    ])
    expect(whyNotUsers(searches, { found: 20, before: 20 }, 30)).toEqual([])
  })

  it('names the team that stays as it is', () => {
    expect(whyNotMembers('the team acme/dev', { found: 0, before: 3 }, 50)).toBe(
      'left the team acme/dev as it is: the directory names 0 users for it, before 3',
    )
    expect(whyNotMembers('the team acme/dev', { found: 2, before: 3 }, 50)).toBeUndefined()
  })
})
