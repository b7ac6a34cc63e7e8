/**
 * The documentation of the API for people: Swagger UI, whose files are static assets of this host (see `[assets]` in
 * `wrangler.toml`). No other host is asked for anything.
 */
import { Hono } from 'hono'
import { version } from 'swagger-ui-dist/package.json'
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
  return answerAsset(c, javascript)
})

apidocs.get('/swagger-ui.css', function getStyles(c) {
  return answerAsset(c, 'text/css; charset=utf-8')
})

/** Answers with a static asset. Cloudflare compresses it for the client, and answers 304 where the client has it. */
async function answerAsset(c: AppContext, mediaType: string): Promise<Response> {
  const { pathname } = new URL(c.req.url)
  const { method } = c.req
  const held = c.req.header('if-none-match')
  const asset = await c.env.ASSETS.fetch(new URL(pathname, 'https://assets'), {
    method,
    headers: held === undefined ? {} : { 'If-None-Match': held },
  })
  const response = new Response(asset.body, asset)
  for (const [name, value] of Object.entries(secure)) response.headers.set(name, value)
  response.headers.set('Content-Type', mediaType)
  // Only what was asked for by its version is the same for ever, and while a deployment spreads it may be another one.
  const isVersioned = c.req.query('v') === version
  response.headers.set('Cache-Control', isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache')
  return response
}
