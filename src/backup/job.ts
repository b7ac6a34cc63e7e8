/** The job `backup`. What it does is loaded with its first turn (`turn.ts`): most isolates make no backup. */
import { asOfNow } from '../context.ts'
import type { TableDeclaration } from '../db/tables.ts'
import type { JobType } from '../jobs/job-type.ts'
import { releaseGcLease } from '../replicas/gc-lease.ts'
import { lazily } from '../util/lazy.ts'
import { backupsKey } from './keys.ts'
import { backupParameters } from './parameters.ts'
import { handleBackups } from './right.ts'

const loadTurn = lazily(() => import('./turn.ts'))

/** Makes the job type. @param tables those of the core and of all capabilities */
export const backupJob = (tables: readonly TableDeclaration[]): JobType => ({
  parameters: backupParameters,
  exclusionKey: () => backupsKey,
  isExclusive: true,
  joinsWaiting: false,
  deletes: () => 'nothing',
  needsPasswordTo: handleBackups,
  async begin(context) {
    const { BackupTurn } = await loadTurn()
    return new BackupTurn(context, tables)
  },
  async abandon(context) {
    await releaseGcLease(asOfNow(context), { holder: context.job.id })
  },
  summary: () => [],
})
