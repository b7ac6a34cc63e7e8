/** Keeps jobs and their logs no longer than the settings say. */
import { deleteJobsBefore, endOfNewest } from '../db/jobs/job-lists.ts'
import type { Database } from '../db/database.ts'
import { parseDuration } from '../util/duration.ts'
import type { Settings } from '../settings/fields.ts'
import { currentSettings } from '../settings/settings.ts'
import { isoTime } from '../util/iso-time.ts'
import type { JobContext, JobSlice } from './job-type.ts'

type Limits = Pick<Settings, 'jobHistoryCompactionEnabled' | 'jobHistoryMaxAge' | 'jobHistoryToKeep'>

/** The most slices of one tick; the rest waits for the next. */
const slicesInTick = 10

/**
 * Deletes jobs that ended too long ago, and once an hour those that are too many, for which all that are kept are
 * counted. A bounded number of them.
 *
 * @param now the time of the cron trigger, which comes every minute
 */
export async function trimJobs(db: Database, limits: Limits, now: number): Promise<number> {
  if (!limits.jobHistoryCompactionEnabled) return 0
  const before = await endOfHistory(db, limits, now, new Date(now).getUTCMinutes() === 0)
  let deleted = 0
  for (let slice = 0; slice < slicesInTick; slice++) {
    const gone = await deleteJobsBefore(db, before)
    deleted += gone
    if (gone === 0) break
  }
  return deleted
}

/** Deletes a slice of the jobs that are too old or too many: the job `onlinegc_joblogs`. */
export async function trimSlice({ db, clock }: JobContext, checkpoint: unknown): Promise<JobSlice> {
  const before = typeof checkpoint === 'number' ? checkpoint : await endOfHistoryNow(db, clock())
  if (before === undefined) return { checkpoint, isDone: true, lines: ['the settings keep all jobs'] }
  const deleted = await deleteJobsBefore(db, before)
  const lines = deleted === 0 ? [`deleted jobs and their logs from before ${isoTime(before)}`] : []
  return { checkpoint: before, isDone: deleted === 0, lines }
}

async function endOfHistoryNow(db: Database, now: number): Promise<number | undefined> {
  const settings = await currentSettings(db, now)
  return settings.jobHistoryCompactionEnabled ? endOfHistory(db, settings, now, true) : undefined
}

/** Returns the time before which ended jobs are deleted, in milliseconds since 1970. */
async function endOfHistory(db: Database, limits: Limits, now: number, isCounted: boolean): Promise<number> {
  const byAge = now - (parseDuration(limits.jobHistoryMaxAge) ?? Infinity)
  const byNumber = isCounted ? await endOfNewest(db, limits.jobHistoryToKeep) : undefined
  return Math.max(byAge, byNumber ?? 0)
}
