/** The core and the capabilities together, from which `app.ts` and `worker.ts` are made. */
import * as listed from './capabilities.ts'
import type { Facet } from './auth/facet.ts'
import type { WorkloadLogin } from './auth/workload-login.ts'
import type { DirectoryLogin } from './context.ts'
import type { AlertSource, Capability, SealedSource } from './capability.ts'
import { coreObjectTypes, type ObjectTypes } from './db/events/object-types.ts'
import { coreTables, type TableDeclaration } from './db/tables.ts'
import type { EventConsumers } from './events/consumer.ts'
import { consumerAction, consumerJob } from './events/consumer-job.ts'
import type { JobTypes } from './jobs/job-type.ts'
import { coreJobTypes } from './jobs/job-types.ts'
import type { ContentTrust } from './registry/content-trust.ts'
import type { ReadingSource } from './registry/readings.ts'
import { coreSettings, type SettingFields } from './settings/fields.ts'

/** The capabilities in the order of their names. */
export const capabilities: readonly Capability[] = Object.values(listed)

const consumers: EventConsumers = new Map(
  Object.entries(
    merged(
      'consumer',
      capabilities.map((capability) => capability.consumers ?? {}),
    ),
  ),
)

/** What a backup does with each table. */
export const tables: readonly TableDeclaration[] = [
  ...coreTables,
  ...capabilities.flatMap(({ tables: own = [] }) => own),
]

/** What comes back with a repository that is restored alone. */
const returns = capabilities.flatMap(({ repositoryReturn }) => repositoryReturn ?? [])

export const jobTypes: JobTypes = new Map(
  Object.entries(
    merged('job type', [
      coreJobTypes(capabilities.flatMap(({ repositoryRows = [] }) => repositoryRows)),
      { [consumerAction]: consumerJob(consumers) },
      ...capabilities.map((capability) => capability.jobTypes ?? {}),
      ...capabilities.map((capability) => capability.jobTypesOf?.(tables, returns) ?? {}),
    ]),
  ),
)

/** The fields of `/api/v0/meta/settings`. */
export const settings: SettingFields = merged('setting', [
  coreSettings,
  ...capabilities.map((capability) => capability.settings ?? {}),
])

/** The types of objects that events tell of. */
export const objectTypes: ObjectTypes = merged<ObjectTypes[string]>('type of objects', [
  coreObjectTypes,
  ...capabilities.flatMap(({ objectTypes: own = [] }) => own.map(({ name, rule }) => ({ [name]: rule }))),
])

/** What tokens are given for, beside repositories. */
export const facets: readonly Facet[] = capabilities.flatMap(({ facet }) => facet ?? [])

/** What capabilities have to tell administrators. */
export const alerts: readonly AlertSource[] = capabilities.flatMap((capability) => capability.alerts ?? [])

/** What capabilities keep sealed. */
export const sealed: readonly SealedSource[] = capabilities.flatMap((capability) => capability.sealed ?? [])

/** What capabilities have to tell monitoring systems. */
export const readings: readonly ReadingSource[] = capabilities.flatMap((capability) => capability.readings ?? [])

const [first, ...others] = capabilities.flatMap(({ contentTrust: own }) => own ?? [])
if (others.length > 0) throw new Error('content trust is declared twice: take one of the capabilities away')

/** What the registry asks about signatures, where content trust is installed. */
export const contentTrust: ContentTrust | undefined = first

const [directoryLogin, ...otherDirectories] = capabilities.flatMap(({ directory: own }) => own ?? [])
if (otherDirectories.length > 0) throw new Error('a directory is declared twice: take one of the capabilities away')

/** What login asks for passwords that are not local ones, where a directory is installed. */
export const directory: DirectoryLogin | undefined = directoryLogin

const [workloadsOfOne, ...workloadsOfOthers] = capabilities.flatMap(({ workloads: own }) => own ?? [])
if (workloadsOfOthers.length > 0) throw new Error('workloads are let in twice: take one of the capabilities away')

/** Lets in workloads without an account, where that is installed. */
export const workloads: WorkloadLogin | undefined = workloadsOfOne

/** The groups of the OpenAPI document that capabilities add to those of the core. */
export const apiGroups: readonly string[] = capabilities.flatMap((capability) => capability.apiGroups ?? [])

/** Merges declarations by name. @throws Error for a name that is declared twice: one of the two would have no effect */
function merged<Value>(what: string, parts: readonly Readonly<Record<string, Value>>[]): Record<string, Value> {
  const all: Record<string, Value> = {}
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    if (name in all) throw new Error(`the ${what} ${name} is declared twice: rename one`)
    all[name] = value
  }
  return all
}
