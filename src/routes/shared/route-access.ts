/**
 * What routes demand of their callers. A route says it in its own definition; one that says nothing needs a login, and a
 * majority of replicas when it changes something. So nothing is open because a list forgot it, and the OpenAPI document
 * tells what the guards do.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { matchedRoutes } from 'hono/route'
import type { AppContext, AppEnv } from '../app-context.ts'

export interface RouteAccess {
  /** Answers without a login too, because some repositories are public. */
  readonly isPublic?: true
  /** Changes no content, or repairs the replicas. */
  readonly worksWithoutMajority?: true
  /** For system administrators alone: what others are told that they may not do, as "see the jobs". */
  readonly administratorsMay?: string
}

const key = 'x-access'

/** The field of a route's definition that says it: `createRoute({ ...access({ isPublic: true }), method: 'get', … })`. */
export const access = (said: RouteAccess) => ({ [key]: said })

type Definition = OpenAPIHono['openAPIRegistry']['definitions'][number]
export type RouteDefinition = Extract<Definition, { type: 'route' }>['route']

const closed: RouteAccess = {}

/** What a route says of itself. */
export function accessOf(route: RouteDefinition): RouteAccess {
  const said: unknown = route[key]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `access` alone writes this field
  return said === undefined ? closed : (said as RouteAccess)
}

/** The definition without what is for the guards. */
export const withoutAccess = { [key]: undefined }

type Handler = ReturnType<typeof matchedRoutes>[number]['handler']

/** By the handler, which stays the same wherever its router is mounted. */
const declared = new WeakMap<Handler, RouteAccess>()

/** For a route that no document describes. */
export function declareAccess(handler: Handler, said: RouteAccess): void {
  declared.set(handler, said)
}

/** Tells the guards what the routes of a router say, its sub-routers included. */
export function declareRoutes({ openAPIRegistry, routes }: OpenAPIHono<AppEnv>): void {
  for (const definition of openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const { method, path } = definition.route
    const routed = path.replaceAll(/\{(\w+)\}/g, ':$1')
    const own = routes.findLast((route) => route.method === method.toUpperCase() && route.path === routed)
    if (own !== undefined) declareAccess(own.handler, accessOf(definition.route))
  }
}

/** What the route that will answer this request demands; for a path without one, all. */
export const accessOfRequest = (c: AppContext): RouteAccess =>
  matchedRoutes(c)
    .map(({ handler }) => declared.get(handler))
    .find((said) => said !== undefined) ?? closed
