/**
 * The demands of routes on their callers. A definition without one does not compile, so no route is open because a list
 * forgot it, and the OpenAPI document tells what the guards do.
 */
import { createRoute, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import { matchedRoutes } from 'hono/route'
import type { AppContext, AppEnv } from '../app-context.ts'

/** `users`: needs a login, and the handler checks what the user may do; a change also needs a majority of replicas. */
export type RouteAccess = 'users' | SpecialAccess

interface SpecialAccess {
  /** Answers without a login too, because some repositories are public. */
  readonly isPublic?: true
  /** Changes no content, or repairs the replicas. */
  readonly worksWithoutMajority?: true
  /** Restricts the route to system administrators; the text completes the refusal of others, as "see the jobs". */
  readonly administratorsMay?: string
  /** Takes a body larger than `largestApiBodyBytes`. */
  readonly largestBodyBytes?: number
}

const key = 'x-access'

type Config<Path extends string> = Omit<RouteConfig, 'path'> & { path: Path }

/** Defines a route: `defineRoute({ access: { isPublic: true }, method: 'get', … })`. */
export function defineRoute<Path extends string, Route extends Config<Path>>({
  access,
  ...route
}: Route & { readonly access: RouteAccess }) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest of a generic type has lost what it is
  return createRoute<Path, Route>({ ...route, [key]: access } as unknown as Route)
}

type Definition = OpenAPIHono['openAPIRegistry']['definitions'][number]
export type RouteDefinition = Extract<Definition, { type: 'route' }>['route']

const forUsers: SpecialAccess = {}

/** Reads the access that a route's definition declares. */
export function accessOf(route: RouteDefinition): SpecialAccess {
  const said: unknown = route[key]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `defineRoute` alone writes this field
  return said === undefined || said === 'users' ? forUsers : (said as SpecialAccess)
}

/** The definition without what is for the guards. */
export const withoutAccess = { [key]: undefined }

type Handler = ReturnType<typeof matchedRoutes>[number]['handler']

/** Keyed by the handler, which stays the same wherever its router is mounted. */
const declared = new WeakMap<Handler, SpecialAccess>()

/** Declares the access of a route that no document describes. */
export function declareAccess(handler: Handler, said: SpecialAccess): void {
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

/** Returns the access that the route of this request demands; for a path without a route, that of logged-in users. */
export const accessOfRequest = (c: AppContext): SpecialAccess =>
  matchedRoutes(c)
    .map(({ handler }) => declared.get(handler))
    .find((said) => said !== undefined) ?? forUsers
