/**
 * What the walks of all endpoints must know of those that capabilities have. Each capability says it in `endpoints.ts` of
 * its tests, which goes with the capability.
 */

/**
 * `shown` is 200 with nothing of acme's in it; `asked` is 401 at an endpoint for which a login is optional, as nothing
 * public matches.
 */
export type Answer = 200 | 202 | 204 | 401 | 403 | 404 | 'shown' | 'asked'

export interface EndpointFacts {
  /** What an anonymous caller, a stranger and a member with read-only on the repository get. */
  readonly answers: readonly [anonymous: Answer, stranger: Answer, reader: Answer]
  /** A valid body, so that nothing but access can be refused. */
  readonly body?: unknown
  /** Decides who gets in: a leaked access token must not outlive itself through it. */
  readonly isDecisive?: true
}

export interface CapabilityEndpoints {
  /** By `GET /api/v0/…`. */
  readonly endpoints: Readonly<Record<string, EndpointFacts>>
  /** Endpoints that are open by design. */
  readonly open?: readonly string[]
  /** Endpoints that take a form of a page of another site. */
  readonly foreignForms?: readonly string[]
  /** Endpoints below `/v2/`, of which the tests of the capability walk each. */
  readonly distribution?: readonly string[]
  /** Endpoints of what no table has, so that no statement can prepare it. */
  readonly withoutTables?: readonly string[]
  /** Middlewares with their paths, as in `endpoints.ts` of this folder. */
  readonly middlewares?: readonly string[]
  /** Values of parameters of paths: of what `prepare` makes, and of what does not exist, of the same length. */
  readonly names?: Readonly<Record<string, readonly [existing: string, missing: string]>>
  /** The statements that make what the names name, in the repository acme/app. */
  readonly prepare?: (db: D1Database) => readonly D1PreparedStatement[]
}

const modules = import.meta.glob<CapabilityEndpoints>(['../*/endpoints.ts', '!./endpoints.ts'], {
  import: 'capabilityEndpoints',
  eager: true,
})
const all = Object.values(modules)

export const factsOfCapabilities: Readonly<Record<string, EndpointFacts>> = Object.fromEntries(
  all.flatMap(({ endpoints }) => Object.entries(endpoints)),
)

export const openOfCapabilities: readonly string[] = all.flatMap(({ open = [] }) => open)

export const foreignFormsOfCapabilities: ReadonlySet<string> = new Set(
  all.flatMap(({ foreignForms = [] }) => foreignForms),
)

export const distributionOfCapabilities: ReadonlySet<string> = new Set(
  all.flatMap(({ distribution = [] }) => distribution),
)

export const withoutTablesOfCapabilities: ReadonlySet<string> = new Set(
  all.flatMap(({ withoutTables = [] }) => withoutTables),
)

export const middlewaresOfCapabilities: readonly string[] = all.flatMap(({ middlewares = [] }) => middlewares)

const names = all.flatMap(({ names: own = {} }) => Object.entries(own))

export const existingOfCapabilities = Object.fromEntries(names.map(([name, [existing]]) => [name, existing]))

export const missingOfCapabilities = Object.fromEntries(names.map(([name, [, missing]]) => [name, missing]))

export const statementsOfCapabilities = (db: D1Database): D1PreparedStatement[] =>
  all.flatMap(({ prepare }) => prepare?.(db) ?? [])
