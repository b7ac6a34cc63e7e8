/**
 * Answers requests. Cloudflare starts isolates all the time, and starting one should cost a `docker pull` little: what its
 * requests need is loaded with this module, and the whole app, whose schemas take the most time, before the first request
 * for the rest. `test/start-up.test.ts` checks what this module loads.
 */
import { Hono } from 'hono'
import type * as WholeApp from './app.ts'
import { framed } from './frame.ts'
import { longestPath } from './limits.ts'
import type { ReplicaEnv } from './replicas/types.ts'
import { urlOf, type AppEnv } from './routes/app-context.ts'
import { clients, isForClients } from './routes/clients.ts'
import { RepositoryRouter } from './routes/repository-router.ts'

/** Not strict, as the whole app. */
const front = framed(new Hono<AppEnv>({ strict: false, router: new RepositoryRouter() }))
front.route('/', clients)

/** The whole app, once a request has needed it. */
let loaded: typeof WholeApp | undefined

/** Loads the whole app, once an isolate. */
export async function wholeApp(): Promise<typeof WholeApp> {
  if (loaded !== undefined) return loaded
  const app = await import('./app.ts')
  loaded = app
  return app
}

/** Answers a request. The router takes the square of the parts of a path, so a path that is too long never gets there. */
export async function answerRequest(request: Request, env: ReplicaEnv, context: ExecutionContext): Promise<Response> {
  const { pathname } = urlOf(request)
  const isTooLong = pathname.length > longestPath
  if (!isTooLong && isForClients(pathname)) return front.fetch(request, env, context)
  const { app, wall } = await wholeApp()
  return (isTooLong ? wall : app).fetch(request, env, context)
}
