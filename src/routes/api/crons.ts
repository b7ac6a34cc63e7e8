/** Schedules, by which jobs begin by themselves: one an action. */
import { z } from '@hono/zod-openapi'
import { listCrons } from '../../db/jobs/crons.ts'
import { getCron, removeCron, setCron } from '../../jobs/enqueue.ts'
import { longestIdentifier, longestSchedule } from '../../limits.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount } from '../shared/router.ts'
import { bodyOf, jsonOf, lineText, refusals } from '../shared/schemas.ts'
import { jobsContext, requirePasswordForAction } from './background-jobs.ts'
import { cronJson, cronSchema, orderFields, orderOf } from './job-json.ts'

export const crons = apiRouter()

const cronPath = z.object({
  action: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'action', in: 'path' }, example: 'gc' }),
})

const listRoute = defineRoute({
  access: { administratorsMay: 'see the schedules' },
  method: 'get',
  path: '/crons',
  tags: ['jobs'],
  summary: 'List the schedules',
  description: 'For system administrators.',
  responses: { 200: jsonOf(z.object({ crons: z.array(cronSchema) }), 'all of them'), ...refusals(401, 403) },
})

crons.openapi(listRoute, async function getCrons(c) {
  const found = await listCrons(c.get('context').db)
  return c.json({ crons: found.map(cronJson) }, 200)
})

const wantedCron = z
  .object({
    ...orderFields,
    schedule: lineText(longestSchedule).min(1).openapi({
      description: 'second minute hour day month weekday, in UTC; or "@hourly", "@daily", "@weekly", …',
      example: '0 0 1 * * 6',
    }),
  })
  .openapi('WantedCron')

const postRoute = defineRoute({
  access: { administratorsMay: 'set a schedule' },
  method: 'post',
  path: '/crons',
  tags: ['jobs'],
  summary: 'Set the schedule of an action',
  description:
    'For system administrators. Replaces the previous schedule of the action. Jobs start within a minute of their time; a run is skipped while the previous job of the action has not finished.',
  request: { body: bodyOf(wantedCron) },
  responses: { 202: jsonOf(cronSchema, 'the schedule'), ...refusals(400, 401, 403, 503) },
})

crons.openapi(postRoute, async function postCron(c) {
  const { name: by } = requireAccount(c)
  const { now } = c.get('context')
  const { schedule, ...order } = c.req.valid('json')
  requirePasswordForAction(c, order.action)
  return c.json(cronJson(await setCron(jobsContext(c), { ...orderOf(order), schedule }, { by, now })), 202)
})

const getRoute = defineRoute({
  access: { administratorsMay: 'see a schedule' },
  method: 'get',
  path: '/crons/{action}',
  tags: ['jobs'],
  summary: 'Get the schedule of an action',
  description: 'For system administrators.',
  request: { params: cronPath },
  responses: { 200: jsonOf(cronSchema, 'the schedule'), ...refusals(400, 401, 403, 404) },
})

crons.openapi(getRoute, async function getOneCron(c) {
  return c.json(cronJson(await getCron(c.get('context').db, c.req.valid('param').action)), 200)
})

const deleteRoute = defineRoute({
  access: { administratorsMay: 'delete a schedule' },
  method: 'delete',
  path: '/crons/{action}',
  tags: ['jobs'],
  summary: 'Delete the schedule of an action',
  description: 'For system administrators. A running job continues.',
  request: { params: cronPath },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 503) },
})

crons.openapi(deleteRoute, async function deleteCron(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  await removeCron(db, c.req.valid('param').action, { by, now })
  return c.body(null, 204)
})
