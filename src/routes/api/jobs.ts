/** Jobs: work that goes on after a request. */
import { z } from '@hono/zod-openapi'
import { mostJobsLookedAt } from '../../db/jobs/job-lists.ts'
import { readJobLog } from '../../db/jobs/job-logs.ts'
import { RegistryError } from '../../errors.ts'
import { jobsPage, keyOf, parseKey } from '../../jobs/list.ts'
import { cancelJob, getJob, enqueueJob, removeJob } from '../../jobs/enqueue.ts'
import {
  largestLogOffset,
  largestPageBytes,
  longestIdentifier,
  longestPageStart,
  longestTimeText,
  mostLinesOfLogPage,
} from '../../limits.ts'
import { firstWithin, jsonBytes } from '../../registry/page-budget.ts'
import { announcePage, pageHeaders, sizeQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import { jobsContext, requirePasswordForAction, workAfterAnswer } from './background-jobs.ts'
import { jobJson, jobSchema, logLine, orderFields, orderOf } from './job-json.ts'

export const jobs = apiRouter()

const usualPage = 10

const startQuery = (name: string, most: number) =>
  z.coerce
    .number({ error: 'it must be a whole number' })
    .int()
    .min(0)
    .max(most)
    .default(0)
    .openapi({ param: { name, in: 'query' }, minimum: 0, maximum: most })

/** DTR's word for no filter. */
const any = 'any'
const filterQuery = (name: string, description: string) =>
  z
    .string()
    .max(longestIdentifier)
    .default(any)
    .openapi({ param: { name, in: 'query' }, description })

const listQuery = z.object({
  action: filterQuery('action', 'of one action alone, like "gc"'),
  worker: filterQuery('worker', 'that one worker runs, or ran last'),
  running: z
    .enum([any, 'true', 'false'])
    .default(any)
    .openapi({ param: { name: 'running', in: 'query' }, description: 'only unfinished jobs, or only finished ones' }),
  start: startQuery('start', mostJobsLookedAt),
  limit: sizeQuery('limit', usualPage),
  pageStart: z
    .string()
    .max(longestPageStart)
    .refine((text) => text === '' || parseKey(text) !== undefined, {
      error: 'it must be X-Next-Page-Start of a previous page, or empty',
    })
    .default('')
    .openapi({
      param: { name: 'pageStart', in: 'query' },
      description: 'X-Next-Page-Start of the previous page: unlike `start`, it repeats no job when new ones appear',
    }),
})

const jobPath = z.object({
  jobID: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'jobID', in: 'path' }, example: '1fcf4c0f-ff3b-471a-8839-5dcb631b2f7b' }),
})

const listRoute = defineRoute({
  access: { administratorsMay: 'see the jobs' },
  method: 'get',
  path: '/jobs',
  tags: ['jobs'],
  summary: 'List the jobs, most recently scheduled first',
  description: 'For system administrators.',
  request: { query: listQuery },
  responses: {
    200: { ...jsonOf(z.object({ jobs: z.array(jobSchema) }), 'some of the jobs'), headers: pageHeaders },
    ...refusals(400, 401, 403),
  },
})

jobs.openapi(listRoute, async function getJobs(c) {
  const { action, worker, running, start, limit, pageStart } = c.req.valid('query')
  const filter = {
    action: action === any ? undefined : action,
    worker: worker === any ? undefined : worker,
    running: running === any ? undefined : running === 'true',
  }
  const { jobs: found, next } = await jobsPage(c.get('context').db, filter, { from: parseKey(pageStart), start, limit })
  announcePage(c, { items: found, next: next === undefined ? undefined : keyOf(next) })
  return c.json({ jobs: found.map(jobJson) }, 200)
})

const wantedJob = z
  .object({
    ...orderFields,
    scheduledAt: z.iso
      .datetime({ offset: true, error: 'it must be a time like 2026-01-31T09:30:00Z' })
      .max(longestTimeText)
      .nullish()
      .openapi({ description: 'when to start; default: now' }),
  })
  .openapi('WantedJob')

