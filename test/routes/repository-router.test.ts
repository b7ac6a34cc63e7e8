/** The endpoints of repositories are found by one parse of the path, and exactly where Hono's own router finds them. */
import { TrieRouter } from 'hono/router/trie-router'
import type { Router } from 'hono/router'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { RepositoryRouter } from '../../src/routes/repository-router.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const names = ['app', 'alice/app', 'a/b/c/d', 'tags/list', 'blobs/uploads', 'a/blobs/b', 'manifests', 'a//b']
const tails = [
  '',
  '/blobs',
  '/blobs/uploads',
  '/blobs/uploads/id.of-1',
  '/blobs/uploads/id/more',
  '/blobs/sha256:00',
  '/manifests/v1',
  '/manifests/',
  '/manifests',
  '/tags/list',
  '/tags',
  '/referrers/sha256:00',
  '/%2e%2e/manifests/v%31',
]
const elsewhere = ['/', '/v2', '/v2/', '/v2//', '/v2/_catalog', '/v2/x', '/v20/a/manifests/b', '/v2//manifests/v1']
const paths = [
  ...elsewhere,
  '/health',
  '/auth/token',
  '/api/v0/repositories/alice/app/tags',
  ...names.flatMap((name) => tails.map((tail) => `/v2/${name}${tail}`)),
]

/** What runs, in its order, with which parameters. */
function found(router: Router<number>, method: string, path: string): unknown[] {
  const [matched, stash] = router.match(method, path)
  return matched.map(([handler, params]) => [
    handler,
    Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'number' ? stash?.[value] : value]),
    ),
  ])
}

function filled<Chosen extends Router<number>>(router: Chosen): Chosen {
  for (const [at, { method, path }] of app.routes.entries()) router.add(method, path, at)
  return router
}

describe('The router of endpoints', () => {
  it.each(methods)('finds for %s what a router finds that tries every part of a path', (method) => {
    const [endpoints, trie] = [filled(new RepositoryRouter<number>()), filled(new TrieRouter<number>())]
    for (const path of paths) expect([path, found(endpoints, method, path)]).toEqual([path, found(trie, method, path)])
  })

  it.each([
    ['/v2/a/b/_x/y/c.json', { name: 'a/b', file: 'c.json' }],
    ['/v2/a/b/_x/y/c/d/e.json', { name: 'a/b', file: 'c/d/e.json' }],
    // What follows may look like another endpoint, and like the parts before it.
    ['/v2/a/b/_x/y/tags/list', { name: 'a/b', file: 'tags/list' }],
    ['/v2/a/_x/y/b/_x/y/c', { name: 'a/_x/y/b', file: 'c' }],
  ])('gives all that follows to a parameter that takes it: %s', (path, params) => {
    const router = new RepositoryRouter<number>()
    router.add('ALL', '/v2/*', 0)
    router.add('GET', '/v2/:name{.+}/tags/list', 1)
    router.add('GET', '/v2/:name{.+}/_x/y/:file{.+}', 2)
    expect(found(router, 'GET', path)).toEqual([
      [0, {}],
      [2, params],
    ])
  })

  it.each(['/v2/_x/y/c', '/v2/a/_x/y', '/v2/a/_x/z/c', '/v2/a/y/c'])(
    'gives nothing to it without a name, a rest or the parts before it: %s',
    (path) => {
      const router = new RepositoryRouter<number>()
      router.add('GET', '/v2/:name{.+}/_x/y/:file{.+}', 2)
      expect(found(router, 'GET', path)).toEqual([])
    },
  )

  it('is the one of the app', () => {
    expect(app.router).toBeInstanceOf(RepositoryRouter)
  })
})
