/**
 * The protection of browsers, which other clients never notice: headers that say how to treat an answer, which other
 * origins may use the registry (CORS), and a refusal of changes that another site asks for (CSRF).
 */
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { RegistryError } from '../errors.ts'
import { variablesOf } from '../variables.ts'
import { takesForeignForms } from './foreign-forms.ts'
import { hostOf, originOf, type AppContext, type AppEnv } from './app-context.ts'

const yearSeconds = 365 * 24 * 3600

/** Adds default security headers: no content sniffing, and no caching unless the answer allows it. */
export function withSafeHeaders(): MiddlewareHandler<AppEnv> {
  return async function secureAnswer(c, next) {
    await next()
    const { headers } = c.res
    headers.set('X-Content-Type-Options', 'nosniff')
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
    // RFC 6797 section 7.2: not over http.
    if (originOf(c).startsWith('https:')) headers.set('Strict-Transport-Security', `max-age=${yearSeconds}`)
  }
}

const answerAllowed = cors({
  origin: (origin) => origin,
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['Accept', 'Authorization', 'Content-Range', 'Content-Type', 'If-None-Match', 'If-Range', 'Range'],
  exposeHeaders: [
    'Content-Length',
    'Content-Range',
    'Docker-Content-Digest',
    'Docker-Distribution-API-Version',
    'Docker-Upload-UUID',
    'ETag',
    'Link',
    'Location',
    'OCI-Filters-Applied',
    'OCI-Subject',
    'OCI-Tag',
    'Range',
    'Retry-After',
    'WWW-Authenticate',
    'X-Next-Page-Start',
    'X-Resource-Count',
  ],
  maxAge: 600,
})

/** Answers preflights of the origins that the deployment allows, and lets their pages read answers; none by default. */
export function withAllowedOrigins(): MiddlewareHandler<AppEnv> {
  return async function allowOrigins(c, next) {
    if (isAllowed(c, c.req.header('origin'))) return answerAllowed(c, next)
    await next()
    // RFC 9111 section 4.1: an answer that a browser kept for one page says nothing about the others.
    if (variablesOf(c.env).allowedOrigins.size > 0) c.res.headers.append('Vary', 'Origin')
  }
}

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses changes that a page of another origin asks for: a browser sends a request without a body, or with a form, for
 * any page, with the password that its user typed here. Other clients send neither of the headers.
 */
export function withOwnPagesOnly(): MiddlewareHandler<AppEnv> {
  return async function refuseForeignPages(c, next) {
    const origin = c.req.header('origin')
    const request = { origin, site: c.req.header('sec-fetch-site'), host: hostOf(c) }
    if (!reading.has(c.req.method) && isForeign(request) && !isAllowed(c, origin) && !takesForeignForms(c)) {
      throw new RegistryError({ kind: 'origin-foreign', origin })
    }
    await next()
  }
}

const isAllowed = (c: AppContext, origin: string | undefined): boolean =>
  origin !== undefined && variablesOf(c.env).allowedOrigins.has(origin)

/**
 * Tells whether another site sent the request: by Sec-Fetch-Site, or without it by the host of Origin, whose scheme a
 * proxy that ends TLS may have changed.
 */
function isForeign({ origin, site, host }: { origin: string | undefined; site: string | undefined; host: string }) {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
