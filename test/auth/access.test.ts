import { describe, expect, it } from 'vitest'
import { grantScopes, levelOf, mayAct } from '../../src/auth/access.ts'
import { isUsername, parseRepositoryName, type Username } from '../../src/names.ts'

function named(username: string): Username {
  if (!isUsername(username)) throw new Error(username)
  return username
}
const alice = { id: 1, username: named('alice'), isAdmin: false }
const root = { id: 2, username: named('root'), isAdmin: true }

describe('the level of an account', () => {
  const table = [
    [undefined, 'alice/app', 'none'],
    [alice, 'alice/app', 'admin'],
    [alice, 'alice', 'admin'],
    [alice, 'alice/deep/path', 'admin'],
    [alice, 'bob/app', 'none'],
    [alice, 'alice-b/app', 'none'],
    [alice, 'bob/alice', 'none'],
    [root, 'alice/app', 'admin'],
    [root, 'anything', 'admin'],
  ] as const
  for (const [account, repository, level] of table) {
    it(`of ${account?.username ?? 'nobody'} on ${repository} is ${level}`, () => {
      const name = parseRepositoryName(repository)
      expect(levelOf(account, name)).toBe(level)
      for (const action of ['pull', 'push', 'delete'] as const) {
        expect(mayAct(account, name, action)).toBe(level === 'admin')
      }
    })
  }
})

describe('what is granted of what is asked', () => {
  const repository = (name: string, ...actions: string[]) => ({ type: 'repository', name, actions })
  it('is the subset that the account may do', () => {
    expect(grantScopes(alice, [repository('alice/app', 'push', 'pull', 'fly'), repository('bob/app', 'pull')])).toEqual(
      [repository('alice/app', 'pull', 'push')],
    )
  })
  it('is everything for *', () => {
    expect(grantScopes(alice, [repository('alice/app', '*')])).toEqual([
      repository('alice/app', 'pull', 'push', 'delete'),
    ])
  })
  it('is nothing for nobody, for names that break the grammar and for unknown types', () => {
    const odd = [repository('NOT/A NAME', 'pull'), { type: 'plugin', name: 'alice/app', actions: ['pull'] }]
    expect(grantScopes(root, odd)).toEqual([])
    expect(grantScopes(undefined, [repository('alice/app', 'pull')])).toEqual([])
  })
  it('is the catalog for whoever has logged in', () => {
    const catalog = { type: 'registry', name: 'catalog', actions: ['*'] }
    expect(grantScopes(alice, [catalog])).toEqual([catalog])
    expect(grantScopes(undefined, [catalog])).toEqual([])
  })
})
