/** Jobs: work that goes on after a request. */
import { createRoute, z } from '@hono/zod-openapi'
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
import { apiRouter, requireAdministrator } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import { jobStores, workAfterAnswer } from './background-jobs.ts'
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
    .openapi({ param: { name: 'running', in: 'query' }, description: 'that are not over yet, or that are' }),
  start: startQuery('start', mostJobsLookedAt),
  limit: sizeQuery('limit', usualPage),
  pageStart: z
    .string()
    .max(longestPageStart)
    .refine((text) => text === '' || parseKey(text) !== undefined, {
      error: 'it must be X-Next-Page-Start of a page before, or empty',
    })
    .default('')
    .openapi({
      param: { name: 'pageStart', in: 'query' },
      description: 'X-Next-Page-Start of the page before: other than with start, jobs made meanwhile repeat none',
    }),
})

const jobPath = z.object({
  jobID: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'jobID', in: 'path' }, example: '1fcf4c0f-ff3b-471a-8839-5dcb631b2f7b' }),
})

const listRoute = createRoute({
  method: 'get',
  path: '/jobs',
  tags: ['jobs'],
  summary: 'The jobs, those that were scheduled last first',
  description: 'For system administrators.',
  request: { query: listQuery },
  responses: {
    200: { ...jsonOf(z.object({ jobs: z.array(jobSchema) }), 'some of the jobs'), headers: pageHeaders },
    ...refusals(400, 401, 403),
  },
})

jobs.openapi(listRoute, async function getJobs(c) {
  requireAdministrator(c, 'see the jobs')
  const { action, worker, running, start, limit, pageStart } = c.req.valid('query')
  const filter = {
    action: action === any ? undefined : action,
    worker: worker === any ? undefined : worker,
    running: running === any ? undefined : running === 'true',
  }
  const { jobs: found, next } = await jobsPage(c.get('stores').db, filter, { from: parseKey(pageStart), start, limit })
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
      .openapi({ description: 'when it is to begin; without it, at once' }),
  })
  .openapi('WantedJob')

const postRoute = createRoute({
  method: 'post',
  path: '/jobs',
  tags: ['jobs'],
  summary: 'Start a job',
  description:
    'For system administrators. It begins at once, or at a time to come; only the action must be said. One garbage collection runs at a time.',
  request: { body: bodyOf(wantedJob) },
  responses: { 202: jsonOf(jobSchema, 'it is waiting'), ...refusals(400, 401, 403, 409, 503) },
})

jobs.openapi(postRoute, async function postJob(c) {
  const { name: by } = requireAdministrator(c, 'start a job')
  const { db, now } = c.get('stores')
  const { scheduledAt, ...order } = c.req.valid('json')
  const begins = typeof scheduledAt === 'string' ? Date.parse(scheduledAt) : now
  const job = await enqueueJob(db, orderOf(order), begins, { by, now })
  workAfterAnswer(c, job.id)
  return c.json(jobJson(job), 202)
})

const getRoute = createRoute({
  method: 'get',
  path: '/jobs/{jobID}',
  tags: ['jobs'],
  summary: 'A job',
  description: 'For system administrators.',
  request: { params: jobPath },
  responses: { 200: jsonOf(jobSchema, 'the job'), ...refusals(400, 401, 403, 404) },
})

jobs.openapi(getRoute, async function getOneJob(c) {
  requireAdministrator(c, 'see a job')
  return c.json(jobJson(await getJob(c.get('stores').db, c.req.valid('param').jobID)), 200)
})

const deleteRoute = createRoute({
  method: 'delete',
  path: '/jobs/{jobID}',
  tags: ['jobs'],
  summary: 'Delete a job that is over, and its log',
  description: 'For system administrators.',
  request: { params: jobPath },
  responses: { 204: { description: 'it is gone' }, ...refusals(400, 401, 403, 404, 409, 503) },
})

jobs.openapi(deleteRoute, async function deleteJob(c) {
  const { name: by } = requireAdministrator(c, 'delete a job')
  const { db, now } = c.get('stores')
  await removeJob(db, c.req.valid('param').jobID, { by, now })
  return c.body(null, 204)
})

const cancelRoute = createRoute({
  method: 'post',
  path: '/jobs/{jobID}/cancel',
  tags: ['jobs'],
  summary: 'Stop a job',
  description:
    'For system administrators. It ends within a second or so, what is left undone; a registry that is read-only for it is writable when this is answered. Of a job that is over nothing changes.',
  request: { params: jobPath },
  responses: { 204: { description: 'it was asked to stop' }, ...refusals(400, 401, 403, 404, 503) },
})

jobs.openapi(cancelRoute, async function postCancel(c) {
  const { name: by } = requireAdministrator(c, 'stop a job')
  const { now } = c.get('stores')
  const { jobID } = c.req.valid('param')
  const isNobodys = await cancelJob(jobStores(c), jobID, { by, now })
  if (isNobodys) workAfterAnswer(c, jobID)
  return c.body(null, 204)
})

const logQuery = z.object({
  stream: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ param: { name: 'stream', in: 'query' }, description: 'taken and ignored: ask again for what follows' }),
  offset: startQuery('offset', largestLogOffset),
  limit: sizeQuery('limit', 100, mostLinesOfLogPage),
})

const logsRoute = createRoute({
  method: 'get',
  path: '/jobs/{jobID}/logs',
  tags: ['jobs'],
  summary: 'What a job has said',
  description: 'For system administrators.',
  request: { params: jobPath, query: logQuery },
  responses: {
    200: jsonOf(
      z.array(logLine),
      'lines of its log, the oldest first; long ones may be fewer than wanted, and the next page starts after the last',
    ),
    ...refusals(400, 401, 403, 404),
  },
})

jobs.openapi(logsRoute, async function getJobLogs(c) {
  requireAdministrator(c, 'see the log of a job')
  const { jobID } = c.req.valid('param')
  const { offset, limit } = c.req.valid('query')
  const lines = await readJobLog(c.get('stores').db, jobID, { offset, limit })
  if (lines === undefined) throw new RegistryError({ kind: 'job-unknown', id: jobID })
  return c.json([...firstWithin(lines, largestPageBytes, jsonBytes)], 200)
})
