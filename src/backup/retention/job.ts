/** The job `backup_prune`: deletes the backups that nothing keeps. */
import * as z from 'zod'
import { simpleJobType, type JobType } from '../../jobs/job-type.ts'
import { lazily } from '../../util/lazy.ts'
import { backupsKey } from '../keys.ts'

const loadTurn = lazily(() => import('./slices.ts'))

export const pruneAction = 'backup_prune'

/** Completes the refusal of a caller who has proven no password. */
export const deleteBackups = 'delete backups'

export const pruneJob: JobType = {
  ...simpleJobType({
    parameters: z.strictObject({}),
    deletes: 'nothing',
    exclusionKey: backupsKey,
    isExclusive: true,
    run: async (context, checkpoint) => (await loadTurn()).pruneJobSlice(context, checkpoint),
  }),
  needsPasswordTo: deleteBackups,
}
