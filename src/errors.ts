/**
 * The failures of the core, as one union. They are declared in `failures/`, by area; a capability declares its own in its
 * folder.
 */
import { accessFailures, type WhyUnauthorized } from './failures/access.ts'
import { accountsFailures } from './failures/accounts.ts'
import { clusterFailures } from './failures/cluster.ts'
import { contentFailures } from './failures/content.ts'
import type { Deed } from './failures/deeds.ts'
import { eventsFailures } from './failures/events.ts'
import { ExpectedError, type FailureOf } from './failures/failure.ts'
import { jobsFailures } from './failures/jobs.ts'
import { namesFailures } from './failures/names.ts'
import { outagesFailures } from './failures/outages.ts'
import { repositoriesFailures } from './failures/repositories.ts'
import { requestsFailures } from './failures/requests.ts'
import { tagsFailures } from './failures/tags.ts'
import { uploadsFailures } from './failures/uploads.ts'
import { workloadsFailures } from './failures/workloads.ts'
import type { AccountName, WorkloadName } from './names.ts'

export const coreFailures = {
  ...namesFailures,
  ...contentFailures,
  ...uploadsFailures,
  ...repositoriesFailures,
  ...tagsFailures,
  ...accountsFailures,
  ...accessFailures,
  ...requestsFailures,
  ...clusterFailures,
  ...jobsFailures,
  ...eventsFailures,
  ...outagesFailures,
  ...workloadsFailures,
}

export type Failure = FailureOf<typeof coreFailures>

/** An error of the core that is thrown on purpose; any other is a defect, an outage, or a capability's. */
export class RegistryError extends ExpectedError<Failure> {
  override readonly name = 'RegistryError'

  constructor(failure: Failure, options?: ErrorOptions) {
    super(coreFailures, failure, options)
  }
}

/** Returns the refusal of a request that is not authenticated. @param scope what a registry token would need for it */
export const unauthorized = (reason: WhyUnauthorized, scope?: string): RegistryError =>
  new RegistryError({ kind: 'unauthorized', reason, scope })

/** Returns the refusal of what a caller may not do. @param who undefined for a caller without a login */
export const denied = (
  who: AccountName | WorkloadName | undefined,
  deed: Deed,
  options?: ErrorOptions,
): RegistryError => new RegistryError({ kind: 'denied', who, deed, scope: undefined }, options)
