/** The whole app: every group of routes, one line each. `answer.ts` loads it for the first request that needs it. */
import { Hono } from 'hono'
import { RegistryError } from './errors.ts'
import { framed } from './frame.ts'
import { alerts, apiGroups, capabilities, objectTypes, sealed, settings } from './installed.ts'
import { longestPath } from './limits.ts'
import { apiOf } from './routes/api/index.ts'
import { apidocs } from './routes/apidocs.ts'
import type { AppEnv } from './routes/app-context.ts'
import { clients } from './routes/clients.ts'
import { enziOf } from './routes/enzi/index.ts'
import { sessions } from './routes/enzi/sessions.ts'
import { RepositoryRouter } from './routes/repository-router.ts'
import { withErrorFormOf } from './routes/shared/error-forms.ts'
import { serveDocument } from './routes/shared/openapi.ts'
import { apiRouter } from './routes/shared/router.ts'
import { v1 } from './routes/v1.ts'

const modules = await Promise.all(capabilities.map(async ({ routes }) => routes?.()))
const added = modules.flatMap((routes) => routes ?? [])
const textPaths = capabilities.flatMap((capability) => capability.textPaths ?? [])

/** The app. Routing is not strict: `/v2` is `/v2/`, and clients post uploads with and without the last slash. */
export const app = framed(apiRouter(undefined, new RepositoryRouter()))

/** Replaces the app for paths that are too long for any route. */
export const wall = framed(new Hono<AppEnv>())

/** Mounts a group of routes. In the wall it has the form of its errors alone. */
function mount(path: string, group: Hono<AppEnv>): void {
  app.route(path, group)
  wall.use(`${path}/*`, withErrorFormOf(group))
}

app.route('/', clients)
for (const { distribution } of added) if (distribution !== undefined) app.route('/v2', distribution)
mount('/v1', v1)
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
for (const { open } of added) if (open !== undefined) app.route('/', open)
serveDocument(app, '/api/v0/openapi.json', apiGroups)

wall.use(function refuseLongPath() {
  throw new RegistryError({ kind: 'path-too-long', limit: longestPath })
})
