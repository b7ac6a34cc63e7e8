/** The bindings of `wrangler.toml`, and the settings that come with them, checked once an isolate. */
import * as z from 'zod'
import { shortestSecret } from './limits.ts'

export interface Env {
  readonly BUCKET: R2Bucket
  readonly DB: D1Database
  readonly REGISTRY_SECRET: string
  readonly REGISTRY_SECRET_PREVIOUS?: string
  readonly BREAKWATER_ADMIN_PASSWORD?: string
  readonly PULL_LOG_SECONDS?: string
  readonly REPLICA_COUNT?: string
  readonly ALLOWED_ORIGINS?: string
}

const secret = z
  .string({ error: 'REGISTRY_SECRET is not set: run `wrangler secret put REGISTRY_SECRET` with 32 random characters' })
  .min(shortestSecret, {
    error: `REGISTRY_SECRET must have at least ${shortestSecret} characters: \`openssl rand -base64 32\` makes one`,
  })

/** Its owner makes tokens, as with the current secret. */
const previousSecret = z
  .string()
  .min(shortestSecret, {
    error: `REGISTRY_SECRET_PREVIOUS must have at least ${shortestSecret} characters, as the current secret: remove it with \`wrangler secret delete REGISTRY_SECRET_PREVIOUS\``,
  })
  .optional()

export interface Secrets {
  /** Signs everything new. */
  readonly current: string
  /** Still accepted after a rotation. */
  readonly previous: string | undefined
}

/** @throws Error naming the variable to set, when the deployment is not complete */
export function secretsOf(env: Env): Secrets {
  const current = secret.safeParse(env.REGISTRY_SECRET)
  if (!current.success) throw new Error(current.error.issues[0]?.message)
  const text = env.REGISTRY_SECRET_PREVIOUS
  const previous = previousSecret.safeParse(text === '' ? undefined : text)
  if (!previous.success) throw new Error(previous.error.issues[0]?.message)
  return { current: current.data, previous: previous.data }
}

/** @returns for how many seconds an isolate gathers pulls before it writes them down (see `events/pull-log.ts`) */
export function pullLogSecondsOf(env: Env): number {
  const { data } = pullLogSeconds.safeParse(env.PULL_LOG_SECONDS)
  return data ?? defaultPullLogSeconds
}

/** @returns with how many replicas a cluster begins; afterwards they join and leave one by one */
export function replicaCountOf(env: Env): number {
  const { data } = replicaCount.safeParse(env.REPLICA_COUNT)
  return data ?? defaultReplicaCount
}

/** @returns the origins whose pages may use the registry in a browser, like `https://console.acme.test`; none by default */
export function allowedOriginsOf(env: Env): ReadonlySet<string> {
  return new Set(env.ALLOWED_ORIGINS?.split(/[\s,]+/).filter(isOrigin))
}

/** As a browser sends it. "*" is none: any page could act with the password that a browser remembers. */
const isOrigin = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text

/** An even number would tolerate no more than the odd one below it. */
const replicaCount = z.coerce.number().pipe(z.literal([1, 3, 5, 7]))
const defaultReplicaCount = 3

/** After its answer a Worker is given half a minute. */
const pullLogSeconds = z.coerce.number().min(0).max(20)
const defaultPullLogSeconds = 5
