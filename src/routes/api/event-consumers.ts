/** Consumers of events: how far each has come, and the events that it failed at. */
import { z } from '@hono/zod-openapi'
import { listConsumers, type ConsumerState } from '../../db/events/consumers.ts'
import type { ParkedEvent } from '../../db/events/parked-events.ts'
import { eventTypes } from '../../db/events/schema.ts'
import { parkedEvents, removeParked, retryParked } from '../../events/parked-events.ts'
import { longestIdentifier } from '../../limits.ts'
import { isoTime } from '../../util/iso-time.ts'
import { announcePage, cutPage, encodePage, pageHeaders, pageQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount } from '../shared/router.ts'
import { jsonOf, refusals, time } from '../shared/schemas.ts'
import { workAfterAnswer } from './background-jobs.ts'

export const eventConsumers = apiRouter()

const consumerSchema = z
  .object({
    name: z.string().openapi({ example: 'metrics' }),
    isInstalled: z.boolean().openapi({ description: 'false: no capability declares it; it is forgotten after a week' }),
    lag: z.int().openapi({ description: 'how many events it is behind, at most' }),
    failedAttempts: z.int().openapi({ description: 'in a row' }),
    nextAttemptAt: time.optional().openapi({ description: 'after a failure' }),
    lastError: z.string().optional().openapi({ description: 'why the last attempt failed' }),
    parked: z.int().openapi({ description: 'how many events it failed at and left behind' }),
    missed: z.int().openapi({ description: 'how many events were deleted before it looked at them' }),
  })
  .openapi('EventConsumer')

const parkedSchema = z
  .object({
    id: z.string().openapi({ example: '1207' }),
    publishedAt: time,
    actorName: z.string().openapi({ description: 'name of the account at the time', example: 'alice' }),
    type: z.enum(eventTypes),
    objectType: z.string().openapi({ example: 'tag' }),
    objectName: z.string().openapi({ example: 'latest' }),
    repository: z.string().openapi({ description: 'empty for events that concern no repository' }),
    parkedAt: time,
    reason: z.string().openapi({ description: 'why it failed' }),
    isRetried: z.boolean().openapi({ description: 'it will be tried again' }),
  })
  .openapi('ParkedEvent')

const consumerPath = {
  consumer: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'consumer', in: 'path' }, example: 'metrics' }),
}

const idPattern = /^\d{1,15}$/
const parkedPath = z.object({
  ...consumerPath,
  eventID: z
    .string()
    .regex(idPattern, { error: 'it must be the id of an event' })
    .openapi({ param: { name: 'eventID', in: 'path' }, example: '1207' }),
})

const listRoute = defineRoute({
  access: { administratorsMay: 'see the consumers of events' },
  method: 'get',
  path: '/events/consumers',
  tags: ['events'],
  summary: 'List the consumers of events',
  description: 'For system administrators.',
  responses: {
    200: jsonOf(z.object({ consumers: z.array(consumerSchema) }), 'all of them'),
    ...refusals(401, 403),
  },
})

eventConsumers.openapi(listRoute, async function getConsumers(c) {
  const consumers = await listConsumers(c.get('context').db)
  return c.json({ consumers: consumers.map(consumerJson) }, 200)
})

const listParkedRoute = defineRoute({
  access: { administratorsMay: 'see parked events' },
  method: 'get',
  path: '/events/consumers/{consumer}/parked',
  tags: ['events'],
  summary: 'List the parked events of a consumer, oldest first',
  description: 'For system administrators. A consumer parks an event that it failed at five times, and goes on.',
  request: {
    params: z.object(consumerPath),
    query: z.object({
      pageStart: z
        .string()
        .regex(/^\d{0,15}$/, { error: 'it must be X-Next-Page-Start of the previous page' })
        .default('')
        .openapi({ param: { name: 'pageStart', in: 'query' }, description: 'X-Next-Page-Start of the previous page' }),
      pageSize: pageQuery.pageSize,
    }),
  },
  responses: {
    200: { ...jsonOf(z.object({ events: z.array(parkedSchema) }), 'a page of them'), headers: pageHeaders },
    ...refusals(400, 401, 403, 404),
  },
})

eventConsumers.openapi(listParkedRoute, async function getParkedEvents(c) {
  const { consumer } = c.req.valid('param')
  const { pageStart, pageSize } = c.req.valid('query')
  const from = pageStart === '' ? undefined : Number(pageStart)
  const found = await parkedEvents(c.get('context').db, consumer, { from, limit: pageSize + 1 })
  const page = encodePage(cutPage(found, pageSize, keyOf), parkedJson, keyOf)
  announcePage(c, page)
  return c.json({ events: page.items }, 200)
})

const retryRoute = defineRoute({
  access: { administratorsMay: 'retry a parked event' },
  method: 'post',
  path: '/events/consumers/{consumer}/parked/{eventID}/retry',
  tags: ['events'],
  summary: 'Retry a parked event',
  description: 'For system administrators. The event stays parked if it fails again.',
  request: { params: parkedPath },
  responses: { 204: { description: 'the retry starts now' }, ...refusals(400, 401, 403, 404, 503) },
})

eventConsumers.openapi(retryRoute, async function postRetry(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  const { consumer, eventID } = c.req.valid('param')
  workAfterAnswer(c, await retryParked(db, consumer, Number(eventID), { by, now }))
  return c.body(null, 204)
})

const dropRoute = defineRoute({
  access: { administratorsMay: 'drop a parked event' },
  method: 'delete',
  path: '/events/consumers/{consumer}/parked/{eventID}',
  tags: ['events'],
  summary: 'Drop a parked event',
  description: 'For system administrators. The consumer never consumes it. The event itself stays.',
  request: { params: parkedPath },
  responses: { 204: { description: 'dropped' }, ...refusals(400, 401, 403, 404, 503) },
})

eventConsumers.openapi(dropRoute, async function deleteParkedEvent(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  const { consumer, eventID } = c.req.valid('param')
  await removeParked(db, consumer, Number(eventID), { by, now })
  return c.body(null, 204)
})

const keyOf = ({ id }: { readonly id: number }): string => String(id)

const consumerJson = (state: ConsumerState): z.infer<typeof consumerSchema> => ({
  name: state.name,
  isInstalled: state.removedAt === null,
  lag: Math.max(0, state.newest - state.cursor),
  failedAttempts: state.attempts,
  ...(state.attempts === 0 ? {} : { nextAttemptAt: isoTime(state.nextAttemptAt) }),
  ...(state.lastError === null ? {} : { lastError: state.lastError }),
  parked: state.parked,
  missed: state.missed,
})

const parkedJson = (parked: ParkedEvent): z.infer<typeof parkedSchema> => ({
  id: String(parked.id),
  publishedAt: isoTime(parked.publishedAt),
  actorName: parked.actor,
  type: parked.type,
  objectType: parked.objectType,
  objectName: parked.objectName,
  repository: parked.repository ?? '',
  parkedAt: isoTime(parked.parkedAt),
  reason: parked.reason,
  isRetried: parked.isRetried === 1,
})
