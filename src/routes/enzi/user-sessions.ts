/** The sessions of users, for themselves and for administrators; and the policy of sessions, which UCP had. */
import { z } from '@hono/zod-openapi'
import { endAllSessions, endOneSession } from '../../accounts/sessions.ts'
import { listSessions, type SessionRecord } from '../../db/accounts/sessions.ts'
import { coreSettings, longestSessionMinutes, shortestSessionMinutes, type Settings } from '../../settings/fields.ts'
import { changeSettings, currentSettings } from '../../settings/settings.ts'
import { longestIdentifier, mostSessions } from '../../limits.ts'
import { isoTime } from '../../util/iso-time.ts'
import { pageHeaders, startQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals, time } from '../shared/schemas.ts'
import { requireAccountFor } from './guards.ts'
import { nothing, pageFields, pageOf, userPath } from './schemas.ts'

export const userSessions = apiRouter()

const session = z
  .object({
    id: z.string().openapi({ description: 'SHA-256 of the token of the session' }),
    createdAt: time,
    lastUsedAt: time.openapi({ description: 'to the minute' }),
    expiresAt: time.openapi({ description: 'use near the end renews it, as the policy says' }),
    address: z.string().openapi({ description: 'where it was opened', example: '192.0.2.7' }),
    agent: z.string().openapi({ description: 'User-Agent of the client that opened it', example: 'curl/8.5.0' }),
  })
  .openapi('UserSession')

const sessionJson = ({ hash, createdAt, lastUsedAt, expiresAt, address, agent }: SessionRecord) => ({
  id: hash,
  createdAt: isoTime(createdAt),
  lastUsedAt: isoTime(lastUsedAt),
  expiresAt: isoTime(expiresAt),
  address,
  agent,
})

const getSessions = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{username}/sessions',
  tags: ['sessions'],
  summary: 'List the sessions of a user',
  description: 'For the user and for system administrators.',
  request: { params: userPath, query: z.object(startQuery) },
  responses: {
    200: {
      ...jsonOf(
        z.object({ sessions: z.array(session), ...pageFields }).openapi('UserSessions'),
        'a page, sorted by id',
      ),
      headers: pageHeaders,
    },
    ...refusals(400, 401, 403, 404),
  },
})

userSessions.openapi(getSessions, async function getSessionsOfUser(c) {
  const { start, limit } = c.req.valid('query')
  const { target } = await requireAccountFor(c, c.req.valid('param').username, 'see-sessions')
  const { db, now } = c.get('context')
  const found = await listSessions(db, target.id, { start, limit: limit + 1, now })
  const { items, nextPageStart } = pageOf(c, found.sessions, limit, ({ hash }) => hash)
  return c.json({ sessions: items.map(sessionJson), resourceCount: found.total, nextPageStart }, 200)
})

const deleteSessions = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{username}/sessions',
  tags: ['sessions'],
  summary: 'End all sessions of a user',
  description: 'For the user and for system administrators. The session of the call ends too.',
  request: { params: userPath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

userSessions.openapi(deleteSessions, async function endSessionsOfUser(c) {
  const { account: by, target } = await requireAccountFor(c, c.req.valid('param').username, 'end-sessions')
  const { db, now } = c.get('context')
  await endAllSessions(db, target, { by: by.name, now })
  return c.body(null, 204)
})

const deleteSession = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{username}/sessions/{sessionID}',
  tags: ['sessions'],
  summary: 'End a session of a user',
  description: 'For the user and for system administrators.',
  request: {
    params: userPath.extend({
      sessionID: z
        .string()
        .max(longestIdentifier)
        .openapi({ param: { name: 'sessionID', in: 'path' } }),
    }),
  },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

userSessions.openapi(deleteSession, async function endSessionOfUser(c) {
  const { username, sessionID } = c.req.valid('param')
  const { account: by, target } = await requireAccountFor(c, username, 'end-sessions')
  const { db, now } = c.get('context')
  await endOneSession(db, target, sessionID, { by: by.name, now })
  return c.body(null, 204)
})

const policy = z
  .object({
    lifetimeMinutes: z.int().min(shortestSessionMinutes).max(longestSessionMinutes).openapi({ example: 60 }),
    renewalThresholdMinutes: z
      .int()
      .min(0)
      .max(longestSessionMinutes)
      .openapi({ description: 'a session that is used in its last minutes is renewed; 0: never', example: 20 }),
    perUserLimit: z
      .int()
      .min(0)
      .max(mostSessions)
      .openapi({ description: 'beyond it, the least recently used session ends; 0: no limit', example: 10 }),
  })
  .refine(({ lifetimeMinutes, renewalThresholdMinutes }) => renewalThresholdMinutes <= lifetimeMinutes - 5, {
    path: ['renewalThresholdMinutes'],
    error: 'it must be at least 5 minutes less than lifetimeMinutes',
  })
  .openapi('SessionPolicy')

const policyJson = (settings: Settings): z.infer<typeof policy> => ({
  lifetimeMinutes: settings.sessionLifetimeMinutes,
  renewalThresholdMinutes: settings.sessionRenewalThresholdMinutes,
  perUserLimit: settings.sessionPerUserLimit,
})

const getPolicy = defineRoute({
  access: { administratorsMay: 'see the policy of sessions' },
  method: 'get',
  path: '/config/sessions',
  tags: ['sessions'],
  summary: 'Get the policy of sessions',
  description: 'For system administrators.',
  responses: { 200: jsonOf(policy, 'the policy'), ...refusals(401, 403) },
})

userSessions.openapi(getPolicy, async function getSessionPolicy(c) {
  const { db, now } = c.get('context')
  return c.json(policyJson(await currentSettings(db, now)), 200)
})

const changePolicy = { administratorsMay: 'change the policy of sessions', worksWithoutMajority: true } as const

const putPolicy = defineRoute({
  access: changePolicy,
  method: 'put',
  path: '/config/sessions',
  tags: ['sessions'],
  summary: 'Change the policy of sessions',
  description:
    'For system administrators, with a password or a session. Sessions that are open keep their end until they are renewed.',
  request: { body: bodyOf(policy) },
  responses: { 200: jsonOf(policy, 'the policy as it is now'), ...refusals(400, 401, 403) },
})

userSessions.openapi(putPolicy, async function putSessionPolicy(c) {
  requirePassword(c, { kind: 'declared-by-route', words: changePolicy.administratorsMay })
  const { name: by } = requireAccount(c)
  const { lifetimeMinutes, renewalThresholdMinutes, perUserLimit } = c.req.valid('json')
  const changed = {
    sessionLifetimeMinutes: lifetimeMinutes,
    sessionRenewalThresholdMinutes: renewalThresholdMinutes,
    sessionPerUserLimit: perUserLimit,
  }
  return c.json(policyJson(await changeSettings(c.get('context'), coreSettings, changed, by)), 200)
})
