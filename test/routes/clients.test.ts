/** The routes that an isolate has from its start answer what the whole app would, and nothing else comes to them. */
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { clients, isForClients } from '../../src/routes/clients.ts'
import { send } from '../support/client.ts'

interface Route {
  readonly method: string
  readonly path: string
}

/** Paths of the endpoints of an app; names of repositories may have the words of routes in them. */
const pathsIn = (routes: readonly Route[]): readonly string[] => [
  ...new Set(
    routes
      .filter(({ method }) => method !== 'ALL')
      .flatMap(({ path }) =>
        ['alice/app', 'blobs/uploads', 'a/manifests/b/tags/list'].map((name) => filled(path, name)),
      ),
  ),
]

const filled = (path: string, name: string): string => path.replace(':name{.+}', name).replaceAll(/:\w+/g, 'x')

const ofClients = pathsIn(clients.routes)

describe('the routes for clients', () => {
  it.each(ofClients)('are found for %s', (path) => {
    expect(isForClients(path)).toBe(true)
  })

  it('are asked for no path of another route', () => {
    const others = pathsIn(app.routes).filter((path) => !ofClients.includes(path))
    expect(others).toContain('/api/v0/openapi.json')
    expect(others.filter(isForClients)).toEqual([])
  })

  it.each([
    '/v2/x',
    '/v2/alice/app',
    '/v2/alice/app/x/manifests/',
    '/v2/alice/app/blobs/a/b',
    '/api/v0',
    '/v20',
    '/health/',
  ])('are not asked for %s', (path) => {
    expect(isForClients(path)).toBe(false)
  })

  it('answer in the whole app too, where a path that is spelled in another way goes', async () => {
    const answers = await Promise.all(
      ['/v2/', '/%762/', '/health', '/he%61lth', '/health/'].map((path) => send('GET', path)),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 200, 200, 200])
  })
})
