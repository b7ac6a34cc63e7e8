/** What the registry works with, passed in by the entry points: bytes, facts and the time. */
import type { Database } from '../db/database.ts'
import type { Disk } from '../storage/room.ts'

export interface Stores {
  readonly bucket: R2Bucket
  /** What the bucket lies on, where it has an end (see `storage/room.ts`). */
  readonly disk?: Disk | undefined
  readonly db: Database
  /** Milliseconds since 1970. */
  readonly now: number
  /** How long pulls are gathered before they are written down. */
  readonly pullLogSeconds: number
  /** Lets work outlive the response that started it. */
  readonly background: (work: Promise<void>) => void
}
