/** What registry clients and monitors ask all day: the routes that an isolate has from its start. */
import { Hono } from 'hono'
import type { AppEnv } from './app-context.ts'
import { health } from './health.ts'
import { home } from './home.ts'
import { token } from './token.ts'
import { distribution } from './v2/index.ts'

export const clients = new Hono<AppEnv>()

clients.route('/', home)
clients.route('/', health)
clients.route('/v2', distribution)
clients.route('/auth/token', token)

const ofRepository = String.raw`(?:manifests|referrers|blobs)/[^/]+|blobs/uploads/[^/]*|tags/list`
const paths = new RegExp(String.raw`^/(?:|health|_ping|auth/token|v2|v2/|v2/_catalog|v2/.+/(?:${ofRepository}))$`)

/** Tells whether a path can mean these routes alone. One that is spelled in another way is for the whole app, which has them too. */
export const isForClients = (pathname: string): boolean => paths.test(pathname)
