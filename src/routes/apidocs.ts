/**
 * The documentation of the API for people: Swagger UI, served from the Worker's own bundle. No other host is asked for
 * anything, and Cloudflare's static assets are not used: they would put a router in front of every push and pull.
 */
import { Hono } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import { version } from 'swagger-ui-dist/package.json'
import script from './apidocs/assets/swagger-ui-bundle.js.zst.bin'
import styles from './apidocs/assets/swagger-ui.css.zst.bin'
import { lazily } from '../util/lazy.ts'
import { apiDocsPage, contentSecurityPolicy, startScript } from './apidocs/page.ts'
import type { AppContext, AppEnv } from './app-context.ts'

/** For the few clients that do not take zstd. */
const loadUnpacking = lazily(() => import('./apidocs/unpacking.ts'))

export const apidocs = new Hono<AppEnv>()

const secure = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' }
const javascript = 'text/javascript; charset=utf-8'

apidocs.get('/', function getPage(c) {
  return c.html(apiDocsPage(version), 200, {
    ...secure,
    'Content-Security-Policy': contentSecurityPolicy,
    'Cache-Control': 'no-cache',
  })
})

apidocs.get('/start.js', function getStart(c) {
  return c.body(startScript, 200, { ...secure, 'Content-Type': javascript, 'Cache-Control': 'no-cache' })
})

apidocs.get('/swagger-ui-bundle.js', function getScript(c) {
  return answerStored(c, script, javascript)
})

apidocs.get('/swagger-ui.css', function getStyles(c) {
  return answerStored(c, styles, 'text/css; charset=utf-8')
})

/** Answers with a file that the bundle holds as zstd, and unpacks it for a client that does not take that. */
async function answerStored(c: AppContext, stored: ArrayBuffer, mediaType: string): Promise<Response> {
  const headers = {
    ...secure,
    'Content-Type': mediaType,
    // Only what was asked for by its version is the same for ever, and while a deployment spreads it may be another one.
    'Cache-Control': c.req.query('v') === version ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
  }
  const taken = codingsTaken(c)
  if (taken.has('zstd')) return encoded(stored, 'zstd', headers)
  const { unpack } = await loadUnpacking()
  if (taken.has('gzip')) return encoded(unpack(stored).pipeThrough(new CompressionStream('gzip')), 'gzip', headers)
  return new Response(unpack(stored), { headers })
}

const encoded = (body: BodyInit, coding: string, headers: Record<string, string>): Response =>
  new Response(body, { headers: { ...headers, 'Content-Encoding': coding }, encodeBody: 'manual' })

/** Returns the codings the client takes. Cloudflare replaces `Accept-Encoding` and keeps the client's own in `cf`. */
function codingsTaken(c: AppContext): ReadonlySet<string> {
  const noted = c.req.raw.cf?.['clientAcceptEncoding']
  const accepted = typeof noted === 'string' ? noted : (c.req.header('accept-encoding') ?? '')
  return new Set(
    parseAccept(accepted)
      .filter(({ q }) => q > 0)
      .map(({ type }) => type.toLowerCase()),
  )
}
