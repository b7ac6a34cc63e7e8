/** The job `restore_repository`: brings repositories out of a backup back into the running registry. */
import type { JobType } from '../../jobs/job-type.ts'
import type { LoadReturn } from '../../registry/repository-return.ts'
import { lazily } from '../../util/lazy.ts'
import { backupsKey } from '../keys.ts'
import { repositoryOrder, restoreRepositories } from './order.ts'

const loadReturning = lazily(() => import('../sealing/returning.ts'))
const loadTurn = lazily(() => import('./turn.ts'))

/** Makes the job type. @param returns what capabilities bring back with a repository */
export const repositoryJob = (returns: readonly LoadReturn[]): JobType => ({
  parameters: repositoryOrder,
  // The backup must not be deleted meanwhile.
  exclusionKey: () => backupsKey,
  isExclusive: false,
  joinsWaiting: false,
  // It writes content, so it waits as deletions do while the registry is read-only.
  deletes: () => 'content',
  needsPasswordTo: restoreRepositories,
  async begin(context) {
    const { RepositoryTurn } = await loadTurn()
    return new RepositoryTurn(context, returns)
  },
  async abandon() {},
  async ended(context) {
    const { returnUnlessRead } = await loadReturning()
    await returnUnlessRead(context, repositoryOrder.parse(context.job.parameters).backup)
  },
  summary: () => [],
})
