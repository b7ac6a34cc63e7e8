/** What stands around all routes: the middlewares before them, and the answers to errors and to paths that mean nothing. */
import type { Hono } from 'hono'
import { capabilities, contentTrust, directory, facets, jobTypes, readings, tables, workloads } from './installed.ts'
import { withContext, type AppEnv } from './routes/app-context.ts'
import { withAllowedOrigins, withOwnPagesOnly, withSafeHeaders } from './routes/browsers.ts'
import { withCheckedVariables } from './routes/deployment.ts'
import { answerError, answerNotFound } from './routes/error-responses.ts'

const middlewares = capabilities.flatMap((capability) => capability.middlewares ?? [])

/** Puts the frame into an app that has no routes yet. */
export function framed<App extends Hono<AppEnv>>(app: App): App {
  const installed = { jobTypes, facets, contentTrust, directory, workloads, readings, tables }
  app.use(withSafeHeaders(), withCheckedVariables(), ...middlewares, withContext(installed))
  app.use(withAllowedOrigins(), withOwnPagesOnly())
  app.onError(answerError)
  app.notFound(answerNotFound)
  return app
}
