/**
 * The context that code works with: the stores, the replicas, the variables and the time. The entry points make one for
 * each request and each tick of the cron trigger, and pass it down; a function that needs little takes
 * `Pick<Context, 'db' | 'now'>`.
 *
 * Time has one rule. `now` is the beginning of the request or the tick and stands still, so that what is written and
 * compared at once has one time. `clock()` tells the time again, for work that goes on: a job has a clock and no `now`, so
 * that no stale time reaches it, and calls `asOfNow` for a function that takes a `Context`.
 */
import type { AccountRecord } from './db/accounts/accounts.ts'
import type { Attempt, LoginAccount, Presence } from './db/accounts/logins.ts'
import { openDatabase, type Database } from './db/database.ts'
import type { AccountName } from './names.ts'
import type { Counters, ReplicaEnv } from './replicas/types.ts'
import { backupBucketOf } from './storage/backup-target.ts'
import type { BackupBucket } from './storage/backups.ts'
import type { Disk } from './storage/room.ts'
import { variablesOf, type Variables } from './variables.ts'

/** A directory that knows users beside those of the registry, and keeps their passwords. */
export interface DirectoryLogin {
  /** Selects a row while a directory is configured: a login reads it with the account, so that it costs no round trip. */
  readonly presence: Presence
  /**
   * Tells whose a password is. It does the same work for a name that the directory does not know. Login has counted the attempt, and has found that the password is not a local one.
   *
   * @returns the account as it is now; `inactive` for a right password of one that may not log in here; undefined for a
   *   user or a password that the directory does not know, which login remembers for a while
   * @throws ExpectedError for a fault of the directory, and for a user whose name gets no account
   */
  check(context: Context, attempt: Attempt): Promise<LoginAccount | 'inactive' | undefined>
  /**
   * Makes the account of a user of the directory before the first login.
   *
   * @param by who asks for it
   * @returns undefined where no directory is configured
   * @throws ExpectedError when the directory cannot be asked, does not know the user, or the name gets no account
   */
  importUser(context: Context, name: AccountName, by: AccountName): Promise<AccountRecord | undefined>
}

export interface Context extends Variables {
  readonly bucket: R2Bucket
  /** The bucket of backups. */
  readonly backups: BackupBucket
  /** The disk below the bucket, where there is one that can fill up (see `storage/room.ts`). */
  readonly disk?: Disk | undefined
  readonly db: Database
  /** The database in which a backup is restored for proof; undefined on a deployment that is older than it. */
  readonly drill?: D1Database | undefined
  readonly replicas: ReplicaEnv['REPLICAS']
  /** Milliseconds since 1970, as of the beginning. */
  readonly now: number
  /** Returns the time of the call, in milliseconds since 1970. */
  readonly clock: () => number
  /** Lets work outlive the response that started it. */
  readonly background: (work: Promise<void>) => void
  /** The address of the client that asks; undefined for one that the platform does not tell, and where none asks. */
  readonly address?: string | undefined
  /** Asked for passwords that are not local ones; undefined where no capability has a directory, and outside of requests. */
  readonly directory?: DirectoryLogin | undefined
  /** Takes what this isolate has counted since the last call; each new view of the cluster reports it to one replica. */
  readonly takeCounters?: (() => Counters) | undefined
}

/** The context of work that outlasts a request: it has to ask the clock. */
export type LastingContext = Omit<Context, 'now'>

/** The stores of content: R2 for the bytes and D1 for the facts. */
export type Stores = Pick<Context, 'bucket' | 'db'>

/** Opens the context of a request or a tick. @throws RegistryError `variable-invalid` */
export function openContext(env: ReplicaEnv, background: Context['background']): Context {
  return {
    ...variablesOf(env),
    bucket: env.BUCKET,
    backups: backupBucketOf(env),
    disk: env.DISK,
    db: openDatabase(env.DB),
    drill: env.DRILL,
    replicas: env.REPLICAS,
    now: Date.now(),
    clock: Date.now,
    background,
  }
}

/** Returns the same context at this moment. */
export const asOfNow = (context: LastingContext): Context => ({ ...context, now: context.clock() })
