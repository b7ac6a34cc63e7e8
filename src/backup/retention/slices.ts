/** Cleans up the bucket of backups, slice by slice: deletes old backups, and then all that no backup has any more. */
import * as z from 'zod'
import { asOfNow, type LastingContext } from '../../context.ts'
import type { JobSlice } from '../../jobs/job-type.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { recordDeletedBackups } from '../event-store.ts'
import { backupSettings } from '../settings.ts'
import { writeStanding } from '../standing/standing.ts'
import { sweepProgress, sweepSlice } from '../sweep.ts'
import { readUnderWay } from '../under-way.ts'
import { pruneSlice, rulesOf } from './prune.ts'

export const cleanUpProgress = z.object({
  isPruned: z.boolean(),
  sweeping: sweepProgress,
})
export type CleanUpProgress = z.infer<typeof cleanUpProgress>

export const beforeCleanUp: CleanUpProgress = { isPruned: false, sweeping: { search: null, deleted: 0 } }

export interface CleanUpSlice {
  readonly progress: CleanUpProgress
  readonly isDone: boolean
  readonly lines: readonly string[]
}

/** Cleans up some more. @param mayHaveParts an export has begun again, so that parts of its first try may be left */
export async function cleanUpSlice(
  context: LastingContext,
  at: CleanUpProgress,
  mayHaveParts: boolean,
): Promise<CleanUpSlice> {
  const { db, backups, now } = asOfNow(context)
  if (!at.isPruned) {
    const rules = rulesOf(await currentSettingsOf(db, now, backupSettings))
    const underWay = await readUnderWay(db)
    const record = (ids: readonly string[]): Promise<void> => recordDeletedBackups(db, ids, now)
    const { deleted, isDone } = await pruneSlice(backups, rules, (id) => underWay(id).isRead, record)
    const lines = deleted.map((id) => `deletes the backup ${id}: no rule of retention keeps it`)
    return { progress: { ...at, isPruned: isDone }, isDone: false, lines }
  }
  const { progress: sweeping, isDone, lines } = await sweepSlice(backups, at.sweeping, mayHaveParts)
  if (isDone) await writeStanding(backups)
  return { progress: { ...at, sweeping }, isDone, lines }
}

/** Does a slice of the job that only cleans up. */
export async function pruneJobSlice(context: LastingContext, checkpoint: unknown): Promise<JobSlice> {
  const at = checkpoint === undefined ? beforeCleanUp : cleanUpProgress.parse(checkpoint)
  const { progress, isDone, lines } = await cleanUpSlice(context, at, false)
  return { checkpoint: progress, isDone, lines }
}
