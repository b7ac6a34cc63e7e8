/** What every handler is given: who is calling, and the stores. */
import type { Context, MiddlewareHandler } from 'hono'
import { identifyClient, identifyUser, type Caller } from '../auth/authentication.ts'
import { keysFor, type Keys } from '../auth/keys.ts'
import type { LoginContext } from '../auth/login.ts'
import { networksOf } from '../auth/network.ts'
import { openDatabase } from '../db/database.ts'
import { counters } from '../metrics/counters.ts'
import type { Stores } from '../registry/stores.ts'
import type { HealthContext } from '../replicas/health.ts'
import type { ReplicaEnv } from '../replicas/types.ts'
import { BodyReader } from '../storage/body.ts'
import { roomForBody } from '../storage/room.ts'
import type { ViewContext } from '../replicas/view-cache.ts'
import { variablesOf } from '../variables.ts'

export interface AppEnv {
  Bindings: ReplicaEnv
  Variables: {
    stores: Stores
    caller: Caller
    /** Of the distribution API; undefined for a request without one. */
    body: BodyReader | undefined
  }
}

export type AppContext = Context<AppEnv>

/** Opens the stores for one request; the time stands still while it is answered. */
export function withStores(): MiddlewareHandler<AppEnv> {
  return async function openStores(c, next) {
    c.set('caller', { kind: 'anonymous' })
    c.set('stores', {
      bucket: c.env.BUCKET,
      disk: c.env.DISK,
      db: openDatabase(c.env.DB),
      now: Date.now(),
      pullLogSeconds: variablesOf(c.env).pullLogSeconds,
      background: (work) => c.executionCtx.waitUntil(work),
    })
    await next()
  }
}

/** Reads the body in large pieces, and what a handler leaves of it, as its sender reads no answer before all is sent. */
export function withBody(): MiddlewareHandler<AppEnv> {
  return async function drainBody(c, next) {
    const announced = announcedLength(c)
    // A request with a length of zero has a stream too.
    const stream = announced === 0 ? null : c.req.raw.body
    const permit = roomForBody(c.env.DISK, announced)
    const body = stream === null ? undefined : new BodyReader(stream, { permit })
    c.set('body', body)
    await next()
    await body?.drain()
  }
}

/** What is no length is refused by the handler that needs one. */
function announcedLength(c: AppContext): number | undefined {
  const bytes = Number(c.req.header('content-length') ?? Number.NaN)
  return Number.isNaN(bytes) ? undefined : bytes
}

/** Finds out which client is calling; credentials that are wrong end the request here, whatever it is for. */
export function withClient(): MiddlewareHandler<AppEnv> {
  return async function identifyCallingClient(c, next) {
    const context = { ...loginContext(c), keys: await tokenKeys(c), service: hostOf(c) }
    c.set('caller', await identifyClient(context, c.req.header('authorization')))
    await next()
  }
}

/** Finds out which user of the administrative API is calling, as `withClient`. */
export function withUser(): MiddlewareHandler<AppEnv> {
  return async function identifyCallingUser(c, next) {
    c.set('caller', await identifyUser(loginContext(c), c.req.header('authorization')))
    await next()
  }
}

/** What is needed to ask the replicas, or what this isolate knows of them. */
export function clusterContext(c: AppContext): ViewContext {
  const { db, now, background } = c.get('stores')
  const takeCounters = () => counters.take(Date.now())
  const { replicaCount } = variablesOf(c.env)
  return { db, now, background, takeCounters, replicas: c.env.REPLICAS, replicaCount }
}

/** What the health of the registry is found out with. */
export const healthContext = (c: AppContext): HealthContext => ({ ...clusterContext(c), disk: c.env.DISK })

/** What a login needs to know of the request. */
export function loginContext(c: AppContext): LoginContext {
  const { db, now, background } = c.get('stores')
  const networks = networksOf(addressOf(c))
  return { db, now, background, networks, secrets: variablesOf(c.env).secrets }
}

export const tokenKeys = (c: AppContext): Promise<Keys> => keysFor(variablesOf(c.env).secrets, 'token')
export const uploadKeys = (c: AppContext): Promise<Keys> => keysFor(variablesOf(c.env).secrets, 'upload-session')

/** The host that the client asked: tokens are for this one alone. */
export const hostOf = (c: AppContext): string => urlOf(c.req.raw).host

/** The origin that the client asked. A proxy that ends TLS in front of the registry says so in X-Forwarded-Proto. */
export function originOf(c: AppContext): string {
  const url = urlOf(c.req.raw)
  if (c.req.header('x-forwarded-proto') !== 'https') return url.origin
  const secure = new URL(url)
  secure.protocol = 'https:'
  return secure.origin
}

const urls = new WeakMap<Request, URL>()

/** The URL of a request, parsed once: several steps of every request ask for a part of it. */
export function urlOf(request: Request): URL {
  const known = urls.get(request)
  if (known !== undefined) return known
  const url = new URL(request.url)
  urls.set(request, url)
  return url
}

/**
 * The address of the client, which no client may choose: guesses of passwords are counted by it. Cloudflare's edge writes
 * it into a header. On a machine of one's own nothing overwrites that header, and the runtime says who is connected.
 */
export function addressOf(c: AppContext): string | undefined {
  if (c.env.DISK === undefined) return c.req.header('cf-connecting-ip')
  const peer = c.req.raw.cf?.['clientIp']
  return typeof peer === 'string' ? /^\[?(.+?)\]?:\d+$/.exec(peer)?.[1] : undefined
}

/** Docker's engine, which some answers must suit; podman, skopeo and containerd have names of their own. */
export const isDocker = (c: AppContext): boolean => c.req.header('user-agent')?.startsWith('docker/') === true
