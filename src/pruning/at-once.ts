/** Policies that were made or changed are evaluated at once, and not with the next turn of the schedule. */
import type { Attribution } from '../db/events/events.ts'
import { isBeingPruned } from './tag-store.ts'
import type { RepositoryKey } from '../db/repositories/repositories.ts'
import { enqueueJob, type EnqueueContext } from '../jobs/enqueue.ts'
import type { Policy } from './policies.ts'

/**
 * Makes the job that prunes the repository of a policy, unless the policy can be for no tag yet, or such a job waits
 * already. So while one runs one more waits, however many policies are changed meanwhile.
 *
 * @returns the id of the job to work on; undefined: there is none, or the cron trigger takes it up after the one that runs
 */
export async function pruneAtOnce(
  context: EnqueueContext,
  { name: repository }: RepositoryKey,
  { enabled, tagsSince }: Policy,
  attribution: Attribution,
): Promise<string | undefined> {
  if (!enabled || tagsSince >= attribution.now) return undefined
  const order = {
    action: 'tag_pruning',
    parameters: { repository },
    // The schedule tries again anyway.
    retries: 0,
    capacityMap: {},
    deadline: '',
    stopTimeout: '',
  }
  const { id } = await enqueueJob(context, order, attribution.now, attribution)
  return (await isBeingPruned(context.db, repository, attribution.now)) ? undefined : id
}
