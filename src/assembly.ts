/** Makes an app of the groups of routes, one line each: of the core alone, or of the core and all capabilities. */
import { Hono } from 'hono'
import type { CapabilityRoutes } from './capability.ts'
import { framed } from './frame.ts'
import { alerts, capabilities, objectTypes, sealed, settings } from './installed.ts'
import { apiOf } from './routes/api/index.ts'
import { apidocs } from './routes/apidocs.ts'
import type { AppEnv } from './routes/app-context.ts'
import { clients } from './routes/clients.ts'
import { enziOf } from './routes/enzi/index.ts'
import { sessions } from './routes/enzi/sessions.ts'
import { RepositoryRouter } from './routes/repository-router.ts'
import { withErrorFormOf } from './routes/shared/error-forms.ts'
import { apiRouter } from './routes/shared/router.ts'
import { v1 } from './routes/v1.ts'

const textPaths = capabilities.flatMap((capability) => capability.textPaths ?? [])

/**
 * Makes an app. The routes of the core come first, so an app with more routes answers them the same.
 *
 * @param added the routes of capabilities
 * @returns the app, and an app without routes for the paths that are too long for any, whose errors have the same forms
 */
export function assemble(added: readonly CapabilityRoutes[]) {
  // Routing is not strict: `/v2` is `/v2/`, and clients post uploads with and without the last slash.
  const app = framed(apiRouter(undefined, new RepositoryRouter()))
  const wall = framed(new Hono<AppEnv>())

  function mount(path: string, group: Hono<AppEnv>): void {
    app.route(path, group)
    wall.use(`${path}/*`, withErrorFormOf(group))
  }

  app.route('/', clients)
  for (const { distribution } of added) if (distribution !== undefined) app.route('/v2', distribution)
  mount('/v1', v1)
  // Before the APIs, whose guards stand before all that is mounted below their paths.
  for (const { open } of added) if (open !== undefined) app.route('/', open)
  mount(
    '/api/v0',
    apiOf(
      added.flatMap(({ api }) => api ?? []),
      { settings, objectTypes, alerts, sealed, textPaths },
    ),
  )
  mount('/enzi/v0', enziOf(added.flatMap(({ enzi }) => enzi ?? [])))
  app.route('/auth', sessions)
  app.route('/apidocs', apidocs)
  return { app, wall }
}
