/**
 * The documentation of the API for people: Swagger UI, served from the Worker's own bundle. No other host is asked for
 * anything, and Cloudflare's static assets are not used: they would put a router in front of every push and pull.
 */
import { Hono } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import { version } from 'swagger-ui-dist/package.json'
import script from './apidocs/assets/swagger-ui-bundle.js.gz.bin'
import styles from './apidocs/assets/swagger-ui.css.gz.bin'
import { apiDocsPage, contentSecurityPolicy, startScript } from './apidocs/page.ts'
import type { AppContext, AppEnv } from './app-context.ts'

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

/** Answers with a file that the bundle holds gzipped, and unpacks it for a client that does not take gzip. */
function answerStored(c: AppContext, compressed: ArrayBuffer, mediaType: string): Response {
  const headers = {
    ...secure,
    'Content-Type': mediaType,
    // Only what was asked for by its version is the same for ever, and while a deployment spreads it may be another one.
    'Cache-Control': c.req.query('v') === version ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
  }
  if (takesGzip(c)) {
    return new Response(compressed, { headers: { ...headers, 'Content-Encoding': 'gzip' }, encodeBody: 'manual' })
  }
  return new Response(new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip')), { headers })
}

/** Tells whether the client takes gzip. Cloudflare replaces `Accept-Encoding` and keeps the client's own in `cf`. */
function takesGzip(c: AppContext): boolean {
  const noted = c.req.raw.cf?.['clientAcceptEncoding']
  const accepted = typeof noted === 'string' ? noted : (c.req.header('accept-encoding') ?? '')
  return parseAccept(accepted).some(({ type, q }) => type.toLowerCase() === 'gzip' && q > 0)
}
