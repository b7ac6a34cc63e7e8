/** Every way into the app, for tests that walk them all, and what the OpenAPI document says of each. */
import { app } from '../../src/app.ts'
import { middlewaresOfCapabilities } from './capability-endpoints.ts'
import { send } from './client.ts'

/** The middlewares with their paths. Any other handler of all methods counts as an endpoint, and fails the tests. */
export const middlewares: readonly string[] = [
  '/* allowOrigins',
  '/* checkVariables',
  '/* openRequest',
  '/* refuseForeignPages',
  '/* secureAnswer',
  '/api/v0/* identifyUserOrBrowser',
  '/api/v0/* requireAdministrators',
  '/api/v0/* requireJson',
  '/api/v0/* requireLogin',
  '/api/v0/* requireMajorityForChanges',
  '/auth/login requireJson',
  '/auth/logout requireJson',
  '/auth/token/* forbidStoring',
  '/enzi/v0/* identifyUserOrBrowser',
  '/enzi/v0/* requireAdministrators',
  '/enzi/v0/* requireJson',
  '/enzi/v0/* requireLogin',
  '/enzi/v0/* requireMajorityForChanges',
  '/enzi/v0/auth/login requireJson',
  '/enzi/v0/auth/logout requireJson',
  '/v1/* identifyCallingUser',
  '/v2/* announceVersion',
  '/v2/* drainBody',
  '/v2/* identifyCallingClient',
  ...middlewaresOfCapabilities,
]

export interface Endpoint {
  readonly method: string
  readonly path: string
}

const known = new Set(middlewares)
const isKnown = (path: string, handler: { readonly name: string }): boolean => known.has(`${path} ${handler.name}`)

/** Those of the app, each as often as it was put there. */
export const foundMiddlewares: readonly string[] = app.routes
  .filter(({ method, path, handler }) => method === 'ALL' && isKnown(path, handler))
  .map(({ path, handler }) => `${path} ${handler.name}`)

/** `GET /v2/_catalog`: each endpoint once, in order. */
export const operations: readonly string[] = [
  ...new Set(
    app.routes
      .filter(({ method, path, handler }) => !(method === 'ALL' && isKnown(path, handler)))
      .map(({ method, path }) => `${method} ${path}`),
  ),
].sort()

export function endpointOf(operation: string): Endpoint {
  const space = operation.indexOf(' ')
  return { method: operation.slice(0, space), path: operation.slice(space + 1) }
}

export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly example?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly additionalProperties?: unknown
  readonly properties?: Record<string, Schema>
  readonly anyOf?: readonly Schema[]
  readonly $ref?: string
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly description?: string
  readonly schema: Schema
}

export interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> }
  readonly responses?: Record<string, unknown>
  readonly security?: ReadonlyArray<Record<string, readonly string[]>>
  readonly tags?: readonly string[]
  readonly description?: string
}

export interface Description {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly security: ReadonlyArray<Record<string, readonly string[]>>
  readonly tags: ReadonlyArray<{ readonly name: string }>
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: {
    readonly schemas: Record<string, Schema>
    readonly securitySchemes: Record<string, unknown>
  }
}

export const readDocument = async (): Promise<Description> =>
  (await send('GET', '/api/v0/openapi.json')).json<Description>()

/** What the document says of an endpoint; undefined for one that it does not have. */
export function describedAs({ paths }: Description, { method, path }: Endpoint): Operation | undefined {
  return paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
}
