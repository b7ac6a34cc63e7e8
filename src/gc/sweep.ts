/**
 * Cleans up what uploads left behind: sessions that expired, and segments that belong to nothing. Runs on every tick of
 * the cron trigger, in slices; what it does not get to waits for the next one.
 */
import { deleteExpiredSessions, deleteSegments, findUnownedSegments } from '../db/segments.ts'
import type { Stores } from '../registry/stores.ts'
import { deleteObjects } from '../storage/segments.ts'

export interface Sweep {
  readonly sessions: number
  readonly segments: number
}

/** One delete of R2 takes 1,000 keys. */
const sliceLimit = 1000

/** A request may be writing an object for this long; until then its row must stay, or the object would have none. */
const writingSeconds = 24 * 60 * 60

/** Objects go before their rows, so a crash in between leaves rows that the next run deletes again. */
export async function sweepAbandoned({ bucket, db, now }: Pick<Stores, 'bucket' | 'db' | 'now'>): Promise<Sweep> {
  const sessions = await deleteExpiredSessions(db, now, sliceLimit)
  const unowned = await findUnownedSegments(db, now - writingSeconds * 1000, sliceLimit)
  const deleted = await deleteObjects(bucket, unowned)
  await deleteSegments(db, deleted)
  return { sessions, segments: deleted.length }
}
