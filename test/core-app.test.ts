/** The app of the core answers what the whole app would with the same route, and leaves all else to it. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { app } from '../src/app.ts'
import { coreApp, isForCore } from '../src/core-app.ts'
import { send } from './support/client.ts'

interface Route {
  readonly method: string
  readonly path: string
}

const endpointsOf = (routes: readonly Route[]): readonly Route[] => [
  ...new Map(
    routes
      .filter(({ method }) => method !== 'ALL')
      .flatMap(({ method, path }) =>
        ['alice/app', 'a/manifests/b/tags/list'].map((name) => ({
          method,
          path: path.replace(':name{.+}', name).replaceAll(/:\w+(\{[^}]*\})?/g, 'x'),
        })),
      )
      .map((route) => [`${route.method} ${route.path}`, route]),
  ).values(),
]

/** The route that answers: the first of its method, as none of ours calls the next. */
const answering = (of: typeof app, { method, path }: Route): Route | undefined => {
  const found = of.router.match(method, path)[0].find(([[, route]]) => route.method !== 'ALL')
  return found?.[0][1]
}

const requestFor = ({ method, path }: Route): Request => new Request(`http://registry.example${path}`, { method })
const isCores = (route: Route): boolean => isForCore(requestFor(route), env)

describe('the app of the core', () => {
  it('has its routes', () => {
    expect(isCores({ method: 'GET', path: '/api/v0/repositories' })).toBe(true)
    expect(isCores({ method: 'HEAD', path: '/api/v0/repositories' })).toBe(true)
    expect(isCores({ method: 'POST', path: '/auth/login' })).toBe(true)
    expect(endpointsOf(coreApp.routes).filter((route) => !isCores(route))).toEqual([])
  })

  it('answers no path that the whole app answers with another route', () => {
    const all = endpointsOf(app.routes)
    const differ = all.filter(
      (route) => isCores(route) && answering(coreApp, route)?.path !== answering(app, route)?.path,
    )
    expect(differ).toEqual([])
    expect(all.filter((route) => !isCores(route)).length).toBeGreaterThan(20)
  })

  it.each(['/api/v0/openapi.json', '/api/v0/admin/metrics', '/api/v0/nothing', '/api/v0/meta/alerts/x', '/x'])(
    'leaves %s to the whole app',
    (path) => {
      expect(isCores({ method: 'GET', path })).toBe(false)
    },
  )

  it('and the whole app answer the same at paths that neither has', async () => {
    const answers = await Promise.all(
      ['/api/v0/nothing', '/enzi/v0/nothing', '/nothing'].map((path) => send('GET', path)),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 404])
  })
})
