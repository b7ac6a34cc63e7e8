import { expect, it } from 'vitest'
import { parseScopes } from '../../src/auth/scope.ts'

const scope = (name: string, ...actions: string[]) => ({ type: 'repository', name, actions })

it('scopes are united over repeated, space-joined and duplicate parameters', () => {
  const parsed = parseScopes(['repository:a/b:pull', 'repository:c/d:pull,push repository:a/b:pull,push', ''])
  expect(parsed).toEqual([scope('a/b', 'pull', 'push'), scope('c/d', 'pull', 'push')])
})

it('a resource that comes twice is given all of its actions, and is another one with another type', () => {
  expect(parseScopes(['repository:a/b:push', 'repository:a/b:pull', 'plugin:a/b:delete'])).toEqual([
    scope('a/b', 'push', 'pull'),
    { type: 'plugin', name: 'a/b', actions: ['delete'] },
  ])
})

it('a name may hold a colon, and a type a class', () => {
  expect(parseScopes(['repository:host:5000/a/b:pull'])).toEqual([scope('host:5000/a/b', 'pull')])
  expect(parseScopes(['repository(plugin):a/b:pull'])).toEqual([scope('a/b', 'pull')])
})

it('what breaks the grammar is left out', () => {
  expect(parseScopes(['repository', 'repository:a', ':a:pull', 'repository::pull', '::'])).toEqual([])
})

it('no more than a hundred scopes are looked at', () => {
  const many = Array.from({ length: 150 }, (_, at) => `repository:a/r${at}:pull`)
  expect(parseScopes(many)).toHaveLength(100)
})
