/** Jobs and schedules as DTR writes them, and what may be ordered of them. */
import { z } from '@hono/zod-openapi'
import type { CronRecord } from '../../db/jobs/crons.ts'
import type { JobRecord } from '../../db/jobs/jobs.ts'
import { jobStatuses } from '../../db/jobs/schema.ts'
import type { JobRequest } from '../../jobs/enqueue.ts'
import { largestJobMapBytes, longestIdentifier, longestTimeText, mostRetriesOfJob } from '../../limits.ts'
import { parseDuration } from '../../util/duration.ts'
import { isPlainLine } from '../../util/plain-text.ts'
import { isoTime } from '../../util/iso-time.ts'
import { notPlainLine, time } from '../shared/schemas.ts'

const durationText = z.string().openapi({ description: 'like "30m"; empty for none', example: '30m' })
const parameters = z.record(z.string(), z.unknown())
const capacityMap = z.record(z.string(), z.number())

const common = {
  action: z.string().openapi({ example: 'gc' }),
  capacityMap: capacityMap.openapi({ description: 'stored and ignored' }),
  parameters: parameters.openapi({ description: 'parameters of the action', example: { dryRun: true } }),
  deadline: durationText,
  stopTimeout: durationText,
}

export const jobSchema = z
  .object({
    id: z.string().openapi({ example: '1fcf4c0f-ff3b-471a-8839-5dcb631b2f7b' }),
    retryFromID: z.string().openapi({ description: 'the job that this one retries; its own id for the first try' }),
    workerID: z.string().openapi({ description: 'the worker that runs the job or ran it last; empty while it waits' }),
    status: z.enum(jobStatuses),
    waitingFor: z.string().optional().openapi({ description: 'why a due job has not started' }),
    scheduledAt: time,
    lastUpdated: time,
    startedAt: time.optional(),
    endedAt: time.optional(),
    retriesLeft: z.int(),
    retriesTotal: z.int(),
    ...common,
  })
  .openapi('Job')

export const cronSchema = z
  .object({
    id: z.string(),
    schedule: z.string().openapi({ example: '0 0 1 * * 6' }),
    retries: z.int(),
    nextRun: time,
    ...common,
  })
  .openapi('Cron')

export const logLine = z.object({ data: z.string(), lineNum: z.int() }).openapi('JobLogLine')

export const jobJson = (job: JobRecord): z.infer<typeof jobSchema> => ({
  id: job.id,
  retryFromID: job.retryFromId ?? job.id,
  workerID: job.workerId ?? '',
  status: job.status,
  ...(job.waitingFor === null ? {} : { waitingFor: job.waitingFor }),
  scheduledAt: isoTime(job.scheduledAt),
  lastUpdated: isoTime(job.lastUpdated),
  ...(job.startedAt === null ? {} : { startedAt: isoTime(job.startedAt) }),
  ...(job.endedAt === null ? {} : { endedAt: isoTime(job.endedAt) }),
  retriesLeft: job.retriesLeft,
  retriesTotal: job.retriesTotal,
  ...commonOf(job),
})

export const cronJson = (cron: CronRecord): z.infer<typeof cronSchema> => ({
  id: cron.id,
  schedule: cron.schedule,
  retries: cron.retries,
  nextRun: isoTime(cron.nextRun),
  ...commonOf(cron),
})

const commonOf = (stored: Pick<JobRecord, keyof typeof common>) => ({
  action: stored.action,
  capacityMap: capacityMap.parse(JSON.parse(stored.capacityMap)),
  parameters: parameters.parse(JSON.parse(stored.parameters)),
  deadline: stored.deadline,
  stopTimeout: stored.stopTimeout,
})

const smallEnough = (value: unknown): boolean => JSON.stringify(value ?? {}).length <= largestJobMapBytes
const tooLarge = { error: `it must have at most ${largestJobMapBytes} bytes` }

const duration = z
  .string()
  .max(longestTimeText)
  .refine((text) => text === '' || parseDuration(text) !== undefined, {
    error: 'it must be a time in days, hours, minutes and seconds, like "30m", or empty for none',
  })
  .default('')
  .openapi({ description: 'like "30m"; empty for none', example: '30m' })

/** The fields with which a job or a schedule is ordered; only the action is required. */
export const orderFields = {
  action: z.string().min(1).max(longestIdentifier).openapi({ example: 'gc' }),
  parameters: parameters
    .nullish()
    .refine(smallEnough, tooLarge)
    .openapi({ description: 'parameters of the action', example: { dryRun: true } }),
  retries: z.int().min(0).max(mostRetriesOfJob).default(0),
  capacityMap: capacityMap
    .nullish()
    .refine((map) => Object.keys(map ?? {}).every(isPlainLine), { error: notPlainLine })
    .refine(smallEnough, tooLarge)
    .openapi({ description: 'stored and ignored' }),
  deadline: duration,
  stopTimeout: duration,
}

const orderSchema = z.object(orderFields)

export const orderOf = ({
  action,
  parameters: given,
  retries,
  capacityMap: capacity,
  deadline,
  stopTimeout,
}: z.infer<typeof orderSchema>): JobRequest => ({
  action,
  parameters: given ?? {},
  retries,
  capacityMap: capacity ?? {},
  deadline,
  stopTimeout,
})
