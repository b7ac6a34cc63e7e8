/**
 * The forms of error answers. A router declares the form of its routes, so neither a list of paths nor a pattern decides it,
 * and a capability may bring a form of its own.
 */
import { METHOD_NAME_ALL } from 'hono/router'
import { matchedRoutes } from 'hono/route'
import type { MiddlewareHandler } from 'hono'
import type { ExpectedError } from '../../failures/failure.ts'
import type { AppContext, AppEnv } from '../app-context.ts'

export interface ErrorForm {
  /** Answers a failure. */
  readonly answer: (error: ExpectedError, c: AppContext) => Response
  /** The code of an error that no code foresaw. */
  readonly defectCode: string
  /** Tells a client where to look, at a path without a route. */
  readonly hint: string
}

type Handler = ReturnType<typeof matchedRoutes>[number]['handler']

interface Routes {
  readonly routes: readonly { readonly handler: Handler }[]
}

/** Keyed by the handler, which stays the same wherever its router is mounted. */
const forms = new WeakMap<Handler, ErrorForm>()

/**
 * Declares the form of the routes and the middleware that a router has by now, its sub-routers included. What a sub-router
 * has declared for itself stays.
 */
export function declareErrorForm({ routes }: Routes, form: ErrorForm): void {
  for (const { handler } of routes) if (!forms.has(handler)) forms.set(handler, form)
}

/**
 * Returns the form for a request, also before its handler has run: that of the route that answers it, or at a path without
 * one that of the closest middleware. Undefined where no router has declared one.
 */
export function errorFormOf(c: AppContext): ErrorForm | undefined {
  const declared = matchedRoutes(c).filter(({ handler }) => forms.has(handler))
  const match = declared.find(({ method }) => method !== METHOD_NAME_ALL) ?? declared.at(-1)
  return match && forms.get(match.handler)
}

/** Returns a middleware that does nothing but declare the form of a router, for an app that has its paths without its routes. */
export function withErrorFormOf({ routes }: Routes): MiddlewareHandler<AppEnv> {
  const goOn: MiddlewareHandler<AppEnv> = (_, next) => next()
  const form = routes.map(({ handler }) => forms.get(handler)).find((declared) => declared !== undefined)
  if (form !== undefined) forms.set(goOn, form)
  return goOn
}
