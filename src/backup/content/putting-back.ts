/**
 * Puts content back: the segments that the registry's bucket lacks are copied from the blobs of a backup, each as the
 * range of its blob. The rows of the segments have to be there.
 */
import * as z from 'zod'
import type { Context } from '../../context.ts'
import { listObjects } from '../../storage/objects.ts'
import { openBackupRange } from '../../storage/backups.ts'
import type { Copy } from '../../storage/copying.ts'
import { algorithmOf, hexOf } from '../../names.ts'
import { blobKey, keptKey } from '../keys.ts'
import { copyFirst, copyNextPart, copyState, usualCopyLimits, type CopyLimits, type CopyState } from './copied.ts'
import { findNeededSegments, type NeededSegment } from './content-store.ts'

export const putBackProgress = z.object({
  /** The last segment that is dealt with; empty before the first. */
  after: z.string(),
  /** How far the next one is, if it is large. */
  copying: copyState.nullable(),
  /** The segments that were put back, and their bytes. */
  segments: z.int(),
  bytes: z.int(),
  /** The segments that the bucket lacks still, as the backup has no content for them. */
  missing: z.int(),
})
export type PutBackProgress = z.infer<typeof putBackProgress>

export const beginPuttingBack = (): PutBackProgress => ({
  after: '',
  copying: null,
  segments: 0,
  bytes: 0,
  missing: 0,
})

export interface PuttingBack extends Pick<Context, 'db' | 'bucket' | 'backups'> {
  /** Before the names of the tables `segments` and `blobs`; none by default. */
  readonly tablePrefix?: string
  readonly limits?: CopyLimits
}

export interface PutBackSlice {
  readonly progress: PutBackProgress
  readonly isDone: boolean
}

/**
 * Puts back the next segments of the whole registry. Those that its bucket has with their size are left as they are, so
 * the work can begin again at any time.
 *
 * @throws RegistryError `storage-unavailable`
 */
export async function putBackSlice(context: PuttingBack, at: PutBackProgress): Promise<PutBackSlice> {
  const { db, bucket, tablePrefix, limits = usualCopyLimits } = context
  const needed = await findNeededSegments(db, at.after, limits.rowsOfPage, tablePrefix)
  const end = needed.at(-1)
  if (end === undefined) return { progress: at, isDone: true }
  const found = await sizesUpTo(bucket, at.after, end.key)
  const lacking = needed.filter(({ key, sizeBytes }) => found.get(key) !== sizeBytes)
  const { last, copying, copied, lost } = await copyFirst(
    bucket,
    lacking.map((one) => copyOf(context, one)),
    at.copying,
    limits,
  )
  const counted = {
    segments: at.segments + copied.length,
    bytes: at.bytes + copied.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    missing: at.missing + lost.length,
  }
  const isEndOfPage = copying === null && (last === undefined || last.key === lacking.at(-1)?.key)
  // The next slice begins before a large segment that is not whole yet.
  const after = isEndOfPage ? end.key : copying === null ? last?.key : keyBefore(needed, copying.key)
  return { progress: { ...counted, after: after ?? at.after, copying }, isDone: false }
}

const keyBefore = (segments: readonly NeededSegment[], key: string): string | undefined =>
  segments.findLast((one) => one.key < key)?.key

/**
 * Puts one segment back, a part a call: for a restore that knows what it needs.
 *
 * @param at what the call before returned; null for the first
 * @returns how far it is; null once the segment is whole
 * @throws BackupObjectLost if the backup has no content for it; RegistryError `storage-unavailable`
 */
export async function putBackSegment(
  context: Pick<PuttingBack, 'bucket' | 'backups' | 'limits'>,
  segment: NeededSegment,
  at: CopyState | null,
): Promise<CopyState | null> {
  const { partBytes } = context.limits ?? usualCopyLimits
  return copyNextPart(context.bucket, copyOf(context, segment), at, partBytes)
}

/** Describes the copy of a segment: a range of its blob, whose hash is known if it is the whole. */
function copyOf({ backups }: Pick<PuttingBack, 'backups'>, segment: NeededSegment): Copy {
  const { key, digest, offsetBytes, sizeBytes, blobBytes } = segment
  const source = digest === null ? keptKey(key) : blobKey(digest)
  const isWhole = digest !== null && sizeBytes === blobBytes && algorithmOf(digest) === 'sha256'
  return {
    key,
    sizeBytes,
    pieces: (start, end) => [
      () =>
        openBackupRange(backups, source, blobBytes ?? sizeBytes, { offset: offsetBytes + start, length: end - start }),
    ],
    ...(isWhole && { sha256: hexOf(digest) }),
  }
}

/** Lists the sizes of the objects after one key and up to another. */
async function sizesUpTo(bucket: R2Bucket, after: string, upTo: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  let from = after
  for (;;) {
    const { objects, isCut } = await listObjects(bucket, from, 1000)
    for (const { key, sizeBytes } of objects) if (key <= upTo) sizes.set(key, sizeBytes)
    const last = objects.at(-1)?.key
    if (!isCut || last === undefined || last >= upTo) return sizes
    from = last
  }
}
