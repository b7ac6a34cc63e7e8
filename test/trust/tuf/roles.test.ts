import { describe, expect, it } from 'vitest'
import { ancestorsOf, compareRoles, isRole, parentOf } from '../../../src/trust/tuf/roles.ts'

describe('a role', () => {
  it.each(['root', 'targets', 'snapshot', 'timestamp', 'targets/releases', 'targets/a-b_0/c'])('may be %s', (name) => {
    expect(isRole(name)).toBe(true)
  })

  it.each([
    '',
    'Root',
    'mirror',
    'root/a',
    'targets/',
    'targets//a',
    'targets/a/',
    'targets/A',
    'targets/a.b',
    'targets/../root',
    'targets/./a',
    'targets/*',
    'targets/ä',
    'targets\n',
    ' targets',
  ])('is not %j', (name) => {
    expect(isRole(name)).toBe(false)
  })

  it('is delegated by the one above it', () => {
    expect(parentOf('targets/a')).toBe('targets')
    expect(parentOf('targets/a/b')).toBe('targets/a')
    expect(ancestorsOf('targets/a/b/c')).toEqual(['targets', 'targets/a', 'targets/a/b'])
    expect(ancestorsOf('targets')).toEqual([])
  })

  it('comes after those that delegate to it, and is ordered by name beside others', () => {
    const roles = ['targets/b/a', 'targets/c', 'targets', 'targets/a/z', 'targets/a', 'targets/a']
    expect(roles.sort(compareRoles)).toEqual([
      'targets',
      'targets/a',
      'targets/a',
      'targets/c',
      'targets/a/z',
      'targets/b/a',
    ])
  })
})
