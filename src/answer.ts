/**
 * Answers requests. Cloudflare starts isolates all the time, and starting one should cost a `docker pull` little: what its
 * requests need is loaded with this module, the routes of the core, whose schemas take time and memory, before the first
 * request for the rest, and those of the capabilities before the first that the core has no route for. `test/start-up.test.ts`
 * checks what this module loads.
 */
import { Hono } from 'hono'
import { framed } from './frame.ts'
import { longestPath } from './limits.ts'
import type { ReplicaEnv } from './replicas/types.ts'
import { urlOf, type AppEnv } from './routes/app-context.ts'
import { clients, isForClients } from './routes/clients.ts'
import { RepositoryRouter } from './routes/repository-router.ts'
import { lazily } from './util/lazy.ts'

/** Not strict, as the whole app. */
const front = framed(new Hono<AppEnv>({ strict: false, router: new RepositoryRouter() }))
front.route('/', clients)

/** Loads the app of the core, once an isolate. */
export const coreApp = lazily(() => import('./core-app.ts'))

/** Loads the whole app, once an isolate. */
export const wholeApp = lazily(() => import('./app.ts'))

/** Answers a request. The router takes the square of the parts of a path, so a path that is too long never gets there. */
export async function answerRequest(request: Request, env: ReplicaEnv, context: ExecutionContext): Promise<Response> {
  const { pathname } = urlOf(request)
  const isTooLong = pathname.length > longestPath
  if (!isTooLong && isForClients(pathname)) return front.fetch(request, env, context)
  const core = await coreApp()
  if (isTooLong) return core.wall.fetch(request, env, context)
  if (core.isForCore(request, env)) return core.coreApp.fetch(request, env, context)
  const { app } = await wholeApp()
  return app.fetch(request, env, context)
}
