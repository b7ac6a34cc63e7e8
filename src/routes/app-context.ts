/** The context of every handler: the caller, and the stores to work with. */
import type { Context as HonoContext, MiddlewareHandler } from 'hono'
import { identifyClient, identifyUser, type Caller } from '../auth/authentication.ts'
import type { Facet } from '../auth/facet.ts'
import { keysFor, type Keys } from '../auth/keys.ts'
import type { WorkloadLogin } from '../auth/workload-login.ts'
import { openContext, type Context, type DirectoryLogin } from '../context.ts'
import type { TableDeclaration } from '../db/tables.ts'
import type { JobTypes } from '../jobs/job-type.ts'
import type { ContentTrust } from '../registry/content-trust.ts'
import type { ReadingSource } from '../registry/readings.ts'
import type { Counters, ReplicaEnv } from '../replicas/types.ts'
import { BodyReader } from '../storage/body.ts'
import { roomForBody } from '../storage/room.ts'
import type { WholeBody } from '../storage/whole-bodies.ts'

export interface AppEnv {
  Bindings: ReplicaEnv
  Variables: {
    context: Context
    caller: Caller
    jobTypes: JobTypes
    facets: readonly Facet[]
    contentTrust: ContentTrust | undefined
    workloads: WorkloadLogin | undefined
    readings: readonly ReadingSource[]
    tables: readonly TableDeclaration[]
    /** Takes the counters of the isolate; set by a middleware that counts requests. */
    takeCounters?: () => Counters
    /** The body of a request to the distribution API; undefined for a request without one. */
    body: BodyReader | undefined
  }
}

export type AppContext = HonoContext<AppEnv>

/** What is installed, as far as requests of the core need it. */
export interface Installed {
  readonly jobTypes: JobTypes
  readonly facets: readonly Facet[]
  readonly contentTrust: ContentTrust | undefined
  readonly directory: DirectoryLogin | undefined
  /** Lets in workloads without an account. */
  readonly workloads?: WorkloadLogin | undefined
  /** What capabilities have to tell monitoring systems. */
  readonly readings: readonly ReadingSource[]
  /** What a backup does with each table. */
  readonly tables: readonly TableDeclaration[]
}

/** Opens the context of one request. */
export function withContext({
  jobTypes,
  facets,
  contentTrust,
  directory,
  workloads,
  readings,
  tables,
}: Installed): MiddlewareHandler<AppEnv> {
  return async function openRequest(c, next) {
    c.set('jobTypes', jobTypes)
    c.set('facets', facets)
    c.set('contentTrust', contentTrust)
    c.set('workloads', workloads)
    c.set('readings', readings)
    c.set('tables', tables)
    c.set('caller', { kind: 'anonymous' })
    c.set('context', {
      ...openContext(c.env, (work) => c.executionCtx.waitUntil(work)),
      address: addressOf(c),
      directory,
      takeCounters: c.get('takeCounters'),
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

/**
 * Reads Content-Length, in bytes; undefined when it is absent or no number, which the handler refuses if it needs one.
 */
function announcedLength(c: AppContext): number | undefined {
  const bytes = Number(c.req.header('content-length') ?? Number.NaN)
  return Number.isNaN(bytes) ? undefined : bytes
}

/**
 * Tells how the body of a request is held whole.
 *
 * @param account the id of the account that sends it; undefined for a sender without a login
 */
export const wholeBodyOf = (c: AppContext, limitBytes: number, account: string | undefined): WholeBody => ({
  limitBytes,
  announcedBytes: announcedLength(c),
  account,
  background: c.get('context').background,
})

/** Finds out which client is calling; credentials that are wrong end the request here, whatever it is for. */
export function withClient(): MiddlewareHandler<AppEnv> {
  return async function identifyCallingClient(c, next) {
    const authorization = c.req.header('authorization')
    c.set('caller', await identifyClient(c.get('context'), hostOf(c), authorization, c.get('workloads')))
    await next()
  }
}

/** Finds out which user of the administrative API is calling, as `withClient`. */
export function withUser(): MiddlewareHandler<AppEnv> {
  return async function identifyCallingUser(c, next) {
    c.set('caller', await identifyUser(c.get('context'), c.req.header('authorization')))
    await next()
  }
}

export const tokenKeys = (c: AppContext): Promise<Keys> => keysFor(c.get('context').secrets, 'token')
export const uploadKeys = (c: AppContext): Promise<Keys> => keysFor(c.get('context').secrets, 'upload-session')

/** Returns the host that the client asked, the only one for which its tokens are valid. */
export const hostOf = (c: AppContext): string => urlOf(c.req.raw).host

/** Returns the origin that the client asked. A proxy that ends TLS says so in X-Forwarded-Proto. */
export function originOf(c: AppContext): string {
  const url = urlOf(c.req.raw)
  if (c.req.header('x-forwarded-proto') !== 'https') return url.origin
  const secure = new URL(url)
  secure.protocol = 'https:'
  return secure.origin
}

const urls = new WeakMap<Request, URL>()

/** Parses the URL of a request, once for all steps that ask for it. */
export function urlOf(request: Request): URL {
  const known = urls.get(request)
  if (known !== undefined) return known
  const url = new URL(request.url)
  urls.set(request, url)
  return url
}

/**
 * Returns the address by which guesses of passwords are counted, and which no client can choose: the header that
 * Cloudflare's edge overwrites, or on one's own machine the peer that the runtime reports.
 */
function addressOf(c: AppContext): string | undefined {
  if (c.env.DISK === undefined) return c.req.header('cf-connecting-ip')
  const peer = c.req.raw.cf?.['clientIp']
  return typeof peer === 'string' ? /^\[?(.+?)\]?:\d+$/.exec(peer)?.[1] : undefined
}

/**
 * Tells whether the client is Docker's engine, which needs answers of its own; podman, skopeo and containerd are not.
 */
export const isDocker = (c: AppContext): boolean => c.req.header('user-agent')?.startsWith('docker/') === true
