/**
 * The app without the routes of capabilities, which take more memory than those of the core. `answer.ts` loads it for the
 * first request that is not for `routes/clients.ts`.
 */
import { METHOD_NAME_ALL } from 'hono/router'
import { assemble } from './assembly.ts'
import { RegistryError } from './errors.ts'
import { longestPath } from './limits.ts'
import type { ReplicaEnv } from './replicas/types.ts'

const { app, wall } = assemble([])

export { app as coreApp, wall }

wall.use(function refuseLongPath() {
  throw new RegistryError({ kind: 'path-too-long', limit: longestPath })
})

/** Tells whether the core has a route for a request. Middleware stands before every path, and is none. */
export function isForCore(request: Request, env: ReplicaEnv): boolean {
  // As Hono itself does for HEAD.
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const [matched] = app.router.match(method, app.getPath(request, { env }))
  return matched.some(([[, route]]) => route.method !== METHOD_NAME_ALL)
}
