/**
 * The page at the registry's address: what this is, whether it is healthy, and what to type next, with this host filled
 * in. It is one response without scripts, and asks no other host for anything.
 */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { parseAccept } from 'hono/utils/accept'
import { healthError } from '../replicas/health-check.ts'
import { hostOf, type AppContext, type AppEnv } from './app-context.ts'

export const home = new Hono<AppEnv>()

const contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

home.get('/', async function getHome(c) {
  const error = await healthError(c.get('context'))
  const page = { host: hostOf(c), health: error === '' ? 'This registry is healthy.' : `Not healthy: ${error}` }
  c.header('Cache-Control', 'no-store')
  c.header('Vary', 'Accept')
  if (!wantsHtml(c)) return c.text(textOf(page))
  c.header('Content-Security-Policy', contentSecurityPolicy)
  c.header('Referrer-Policy', 'no-referrer')
  return c.html(htmlOf(page, error === ''))
})

interface Page {
  readonly host: string
  readonly health: string
}

/** Tells whether the client names HTML, as browsers do; curl and wget take anything, and show text better. */
const wantsHtml = (c: AppContext): boolean =>
  parseAccept(c.req.header('accept') ?? '').some(({ type, q }) => type.toLowerCase() === 'text/html' && q > 0)

const what = 'Breakwater is a container registry: docker push and docker pull work against this address.'

const commandsFor = (host: string): string =>
  [
    `docker login ${host} -u USER`,
    `docker tag IMAGE ${host}/USER/IMAGE`,
    `docker push ${host}/USER/IMAGE`,
    `docker pull ${host}/USER/IMAGE`,
  ].join('\n')

const textOf = ({ host, health }: Page): string =>
  `${what}\n${health}\n\n${commandsFor(host)}\n\nThe API is documented at /apidocs; monitors ask /health.\n`

const htmlOf = ({ host, health }: Page, isHealthy: boolean) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Breakwater at ${host}</title>
        <link rel="icon" href="data:," />
        <style>
          body {
            font:
              1rem/1.5 system-ui,
              sans-serif;
            max-width: 44rem;
            margin: 3rem auto;
            padding: 0 1rem;
            color: #1b2733;
            background: #fff;
          }
          pre {
            padding: 1rem;
            overflow-x: auto;
            background: #f1f4f7;
            border-radius: 0.4rem;
          }
          .healthy {
            color: #176639;
          }
          .unhealthy {
            color: #a3201d;
          }
        </style>
      </head>
      <body>
        <h1>Breakwater</h1>
        <p>${what}</p>
        <p class="${isHealthy ? 'healthy' : 'unhealthy'}" role="status">${health}</p>
        <h2>The first push</h2>
        <pre>${commandsFor(host)}</pre>
        <p>
          USER is your name here, and IMAGE an image that you have. Your own namespace has the name of your account; in
          an organization, write its name in the place of USER in the last three lines.
        </p>
        <p>
          The API is documented at <a href="/apidocs">/apidocs</a>. Load balancers and monitors ask
          <a href="/health">/health</a>.
        </p>
      </body>
    </html>`