const postRoute = defineRoute({
  access: { administratorsMay: 'start a job' },
  method: 'post',
  path: '/jobs',
  tags: ['jobs'],
  summary: 'Start a job',
  description:
    'For system administrators. Only the action is required. The job starts now or at the given time. Only one garbage collection runs at a time.',
  request: { body: bodyOf(wantedJob) },
  responses: { 202: jsonOf(jobSchema, 'the waiting job'), ...refusals(400, 401, 403, 409, 503) },
})

jobs.openapi(postRoute, async function postJob(c) {
  const { name: by } = requireAccount(c)
  const { now } = c.get('context')
  const { scheduledAt, ...order } = c.req.valid('json')
  requirePasswordForAction(c, order.action)
  const begins = typeof scheduledAt === 'string' ? Date.parse(scheduledAt) : now
  const job = await enqueueJob(jobsContext(c), orderOf(order), begins, { by, now })
  workAfterAnswer(c, job.id)
  return c.json(jobJson(job), 202)
})

const getRoute = defineRoute({
  access: { administratorsMay: 'see a job' },
  method: 'get',
  path: '/jobs/{jobID}',
  tags: ['jobs'],
  summary: 'Get a job',
  description: 'For system administrators.',
  request: { params: jobPath },
  responses: { 200: jsonOf(jobSchema, 'the job'), ...refusals(400, 401, 403, 404) },
})

jobs.openapi(getRoute, async function getOneJob(c) {
  return c.json(jobJson(await getJob(c.get('context').db, c.req.valid('param').jobID)), 200)
})

const deleteRoute = defineRoute({
  access: { administratorsMay: 'delete a job' },
  method: 'delete',
  path: '/jobs/{jobID}',
  tags: ['jobs'],
  summary: 'Delete a finished job and its log',
  description: 'For system administrators.',
  request: { params: jobPath },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 409, 503) },
})

jobs.openapi(deleteRoute, async function deleteJob(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  await removeJob(db, c.req.valid('param').jobID, { by, now })
  return c.body(null, 204)
})

const cancelRoute = defineRoute({
  access: { administratorsMay: 'stop a job' },
  method: 'post',
  path: '/jobs/{jobID}/cancel',
  tags: ['jobs'],
  summary: 'Cancel a job',
  description:
    'For system administrators. The job stops within about a second. If the job made the registry read-only, the registry is writable when this request returns. A finished job stays as it is.',
  request: { params: jobPath },
  responses: { 204: { description: 'cancellation requested' }, ...refusals(400, 401, 403, 404, 503) },
})

jobs.openapi(cancelRoute, async function postCancel(c) {
  const { name: by } = requireAccount(c)
  const { now } = c.get('context')
  const { jobID } = c.req.valid('param')
  const isNobodys = await cancelJob(jobsContext(c), jobID, { by, now })
  if (isNobodys) workAfterAnswer(c, jobID)
  return c.body(null, 204)
})

const logQuery = z.object({
  stream: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({
      param: { name: 'stream', in: 'query' },
      description: 'accepted and ignored: request the next page instead',
    }),
  offset: startQuery('offset', largestLogOffset),
  limit: sizeQuery('limit', 100, mostLinesOfLogPage),
})

const logsRoute = defineRoute({
  access: { administratorsMay: 'see the log of a job' },
  method: 'get',
  path: '/jobs/{jobID}/logs',
  tags: ['jobs'],
  summary: 'Get the log of a job',
  description: 'For system administrators.',
  request: { params: jobPath, query: logQuery },
  responses: {
    200: jsonOf(
      z.array(logLine),
      'lines of the log, oldest first; a page with long lines may have fewer than requested, and the next page starts after the last',
    ),
    ...refusals(400, 401, 403, 404),
  },
})

jobs.openapi(logsRoute, async function getJobLogs(c) {
  const { jobID } = c.req.valid('param')
  const { offset, limit } = c.req.valid('query')
  const lines = await readJobLog(c.get('context').db, jobID, { offset, limit })
  if (lines === undefined) throw new RegistryError({ kind: 'job-unknown', id: jobID })
  return c.json([...firstWithin(lines, largestPageBytes, jsonBytes)], 200)
})
