/**
 * Sessions of browsers, in a cookie that no script can read. A browser sends a cookie for any page, so a change also needs a
 * token that only pages of the registry can read: `X-CSRF-Token` of an earlier answer to the same session. The cookie counts in
 * the administrative APIs alone, and never beside an Authorization header.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { MiddlewareHandler } from 'hono'
import { identifyUser } from '../../auth/authentication.ts'
import { hashOpaqueToken, isOpaqueToken } from '../../auth/opaque-token.ts'
import { ExpectedError } from '../../failures/failure.ts'
import { RegistryError } from '../../errors.ts'
import { originOf, withUser, type AppContext, type AppEnv } from '../app-context.ts'

const csrfHeader = 'X-CSRF-Token'

/** Gives a browser a session, which lasts until the browser ends, or the policy of sessions ends it. */
export async function setSessionCookie(c: AppContext, secret: string): Promise<void> {
  setCookie(c, cookieName(c), secret, attributes(c))
  c.header(csrfHeader, await csrfTokenOf(secret))
}

export const clearSessionCookie = (c: AppContext): void => {
  deleteCookie(c, cookieName(c), attributes(c))
}

/** Returns the session of the browser, which may have ended; undefined for a request with other credentials, or with none. */
export function sessionIn(c: AppContext): string | undefined {
  const secret = c.req.header('authorization') === undefined ? getCookie(c, cookieName(c)) : undefined
  return secret !== undefined && isOpaqueToken('session', secret) ? secret : undefined
}

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Requires the token of the session for a change. @throws RegistryError `csrf-token-wrong` */
export async function requireCsrfToken(c: AppContext, secret: string): Promise<void> {
  if (reading.has(c.req.method)) return
  const sent = c.req.header(csrfHeader) ?? ''
  // Hashed again, so that the time of the comparison tells nothing about the token.
  const [given, expected] = await Promise.all([sent, await csrfTokenOf(secret)].map(hashOpaqueToken))
  if (given !== expected) throw new RegistryError({ kind: 'csrf-token-wrong' })
}

/** Returns the token that proves that a page of the registry sends a change. It follows from the session, and not back. */
const csrfTokenOf = (secret: string): Promise<string> => hashOpaqueToken(`csrf ${secret}`)

/**
 * Finds out which user is calling, as `withUser`, or without an Authorization header by the cookie of a browser. One whose
 * session has ended is anonymous.
 *
 * @throws RegistryError as `withUser`, or `csrf-token-wrong`
 */
export function withUserOrBrowser(): MiddlewareHandler<AppEnv> {
  const byHeader = withUser()
  return async function identifyUserOrBrowser(c, next) {
    const secret = sessionIn(c)
    if (secret === undefined) return byHeader(c, next)
    const caller = await identifyUser(c.get('context'), `Bearer ${secret}`).catch((error: unknown) => {
      if (error instanceof ExpectedError && error.failure.kind === 'unauthorized') return undefined
      throw error
    })
    if (caller !== undefined) {
      await requireCsrfToken(c, secret)
      c.set('caller', caller)
      c.header(csrfHeader, await csrfTokenOf(secret))
    }
    return next()
  }
}

const isSecure = (c: AppContext): boolean => originOf(c).startsWith('https:')

/** Names the cookie: with https so that no other host can set it (RFC 6265bis section 4.1.3.2). */
const cookieName = (c: AppContext): string => (isSecure(c) ? '__Host-breakwater' : 'breakwater')

const attributes = (c: AppContext) => ({ path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure(c) }) as const
