/**
 * The counters of the requests that an isolate answers. It reports the increments to a replica now and then (see
 * `replicas/view-cache.ts`), and the replicas keep the sums.
 */
import type { Counters } from '../replicas/types.ts'

/** The upper ends of the buckets of latencies, in milliseconds; a last bucket takes what is slower. */
export const latencyBuckets = [10, 50, 100, 500, 1000, 5000] as const

const bucketNames = [...latencyBuckets.map((end) => `latency_le_${end}`), 'latency_slower'] as const

/** The names of all counters. Buckets do not include those below them. */
export const counterNames = {
  requests: 'requests',
  clientErrors: 'errors_4xx',
  serverErrors: 'errors_5xx',
  pushes: 'pushes',
  pulls: 'pulls',
  failedLogins: 'failed_logins',
  milliseconds: 'latency_milliseconds',
  buckets: bucketNames,
} as const

export interface Answered {
  readonly method: string
  readonly path: string
  readonly status: number
  /** The request had Basic credentials. */
  readonly hasPassword: boolean
  readonly milliseconds: number
}

/** A client may disconnect unnoticed, so a request counts as in progress for at most two of these periods. */
const generationMilliseconds = 5 * 60_000

export type Count = ReturnType<typeof counting>

export function counting() {
  let fresh: Record<string, number> = {}
  let taken: Counters = {}
  let takenAt = 0
  let generation = 0
  let current = 0
  let previous = 0

  const add = (name: string, value = 1): void => {
    fresh[name] = (fresh[name] ?? 0) + value
  }

  function turn(now: number): number {
    const next = Math.floor(now / generationMilliseconds)
    if (next !== generation) {
      previous = next === generation + 1 ? current : 0
      current = 0
      generation = next
    }
    return generation
  }

  return {
    /** Counts the beginning of a request. @returns the generation, to be passed to `end` */
    begin(now: number): number {
      turn(now)
      current++
      return generation
    },

    end(begun: number, now: number): void {
      turn(now)
      if (begun === generation) current--
      else if (begun === generation - 1) previous--
    },

    underWay(now: number): number {
      turn(now)
      return Math.max(0, current) + Math.max(0, previous)
    },

    note(answered: Answered): void {
      const { status, milliseconds } = answered
      add(counterNames.requests)
      if (status >= 500) add(counterNames.serverErrors)
      else if (status >= 400) add(counterNames.clientErrors)
      if (isPush(answered)) add(counterNames.pushes)
      else if (isPull(answered)) add(counterNames.pulls)
      else if (isFailedLogin(answered)) add(counterNames.failedLogins)
      add(counterNames.milliseconds, milliseconds)
      add(bucketOf(milliseconds))
    },

    /** Returns and clears the counts since the last call. */
    take(now: number): Counters {
      taken = fresh
      takenAt = now
      fresh = {}
      return taken
    },

    /** Returns the counts that replicas asked at this time cannot have been told yet. */
    since(time: number): Counters {
      return takenAt < time ? fresh : sumOf([fresh, taken])
    },
  }
}

/** The counters of the isolate. */
export const counters = counting()

export function sumOf(several: Iterable<Counters>): Counters {
  const sums: Record<string, number> = {}
  for (const one of several) {
    for (const [name, value] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}

const bucketOf = (milliseconds: number): string => {
  const at = latencyBuckets.findIndex((end) => milliseconds <= end)
  return bucketNames[at === -1 ? latencyBuckets.length : at] ?? 'latency_slower'
}

const isOfManifest = (path: string): boolean => path.startsWith('/v2/') && path.includes('/manifests/')

const isPush = ({ method, path, status }: Answered): boolean => method === 'PUT' && status === 201 && isOfManifest(path)

const isPull = ({ method, path, status }: Answered): boolean => method === 'GET' && status === 200 && isOfManifest(path)

const loginPaths: ReadonlySet<string> = new Set(['/auth/token', '/auth/login', '/enzi/v0/auth/login'])

/** Tells whether a password was rejected. A request without one is only challenged and does not count. */
const isFailedLogin = ({ method, path, status, hasPassword }: Answered): boolean =>
  status === 401 && (hasPassword || (method === 'POST' && loginPaths.has(path)))
