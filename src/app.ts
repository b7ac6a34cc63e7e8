/** The Hono app: every group of routes, one line each. */
import { Hono } from 'hono'
import { RegistryError } from './errors.ts'
import { longestPath } from './limits.ts'
import type { ReplicaEnv } from './replicas/types.ts'
import { serveDocument } from './routes/shared/openapi.ts'
import { apiOf } from './routes/api/index.ts'
import { apidocs } from './routes/apidocs.ts'
import { withErrorFormOf } from './routes/shared/error-forms.ts'
import { apiRouter } from './routes/shared/router.ts'
import { withAllowedOrigins, withOwnPagesOnly, withSafeHeaders } from './routes/browsers.ts'
import { urlOf, withContext, type AppEnv } from './routes/app-context.ts'
import { alerts, apiGroups, capabilities, facets, jobTypes, objectTypes, settings } from './installed.ts'
import { withCheckedVariables } from './routes/deployment.ts'
import { enziOf } from './routes/enzi/index.ts'
import { sessions } from './routes/enzi/sessions.ts'
import { health } from './routes/health.ts'
import { RepositoryRouter } from './routes/repository-router.ts'
import { home } from './routes/home.ts'
import { answerError, answerNotFound } from './routes/error-responses.ts'
import { token } from './routes/token.ts'
import { v1 } from './routes/v1.ts'
import { distribution } from './routes/v2/index.ts'

const middlewares = capabilities.flatMap((capability) => capability.middlewares ?? [])

/** The app. Routing is not strict: `/v2` is `/v2/`, and clients post uploads with and without the last slash. */
export const app = apiRouter(undefined, new RepositoryRouter())

app.use(withSafeHeaders(), withCheckedVariables(), ...middlewares, withContext({ jobTypes, facets }))
app.use(withAllowedOrigins(), withOwnPagesOnly())
app.onError(answerError)
app.notFound(answerNotFound)

/** Replaces the app for paths that are too long for any route. */
const wall = new Hono<AppEnv>()

/** Mounts a group of routes. In the wall it has the form of its errors alone. */
function mount(path: string, group: Hono<AppEnv>): void {
  app.route(path, group)
  wall.use(`${path}/*`, withErrorFormOf(group))
}

app.route('/', home)
app.route('/', health)
mount('/v1', v1)
mount('/v2', distribution)
for (const { distribution: own } of capabilities) if (own !== undefined) app.route('/v2', own)
app.route('/auth/token', token)
mount('/api/v0', apiOf(capabilities, { settings, objectTypes, alerts }))
mount('/enzi/v0', enziOf(capabilities))
app.route('/auth', sessions)
app.route('/apidocs', apidocs)
for (const { open } of capabilities) if (open !== undefined) app.route('/', open)
serveDocument(app, '/api/v0/openapi.json', apiGroups)

wall.use(
  withSafeHeaders(),
  withCheckedVariables(),
  ...middlewares,
  withContext({ jobTypes, facets }),
  function refuseLongPath() {
    throw new RegistryError({ kind: 'path-too-long', limit: longestPath })
  },
)
wall.onError(answerError)

/** Answers a request. The router takes the square of the parts of a path, so a path that is too long never gets there. */
export function answer(request: Request, env: ReplicaEnv, context: ExecutionContext): Response | Promise<Response> {
  const { pathname } = urlOf(request)
  return (pathname.length > longestPath ? wall : app).fetch(request, env, context)
}
