/** The events of one repository and of the whole registry, newest first. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { isAllowed } from '../../auth/authorization.ts'
import { countEvents, type EventFilter, type StoredEvent } from '../../db/events/events.ts'
import type { ObjectTypes } from '../../db/events/object-types.ts'
import { eventTypes } from '../../db/events/schema.ts'
import { eventsPage } from '../../events/retention.ts'
import { longestIdentifier } from '../../limits.ts'
import { isWorkloadName } from '../../names.ts'
import { isoTime } from '../../util/iso-time.ts'
import type { AppContext, AppEnv } from '../app-context.ts'
import { requireRepository } from '../shared/guards.ts'
import { announcePage, encodePage, pageHeaders, pageQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { instantQuery, jsonOf, refusals, repositoryParameters, switchQuery, time } from '../shared/schemas.ts'

/** Event types that DTR has and this registry does not: a filter by one finds nothing. */
const foreignTypes = ['SEND', 'SCAN'] as const

/**
 * Makes the schemas of an event, of a page of events and of the filter.
 *
 * @param names of the types of objects that events tell of
 */
function schemasOf(names: readonly string[]) {
  const event = z
    .object({
      id: z.string().openapi({ example: '1207' }),
      publishedAt: time,
      actor: z
        .string()
        .openapi({ description: 'id of the account; empty for anonymous callers and for the registry itself' }),
      actorName: z.string().openapi({ description: 'name of the account at the time', example: 'alice' }),
      actorType: z.enum(['user', 'workload']).openapi({ description: 'workload: a job of a CI system, by a rule' }),
      type: z.enum(eventTypes),
      object: z.object({
        id: z.string().openapi({ description: 'a digest, the id of an account, …' }),
        type: z.enum(names),
        name: z.string().openapi({ example: 'latest' }),
        content: z.string().optional().openapi({ description: 'further details, as JSON' }),
      }),
      repository: z
        .string()
        .openapi({ description: 'empty for events that concern no repository', example: 'acme/backend' }),
    })
    .openapi('Event')

  const eventsList = z.object({ events: z.array(event) }).openapi('Events')

  const filterQuery = z.object({
    ...pageQuery,
    pageStart: z
      .string()
      .regex(/^\d{0,15}$/, { error: 'it must be X-Next-Page-Start of the previous page' })
      .default('')
      .openapi({ param: { name: 'pageStart', in: 'query' }, description: 'X-Next-Page-Start of the previous page' }),
    publishedBefore: instantQuery('publishedBefore'),
    publishedAfter: instantQuery('publishedAfter'),
    actorId: z
      .string()
      .max(longestIdentifier)
      .optional()
      .openapi({
        param: { name: 'actorId', in: 'query' },
        description: 'only events caused by the account with this id',
      }),
    eventType: z
      .enum([...eventTypes, ...foreignTypes])
      .optional()
      .openapi({ param: { name: 'eventType', in: 'query' } }),
    objectType: z
      .enum(names)
      .optional()
      .openapi({ param: { name: 'objectType', in: 'query' } }),
    excludePull: switchQuery('excludePull', 'false', 'leaves out pulls, also refused ones'),
  })

  return { eventsList, filterQuery }
}

type EventSchemas = ReturnType<typeof schemasOf>
type EventsList = z.infer<EventSchemas['eventsList']>
type FilterQuery = z.infer<EventSchemas['filterQuery']>

/**
 * Makes the router of the events of the registry and of a repository.
 *
 * @param objectTypes of the core and of all capabilities
 */
export function eventsRoutes(objectTypes: ObjectTypes): OpenAPIHono<AppEnv> {
  const router = apiRouter()
  const { eventsList, filterQuery } = schemasOf(Object.keys(objectTypes))
  const forReaders = Object.keys(objectTypes).filter((name) => objectTypes[name]?.isForAdministrators !== true)
  const page = {
    ...jsonOf(eventsList, 'a page of events, which may be short and still not the last'),
    headers: pageHeaders,
  }

  const getEventsRoute = defineRoute({
    access: { administratorsMay: 'see the events of the whole registry' },
    method: 'get',
    path: '/events',
    tags: ['events'],
    summary: 'List the events of the registry',
    description: 'For system administrators.',
    request: { query: filterQuery },
    responses: { 200: page, ...refusals(400, 401, 403) },
  })

  router.openapi(getEventsRoute, async function getEvents(c) {
    const query = c.req.valid('query')
    return c.json(await answer(c, query, filterOf(query)), 200)
  })

  const getRepositoryEventsRoute = defineRoute({
    access: 'users',
    method: 'get',
    path: '/repositories/{namespace}/{reponame}/events',
    tags: ['events'],
    summary: 'List the events of a repository',
    description: 'Only administrators of the repository see pulls and changes of access and policies.',
    request: { params: repositoryParameters, query: filterQuery },
    responses: { 200: page, ...refusals(400, 401, 404) },
  })

  router.openapi(getRepositoryEventsRoute, async function getRepositoryEvents(c) {
    const { name, level } = await requireRepository(c, c.req.valid('param'), 'see-events')
    const query = c.req.valid('query')
    const filter = filterOf(query)
    const visible = {
      ...filter,
      repository: name,
      withoutPulls: filter.withoutPulls || !isAllowed(level, 'see-pulls'),
      onlyObjects: isAllowed(level, 'see-access') ? undefined : forReaders,
    }
    return c.json(await answer(c, query, visible), 200)
  })

  return router
}

const filterOf = (query: FilterQuery): EventFilter => ({
  actorId: query.actorId,
  type: query.eventType,
  objectType: query.objectType,
  publishedBefore: query.publishedBefore,
  publishedAfter: query.publishedAfter,
  withoutPulls: query.excludePull === 'true',
  onlyObjects: undefined,
})

async function answer(c: AppContext, query: FilterQuery, filter: EventFilter): Promise<EventsList> {
  const { db } = c.get('context')
  const from = query.pageStart === '' ? undefined : Number(query.pageStart)
  const found = await eventsPage(db, filter, { from, limit: query.pageSize })
  const total = query.count === 'true' ? await countEvents(db, filter) : undefined
  const shown = encodePage({ items: found.events, next: found.next?.toString() }, eventOf, ({ id }) => String(id))
  announcePage(c, shown, total)
  return { events: shown.items }
}

const eventOf = (stored: StoredEvent): EventsList['events'][number] => ({
  id: String(stored.id),
  publishedAt: isoTime(stored.publishedAt),
  actor: stored.actorId ?? '',
  actorName: stored.actor,
  actorType: isWorkloadName(stored.actor) ? ('workload' as const) : ('user' as const),
  type: stored.type,
  object: {
    id: stored.objectId,
    type: stored.objectType,
    name: stored.objectName,
    ...(stored.content === null ? {} : { content: stored.content }),
  },
  repository: stored.repository ?? '',
})
