/** The turn of the cron trigger for jobs, once a minute: due schedules make jobs, and workers work on due jobs. */
import { dueCrons, fireCron, type CronRecord } from '../db/jobs/crons.ts'
import { currentSettings } from '../settings/settings.ts'
import type { EnqueueContext } from './enqueue.ts'
import type { JobsContext } from './job-type.ts'
import { trimJobs } from './retention.ts'
import { aWorker, workOnJobs } from './runner.ts'
import { parseSchedule } from './schedule.ts'

/** The next tick comes after a minute. Overlapping ticks are safe but useless. */
const tickMilliseconds = 50_000

/**
 * Makes the jobs of due schedules, works on due jobs, and deletes old ones.
 *
 * @param scheduledTime when the trigger was due
 */
export async function runJobsCron(context: JobsContext, scheduledTime: number): Promise<void> {
  const { db, clock, jobTypes } = context
  await fireDueCrons(context, clock())
  for (const type of jobTypes.values()) await type.makeDueJobs?.(context)
  await workOnJobs(aWorker(context, tickMilliseconds))
  await trimJobs(db, await currentSettings(db, clock()), scheduledTime)
}

/** Creates one job for each due schedule, however late, even if two ticks run at once. */
export async function fireDueCrons(context: EnqueueContext, now: number): Promise<void> {
  for (const cron of await dueCrons(context.db, now)) await fire(context, cron, now)
}

async function fire({ db, jobTypes }: EnqueueContext, cron: CronRecord, now: number): Promise<void> {
  const { action, retries, capacityMap, parameters, deadline, stopTimeout } = cron
  const schedule = parseSchedule(cron.schedule, now)
  const nextRun = (schedule.kind === 'schedule' ? schedule.next(now) : undefined) ?? Number.MAX_SAFE_INTEGER
  const job = {
    id: crypto.randomUUID(),
    retryFromId: null,
    scheduledAt: now,
    retriesLeft: retries,
    retriesTotal: retries,
    action,
    exclusionKey: jobTypes.get(action)?.exclusionKey(JSON.parse(parameters)) ?? null,
    capacityMap,
    parameters,
    deadline,
    stopTimeout,
  }
  await fireCron(db, cron, nextRun, job, now)
}
