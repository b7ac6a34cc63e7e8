/**
 * Cleans up what uploads left behind: sessions that expired, and segments that belong to nothing. Runs on every tick of
 * the cron trigger, and at the end of a garbage collection, in slices; what there is no time for waits for the next tick.
 */
import type { Context, Stores } from '../context.ts'
import {
  deleteExpiredSessions,
  deleteSegments,
  findUnownedSegments,
  type DeletedSegments,
} from '../db/content/segments.ts'
import { isClosedByAdministrator, readWriteGate } from '../db/write-gate.ts'
import { inSlices } from './slices.ts'
import { deleteObjects, type SegmentName } from '../storage/segments.ts'

export interface Sweep extends DeletedSegments {
  readonly sessions: number
}

/** One delete of R2 takes 1,000 keys. */
const mostSweptInSlice = 1000

/** A request may be writing an object for this long; until then its row must stay, or the object would have none. */
export const writingMilliseconds = 24 * 60 * 60 * 1000

export async function sweepAbandoned({ bucket, db, now }: Pick<Context, 'bucket' | 'db' | 'now'>): Promise<Sweep> {
  if (isClosedByAdministrator(await readWriteGate(db), now)) return { sessions: 0, segments: 0, bytes: 0 }
  const sessions = await deleteExpiredSessions(db, now, mostSweptInSlice)
  const unowned = await findUnownedSegments(db, now - writingMilliseconds, mostSweptInSlice)
  return { sessions, ...(await deleteStored({ bucket, db }, unowned)) }
}

/** Sweeps slice by slice until nothing is left or time runs out. */
export async function sweepAll(
  context: Pick<Context, 'bucket' | 'db' | 'now'>,
  isTimeOver: () => boolean,
): Promise<void> {
  await inSlices(mostSweptInSlice, isTimeOver, async () => {
    const { sessions, segments } = await sweepAbandoned(context)
    return Math.max(sessions, segments)
  })
}

/** Deletes segments, each object before its row: a crash in between leaves rows that the next sweep deletes again. */
export async function deleteStored({ bucket, db }: Stores, segments: readonly SegmentName[]): Promise<DeletedSegments> {
  let deleted: DeletedSegments = { segments: 0, bytes: 0 }
  for (let at = 0; at < segments.length; at += mostSweptInSlice) {
    const keys = await deleteObjects(bucket, segments.slice(at, at + mostSweptInSlice))
    const slice = await deleteSegments(db, keys)
    deleted = { segments: deleted.segments + slice.segments, bytes: deleted.bytes + slice.bytes }
  }
  return deleted
}
