/** Logging in for a while, at `/auth` as in UCP and under eNZi. Neither the Authorization header nor a cookie plays a part in a login. */
import { z } from '@hono/zod-openapi'
import { closeSession, openSession } from '../../accounts/sessions.ts'
import { unauthorized } from '../../errors.ts'
import { longestAccountName } from '../../limits.ts'
import { apiErrors } from '../shared/api-errors.ts'
import { declareErrorForm } from '../shared/error-forms.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, withJson } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import { clearSessionCookie, requireCsrfToken, sessionIn, setSessionCookie } from '../shared/session-cookie.ts'
import { nothing, password } from './schemas.ts'

export const sessions = apiRouter()

// Not for all paths: `/auth/token` takes a form.
sessions.use('/login', withJson())
sessions.use('/logout', withJson())

const postLogin = defineRoute({
  access: 'users',
  method: 'post',
  path: '/login',
  tags: ['sessions'],
  summary: 'Log in with a password and get the token of a session, for "Authorization: Bearer" or "SessionToken"',
  security: [],
  request: {
    body: bodyOf(
      z
        .object({
          username: z.string().max(longestAccountName),
          password,
          cookie: z.boolean().default(false).openapi({
            description:
              'for pages of the registry: keeps the session in a cookie that no script reads, in place of `auth_token`; each change then needs the header `X-CSRF-Token` of this answer, or of a later one',
          }),
        })
        .openapi('Login'),
    ),
  },
  responses: {
    200: jsonOf(
      z
        .object({ auth_token: z.string().optional().openapi({ description: 'is left out for a session in a cookie' }) })
        .openapi('Session'),
      'a session',
    ),
    ...refusals(400, 401, 429),
  },
})

sessions.openapi(postLogin, async function logInForAWhile(c) {
  const { cookie, ...credentials } = c.req.valid('json')
  const token = await openSession(c.get('context'), credentials, c.req.header('user-agent'))
  if (cookie) await setSessionCookie(c, token)
  return c.json(cookie ? {} : { auth_token: token }, 200, { 'Cache-Control': 'no-store' })
})

const postLogout = defineRoute({
  access: 'users',
  method: 'post',
  path: '/logout',
  tags: ['sessions'],
  summary: 'End the session of the Authorization header, or of the cookie of a browser',
  security: [{ session: [] }],
  responses: { ...nothing, ...refusals(401, 403) },
})

sessions.openapi(postLogout, async function logOut(c) {
  const { db } = c.get('context')
  const ofBrowser = sessionIn(c)
  if (ofBrowser !== undefined) {
    await requireCsrfToken(c, ofBrowser)
    clearSessionCookie(c)
    await closeSession(db, ofBrowser)
    return c.body(null, 204)
  }
  const secret = /^(?:bearer|sessiontoken) +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (secret === undefined) throw unauthorized({ kind: 'session-missing' })
  await closeSession(db, secret)
  return c.body(null, 204)
})

declareErrorForm(sessions, apiErrors)
