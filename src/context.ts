/**
 * What code works with: the stores, the replicas, the variables and the time. The entry points make one for each request
 * and each tick of the cron trigger, and pass it down; a function that needs little takes `Pick<Context, 'db' | 'now'>`.
 *
 * Time has one rule. `now` is when the request or the tick began, and stands still: what is written and compared at once has
 * one time. `clock()` tells the time again, for work that goes on: a job has a clock and no `now`, so that no stale
 * time reaches it, and calls `asOfNow` where a `Context` is wanted.
 */
import { openDatabase, type Database } from './db/database.ts'
import type { Counters, ReplicaEnv } from './replicas/types.ts'
import type { Disk } from './storage/room.ts'
import { variablesOf, type Variables } from './variables.ts'

export interface Context extends Variables {
  readonly bucket: R2Bucket
  /** What the bucket lies on, where it has an end (see `storage/room.ts`). */
  readonly disk?: Disk | undefined
  readonly db: Database
  readonly replicas: ReplicaEnv['REPLICAS']
  /** Milliseconds since 1970, as of the beginning. */
  readonly now: number
  /** Milliseconds since 1970, as of the call. */
  readonly clock: () => number
  /** Lets work outlive the response that started it. */
  readonly background: (work: Promise<void>) => void
  /** The address of the client that asks; undefined for one that the platform does not tell, and where none asks. */
  readonly address?: string | undefined
  /** Takes what this isolate has counted since the last call; each new view of the cluster reports it to one replica. */
  readonly takeCounters?: (() => Counters) | undefined
}

/** What lasts longer than one moment: it has to ask the clock. */
export type LastingContext = Omit<Context, 'now'>

/** Where content is: the bytes and the facts. */
export type Stores = Pick<Context, 'bucket' | 'db'>

/** @throws RegistryError `variable-invalid` */
export function openContext(env: ReplicaEnv, background: Context['background']): Context {
  return {
    ...variablesOf(env),
    bucket: env.BUCKET,
    disk: env.DISK,
    db: openDatabase(env.DB),
    replicas: env.REPLICAS,
    now: Date.now(),
    clock: Date.now,
    background,
  }
}

/** The same context at this moment. */
export const asOfNow = (context: LastingContext): Context => ({ ...context, now: context.clock() })
