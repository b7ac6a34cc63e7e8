/** The turn of the cron trigger for jobs, once a minute: due schedules make jobs, and workers work on due jobs. */
import { loggable } from '../db/database.ts'
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
 * @throws Error when a step failed, after all of them had their turn
 */
export async function runJobsCron(context: JobsContext, scheduledTime: number): Promise<void> {
  const { db, clock, jobTypes } = context
  await eachAlone([
    ['the schedules', async () => fireDueCrons(context, clock())],
    ...[...jobTypes].map(([name, type]): Step => [`the due jobs of ${name}`, async () => type.makeDueJobs?.(context)]),
    ['the work on due jobs', async () => workOnJobs(aWorker(context, tickMilliseconds))],
    ['the end of old jobs', async () => trimJobs(db, await currentSettings(db, clock()), scheduledTime)],
  ])
}

/**
 * Creates one job for each due schedule, however late, even if two ticks run at once.
 *
 * @throws Error when a schedule could make no job, after all of them had their turn
 */
export async function fireDueCrons(context: EnqueueContext, now: number): Promise<void> {
  const due = await dueCrons(context.db, now)
  await eachAlone(
    due.map((cron): Step => [
      `the schedule of ${cron.action}, which should be set again if it keeps failing`,
      async () => fire(context, cron, now),
    ]),
  )
}

/** The name and the work. */
type Step = readonly [string, () => Promise<unknown>]

/** Does one step after the other, and logs those that fail. @throws Error at the end, when one did */
async function eachAlone(steps: readonly Step[]): Promise<void> {
  let failures = 0
  for (const [what, work] of steps) {
    try {
      await work()
    } catch (error) {
      failures++
      console.error(`what failed in the turn of the cron trigger for jobs is ${what}:`, loggable(error))
    }
  }
  if (failures > 0) throw new Error(`${failures} of ${steps.length} failed; see the lines above`)
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
