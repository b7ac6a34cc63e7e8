/**
 * The operations of administrators on jobs and schedules: each checks the request, and then acts in one transaction.
 */
import * as z from 'zod'
import type { Attribution } from '../db/events/events.ts'
import { deleteCron, findCron, putCron, type CronRecord } from '../db/jobs/crons.ts'
import type { Database } from '../db/database.ts'
import { deleteJob, findJob, insertJob, requestCancel, type JobRecord } from '../db/jobs/jobs.ts'
import { RegistryError } from '../errors.ts'
import { misfitOf } from '../failures/schema-misfit.ts'
import type { JobsContext, JobType, JobTypes } from './job-type.ts'
import { isClaimable } from './decisions.ts'
import { aWorker, workOnJob } from './runner.ts'
import { parseSchedule } from './schedule.ts'

/** After its answer a Worker is given half a minute. */
const afterAnswerMilliseconds = 25_000

/** The fields that jobs and schedules have in common. */
export interface JobRequest {
  readonly action: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly retries: number
  readonly capacityMap: Readonly<Record<string, number>>
  readonly deadline: string
  readonly stopTimeout: string
}

/** The parts of the context that check a request for a job and store it. */
export type EnqueueContext = Pick<JobsContext, 'db' | 'jobTypes'>

/**
 * Makes a job, or finds the one that waits to do the same.
 *
 * @param scheduledAt when it is to begin; a time that is past is now
 * @throws RegistryError `body-invalid`, or `job-running` when it must not run beside another one
 */
export async function enqueueJob(
  { db, jobTypes }: EnqueueContext,
  request: JobRequest,
  scheduledAt: number,
  attribution: Attribution,
): Promise<JobRecord> {
  const { action, parameters } = checked(jobTypes, request)
  const begins = Math.max(scheduledAt, attribution.now)
  const isNow = begins === attribution.now
  const { action: name, retries, deadline, stopTimeout } = request
  const { job, inTheWay } = await insertJob(
    db,
    {
      id: crypto.randomUUID(),
      retryFromId: null,
      action: name,
      exclusionKey: action.exclusionKey(parameters),
      scheduledAt: begins,
      retriesLeft: retries,
      retriesTotal: retries,
      capacityMap: JSON.stringify(request.capacityMap),
      parameters: JSON.stringify(parameters),
      deadline,
      stopTimeout,
    },
    { isExclusive: isNow && action.isExclusive, joinsWaiting: isNow && action.joinsWaiting },
    attribution,
  )
  if (job === undefined) throw new RegistryError({ kind: 'job-running', id: inTheWay ?? '', action: name })
  return job
}

function checked(
  jobTypes: JobTypes,
  { action: name, parameters }: JobRequest,
): {
  readonly action: JobType
  readonly parameters: Readonly<Record<string, unknown>>
} {
  const action = jobTypes.get(name)
  if (action === undefined) {
    const reason = { kind: 'action-unknown', actions: [...jobTypes.keys()] } as const
    throw new RegistryError({ kind: 'body-invalid', reason })
  }
  const { data, error } = action.parameters.safeParse(parameters)
  if (error !== undefined) {
    const reason = { kind: 'job-parameters', ...misfitOf(error, ['parameters']) } as const
    throw new RegistryError({ kind: 'body-invalid', reason })
  }
  return { action, parameters: z.record(z.string(), z.unknown()).parse(data) }
}

/** Starts a job if it is due and no worker has it. Call it after the response. */
export const workOnJobNow = (context: JobsContext, id: string): Promise<void> =>
  workOnJob(aWorker(context, afterAnswerMilliseconds), id)

/** Returns a job. @throws RegistryError `job-unknown` */
export async function getJob(db: Database, id: string): Promise<JobRecord> {
  return (await findJob(db, id)) ?? unknown(id)
}

/**
 * Cancels a job. Releases its lock and read-only mode immediately, as its worker may have crashed or be slow; without
 * the lock the worker deletes nothing more.
 *
 * @returns whether a worker must still record the end of the job, as no worker has it
 * @throws RegistryError `job-unknown`
 */
export async function cancelJob(context: JobsContext, id: string, attribution: Attribution): Promise<boolean> {
  const job = (await requestCancel(context.db, id, attribution)) ?? unknown(id)
  const parameters: unknown = JSON.parse(job.parameters)
  const known = { id, startedAt: job.startedAt ?? attribution.now, parameters, deaths: job.deaths }
  const jobContext = { ...context, job: known, clock: () => attribution.now }
  const action = context.jobTypes.get(job.action)
  if (job.status === 'canceled') await action?.ended?.(jobContext)
  if (job.status !== 'cancel_request') return false
  await action?.abandon(jobContext)
  return isClaimable(job, attribution.now)
}

/** Deletes a job that is over. @throws RegistryError `job-unknown`, or `job-running` when it is not over */
export async function removeJob(db: Database, id: string, attribution: Attribution): Promise<void> {
  const isGone = await deleteJob(db, id, attribution)
  if (isGone === undefined) unknown(id)
  if (!isGone) throw new RegistryError({ kind: 'job-not-over', id })
}

function unknown(id: string): never {
  throw new RegistryError({ kind: 'job-unknown', id })
}

/** Sets the schedule of an action. @throws RegistryError `body-invalid` */
export async function setCron(
  { db, jobTypes }: EnqueueContext,
  request: JobRequest & { readonly schedule: string },
  attribution: Attribution,
): Promise<CronRecord> {
  const { parameters } = checked(jobTypes, request)
  const { action, retries, deadline, stopTimeout } = request
  const schedule = parseSchedule(request.schedule, attribution.now)
  const nextRun = schedule.kind === 'schedule' ? schedule.next(attribution.now) : undefined
  if (schedule.kind === 'invalid' || nextRun === undefined) {
    const reason = schedule.kind === 'invalid' ? schedule.reason : ({ kind: 'never-fires' } as const)
    throw new RegistryError({ kind: 'body-invalid', reason: { kind: 'schedule', reason } })
  }
  const cron = {
    id: crypto.randomUUID(),
    action,
    schedule: request.schedule,
    retries,
    capacityMap: JSON.stringify(request.capacityMap),
    parameters: JSON.stringify(parameters),
    deadline,
    stopTimeout,
    nextRun,
  }
  return putCron(db, cron, attribution)
}

/** Returns the schedule of an action. @throws RegistryError `cron-unknown` */
export async function getCron(db: Database, action: string): Promise<CronRecord> {
  const cron = await findCron(db, action)
  if (cron === undefined) throw new RegistryError({ kind: 'cron-unknown', action })
  return cron
}

/** Deletes the schedule of an action. @throws RegistryError `cron-unknown` */
export async function removeCron(db: Database, action: string, attribution: Attribution): Promise<void> {
  if (!(await deleteCron(db, action, attribution))) throw new RegistryError({ kind: 'cron-unknown', action })
}
