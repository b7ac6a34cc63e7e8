/**
 * The OpenAPI document: what the routes themselves say, how a caller proves who they are, and what is true of all routes,
 * so that none has to say it.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppContext, AppEnv } from '../app-context.ts'
import { accessOf, declareAccess, withoutAccess, type RouteDefinition } from './route-access.ts'
import { refusals } from './schemas.ts'

/** Lists the groups of operations in the order of the document: the most used first. */
const groupsOf = (ofCapabilities: readonly string[]): readonly string[] => [
  'repositories',
  'tags',
  'manifests',
  'index',
  'accounts',
  'organizations',
  'teams',
  'access',
  'access tokens',
  'service accounts',
  'sessions',
  ...ofCapabilities,
  'events',
  'jobs',
  'admin',
  'meta',
]

const frameOf = (groups: readonly string[]) => ({
  openapi: '3.1.0',
  info: {
    title: 'Breakwater',
    version: 'v0',
    description:
      'The administrative API, compatible with Docker Trusted Registry. Write a "/" within the name of a repository as "%2F".',
  },
  tags: groups.map((name) => ({ name })),
  security: [{ password: [] }, { session: [] }],
})

/**
 * Serves the document of all routes; it is made once an isolate, as that takes some time.
 *
 * @param groups those of capabilities
 */
export function serveDocument(app: OpenAPIHono<AppEnv>, path: string, groups: readonly string[]): void {
  let made: string | undefined
  function getDocument(c: AppContext): Response {
    made ??= JSON.stringify(documentOf(app, groups))
    return c.body(made, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' })
  }
  declareAccess(getDocument, { isPublic: true })
  app.get(path, getDocument)
}

/** Makes the document. To be called once: it completes what the routes have registered. */
export function documentOf(app: OpenAPIHono<AppEnv>, groups: readonly string[]): object {
  const { openAPIRegistry: registry } = app
  registry.registerComponent('securitySchemes', 'password', {
    type: 'http',
    scheme: 'basic',
    description: 'A username with a password or an access token.',
  })
  registry.registerComponent('securitySchemes', 'session', {
    type: 'http',
    scheme: 'bearer',
    description: 'The `auth_token` from `POST /auth/login`.',
  })
  for (const definition of registry.definitions) {
    if (definition.type === 'route') Object.assign(definition.route, completed(app, definition.route))
  }
  return app.getOpenAPI31Document(frameOf(groupsOf(groups)))
}

/** A page shows the same lock whether a login is needed or only possible. */
const withoutLogin = 'A login is optional: without one, only public repositories are visible.'

/** Returns the parts of a route's document that the route does not write itself. */
function completed(app: OpenAPIHono<AppEnv>, route: RouteDefinition): Partial<RouteDefinition> {
  const { method, path, responses, security, description } = route
  const isOptional = security === undefined && accessOf(route).isPublic === true
  return {
    ...withoutAccess,
    ...operationIdOf(app, method, path),
    responses: { ...refusalsOf(method, path), ...responses },
    ...(isOptional
      ? {
          security: [{}, { password: [] }, { session: [] }],
          description: [description, withoutLogin].filter((text) => text !== undefined).join(' '),
        }
      : {}),
  }
}

/** Lists the answers of the middlewares before a route, and those that any route may give. */
function refusalsOf(method: string, path: string): RouteDefinition['responses'] {
  const always = refusals(401, 429, 500)
  // Docker's first API speaks JSON too, but lets the client ask for what it likes.
  if (path.startsWith('/v1/')) return always
  return { ...always, ...refusals(406), ...(method === 'get' ? {} : refusals(400, 415)) }
}

/** Names an operation after its handler. Sessions have two addresses, and an id must be unique. */
function operationIdOf(app: OpenAPIHono<AppEnv>, method: string, path: string): { operationId?: string } {
  const routed = path.replaceAll(/\{(\w+)\}/g, ':$1')
  const own = app.routes.findLast((route) => route.method === method.toUpperCase() && route.path === routed)
  const name = own?.handler.name ?? ''
  if (name === '') return {}
  return { operationId: path.startsWith('/enzi/v0/auth/') ? `${name}OfEnzi` : name }
}
