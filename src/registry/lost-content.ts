/**
 * Content of which R2 has lost bytes: a pull that finds it says so and leaves a mark, and an upload of the same content
 * brings the bytes back.
 */
import type { Context } from '../context.ts'
import type { Blob } from '../db/content/blobs.ts'
import { loggable } from '../db/database.ts'
import { keptAnswers } from '../db/cache.ts'
import { markIncomplete, markLost, segmentsBeside, settleSegments } from '../db/content/lost-content.ts'
import { RegistryError } from '../errors.ts'
import { mostSegmentsToLookAt } from '../limits.ts'
import type { Digest } from '../names.ts'
import { hasSegment, piecesOf, SegmentLost, type Piece } from '../storage/reading.ts'
import type { SegmentPlace } from '../storage/segments.ts'

/**
 * Returns the pieces of the bytes `start` to `end` (exclusive). One that R2 has lost throws `content-lost` when it is
 * opened, and its blob is marked in the background.
 */
export function readPieces(
  context: Context,
  { digest, segments }: { readonly digest: Digest; readonly segments: readonly SegmentPlace[] },
  { start, end }: { readonly start: number; readonly end: number },
): readonly Piece[] {
  const pieces = piecesOf(context.bucket, segments, start, end)
  const lost = (cause?: unknown) => new RegistryError({ kind: 'content-lost', digest }, { cause })
  if (pieces.length === 0 && start < end) {
    // D1 has lost the rows of its segments; or it was not asked for them, and then nothing opens a piece.
    return [
      async () => {
        context.background(noteIncomplete(context, digest))
        throw lost()
      },
    ]
  }
  return pieces.map((open) => async () => {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof SegmentLost)) throw error
      // It may have other segments by now.
      keptAnswers(context.db.binding).drop()
      context.background(noteLost(context, error.segment))
      throw lost(error)
    }
  })
}

/** Marks a blob whose segments do not add up to its size. */
async function noteIncomplete({ db, now }: Context, digest: Digest): Promise<void> {
  try {
    const marked = await markIncomplete(db, [digest], now)
    if (marked.length > 0) console.error(`D1 has lost segments of the blob ${digest}, which is marked as lost`)
  } catch (error) {
    noteUnmarked(error)
  }
}

/** Looks once more and marks the blob of the segment, unless it has other segments by now. */
async function noteLost({ bucket, db, now }: Context, segment: Pick<SegmentPlace, 'key' | 'sizeBytes'>): Promise<void> {
  try {
    if (await hasSegment(bucket, segment)) return
    const digest = await markLost(db, segment.key, now)
    if (digest !== undefined) console.error(`R2 has lost ${segment.key}, so the blob ${digest} is marked as lost`)
  } catch (error) {
    noteUnmarked(error)
  }
}

const noteUnmarked = (error: unknown): void =>
  console.error('lost content could not be marked as lost:', loggable(error))

/**
 * Checks in R2 a blob that is marked as lost, before an answer begins: one that was restored is served at once.
 *
 * @throws RegistryError `content-lost`
 */
export async function requireBytes({ bucket }: Context, digest: Digest, blob: Blob): Promise<void> {
  if (!blob.isLost) return
  const { segments, sizeBytes } = blob
  const isWhole = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0) === sizeBytes
  if (isWhole && (await firstLost(bucket, segments.slice(0, mostSegmentsToLookAt))) === undefined) return
  throw new RegistryError({ kind: 'content-lost', digest })
}

/**
 * Settles an upload whose content was there already: its segments replace those of the blob if the blob is marked as
 * lost or R2 has lost one of them, and are released otherwise. Should this fail, they go when the session expires.
 */
export async function settleDuplicate({ bucket, db }: Context, sessionId: string, digest: Digest): Promise<void> {
  try {
    const segments = await segmentsBeside(db, sessionId, digest)
    if (segments === undefined) return
    const lost = await firstLost(bucket, segments.slice(0, mostSegmentsToLookAt))
    await settleSegments(db, sessionId, digest, lost?.key)
  } catch (error) {
    console.error('the segments of an upload could not be checked:', loggable(error))
  }
}

async function firstLost(bucket: R2Bucket, segments: readonly SegmentPlace[]): Promise<SegmentPlace | undefined> {
  for (const segment of segments) if (!(await hasSegment(bucket, segment))) return segment
  return undefined
}
