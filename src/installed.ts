/** What the core and the capabilities are together: `app.ts` and `worker.ts` are made from it. */
import * as listed from './capabilities.ts'
import type { Capability } from './capability.ts'
import { coreObjectTypes, type ObjectTypes } from './db/events/object-types.ts'
import type { EventConsumers } from './events/consumer.ts'
import { consumerAction, consumerJob } from './events/consumer-job.ts'
import type { JobTypes } from './jobs/job-type.ts'
import { coreJobTypes } from './jobs/job-types.ts'
import { coreSettings, type SettingFields } from './settings/fields.ts'

/** In the order of their names. */
export const capabilities: readonly Capability[] = Object.values(listed)

const consumers: EventConsumers = new Map(capabilities.flatMap(({ consumers: own = {} }) => Object.entries(own)))

export const jobTypes: JobTypes = new Map(
  [
    ...capabilities.map((capability) => capability.jobTypes ?? {}),
    coreJobTypes,
    { [consumerAction]: consumerJob(consumers) },
  ].flatMap((types) => Object.entries(types)),
)

/** The fields of `/api/v0/meta/settings`. */
export const settings: SettingFields = Object.fromEntries(
  [coreSettings, ...capabilities.map((capability) => capability.settings ?? {})].flatMap((fields) =>
    Object.entries(fields),
  ),
)

/** What events tell of. */
export const objectTypes: ObjectTypes = {
  ...coreObjectTypes,
  ...Object.fromEntries(
    capabilities.flatMap((capability) => (capability.objectTypes ?? []).map(({ name, rule }) => [name, rule])),
  ),
}

/** The groups of the OpenAPI document that capabilities add to those of the core. */
export const apiGroups: readonly string[] = capabilities.flatMap((capability) => capability.apiGroups ?? [])
