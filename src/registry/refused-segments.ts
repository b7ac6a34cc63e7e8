/** The segments of pushes that are refused after their bytes are stored. */
import type { Context } from '../context.ts'
import { loggable } from '../db/database.ts'
import { releaseSegment } from '../db/content/uploads.ts'
import type { SegmentPlace } from '../storage/segments.ts'

/**
 * Leaves the segment of a refused push to the sweep. The refusal is what the client has to know, so a failure to let go is
 * only logged: the segment then goes when its session expires.
 */
export async function letGo({ db, now }: Context, segment: SegmentPlace): Promise<void> {
  try {
    await releaseSegment(db, segment, now)
  } catch (error) {
    console.error('a segment of a refused push is kept until its session expires:', loggable(error))
  }
}
