/**
 * A capability is what the registry can do without: one folder with all that belongs to it, known to the rest by its
 * `index.ts` and one line in `capabilities.ts`. The core never imports a capability.
 */
import type { Hono, MiddlewareHandler } from 'hono'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Facet } from './auth/facet.ts'
import type { WorkloadLogin } from './auth/workload-login.ts'
import type { Context, DirectoryLogin } from './context.ts'
import type { ObjectTypeDeclaration } from './db/events/object-types.ts'
import type { RepositoryRows } from './db/repositories/deleted-repositories.ts'
import type { TableDeclaration } from './db/tables.ts'
import type { EventConsumer } from './events/consumer.ts'
import type { FailureTypes } from './failures/failure.ts'
import type { JobsContext, JobType } from './jobs/job-type.ts'
import type { ContentTrust } from './registry/content-trust.ts'
import type { ReadingSource } from './registry/readings.ts'
import type { LoadReturn } from './registry/repository-return.ts'
import type { AppEnv } from './routes/app-context.ts'
import type { SettingFields } from './settings/fields.ts'

/** The context of one turn of the cron trigger, for each of its tasks. */
export interface Tick extends Context, JobsContext {
  /** The time at which the trigger was due. */
  readonly scheduledTime: number
  /** What a backup does with each table, of the core and of all capabilities. */
  readonly tables: readonly TableDeclaration[]
  /** Tells whether the turn is over: long work asks after each slice, and leaves the rest to the next turn. */
  readonly isTimeOver: () => boolean
}

/** What an administrator should know at once. */
export interface Alert {
  readonly id: string
  readonly class: 'warning' | 'critical'
  readonly message: string
}

/** Finds the alerts that hold now. */
export type AlertSource = (context: Context) => Promise<readonly Alert[]>

/** Counts what opens with the previous secret alone (`REGISTRY_SECRET_PREVIOUS`): while there is any, it must stay. */
export type SealedSource = (context: Context) => Promise<number>

export interface CapabilityRoutes {
  /** Below `/api/v0`; they need a login unless their definitions say that they are public. */
  readonly api?: OpenAPIHono<AppEnv>
  /** Below `/enzi/v0`; they need a login. */
  readonly enzi?: OpenAPIHono<AppEnv>
  /** From the root on, without a login. */
  readonly open?: Hono<AppEnv>
  /**
   * Below `/v2`, after those of the distribution API and with the same clients. Their errors have the form that the router
   * declares with `declareErrorForm`, or that of the distribution API.
   */
  readonly distribution?: Hono<AppEnv>
}

export interface Capability {
  /** Stands before all routes, also before those that a path is too long for. */
  readonly middlewares?: readonly MiddlewareHandler<AppEnv>[]
  /** Loads its routes: `() => import('./routes.ts')`, as no isolate loads them before a request needs them (see `answer.ts`). */
  readonly routes?: () => Promise<CapabilityRoutes>
  /** Groups of its operations in the OpenAPI document (their `tags`), beside those of the core. */
  readonly apiGroups?: readonly string[]
  /** Paths of `api` that answer in plain text to a client that asks for it. */
  readonly textPaths?: readonly string[]
  /** What hangs on repositories and has scopes of its own in tokens. */
  readonly facet?: Facet
  /** What the registry asks of content trust; one capability has it at most. */
  readonly contentTrust?: ContentTrust
  /** The directory that login asks; one capability has it at most. */
  readonly directory?: DirectoryLogin
  /** Lets in workloads without an account; one capability has it at most. */
  readonly workloads?: WorkloadLogin
  /** What a backup does with each of its tables. */
  readonly tables?: readonly TableDeclaration[]
  /** Its rows that hang on repositories: the job that deletes a repository takes them piece by piece. */
  readonly repositoryRows?: readonly RepositoryRows[]
  /** Loads what brings rows back that hang on a repository, when it alone is restored from a backup. */
  readonly repositoryReturn?: LoadReturn
  /** The job types by the name of the action. */
  readonly jobTypes?: Readonly<Record<string, JobType>>
  /** Makes the job types that work on what the core and all capabilities have, by the name of the action. */
  readonly jobTypesOf?: (
    tables: readonly TableDeclaration[],
    returns: readonly LoadReturn[],
  ) => Readonly<Record<string, JobType>>
  /** Its alerts, beside those of the core at `/api/v0/meta/alerts`. */
  readonly alerts?: AlertSource
  /** Counts what it keeps sealed under the previous secret. */
  readonly sealed?: SealedSource
  /** Its numbers for monitoring systems, which the capability `metrics` shows beside those of the core. */
  readonly readings?: ReadingSource
  /** The fields that it adds to `/api/v0/meta/settings`, which it reads with `currentSettingsOf`. */
  readonly settings?: SettingFields
  /** The types of objects that its events tell of, beside those of the core. */
  readonly objectTypes?: readonly ObjectTypeDeclaration[]
  /** Its failures, each with its answers and its sentence; its functions throw them with `errorsOf`. */
  readonly failures?: FailureTypes
  /** Its consumers of events, by name. A name stays, as the cursor is kept under it. */
  readonly consumers?: Readonly<Record<string, EventConsumer>>
  /** Goes on with a restoration of the database in each turn of the cron trigger: alone while the tables are away. */
  readonly restoration?: (tick: Tick) => Promise<unknown>
  /** Its work in each turn of the cron trigger, beside its jobs. */
  readonly tasks?: readonly ((tick: Tick) => Promise<unknown>)[]
}

/** Checks a capability where it is declared, and keeps its exact type. A field that no capability has does not compile. */
export const defineCapability = <const Declared extends Capability>(
  capability: Declared & Record<Exclude<keyof Declared, keyof Capability>, never>,
): Declared => capability
