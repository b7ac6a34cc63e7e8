/** Orders the proof of a backup that was just made. */
import { asOfNow } from '../../context.ts'
import { enqueueJob } from '../../jobs/enqueue.ts'
import type { JobContext } from '../../jobs/job-type.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { orderOf } from '../orders.ts'
import { backupSettings } from '../settings.ts'
import { proveAction } from './action.ts'

/** Orders the proof of the backup of a job, unless the settings want none. @returns what the log tells of it */
export async function orderProof(context: JobContext): Promise<readonly string[]> {
  const { db, drill, now } = asOfNow(context)
  const { backupProve } = await currentSettingsOf(db, now, backupSettings)
  if (!backupProve) return ['the backup is not proven: the setting backupProve is off']
  if (drill === undefined) return ['the backup is not proven: the registry has no database for it (the binding DRILL)']
  // Done again after a crash, it finds the job that waits.
  const order = orderOf(proveAction, { backup: context.job.id, onlyHashes: false })
  const { id } = await enqueueJob(context, order, now, { by: '', now })
  return [`the job ${id} proves it`]
}
