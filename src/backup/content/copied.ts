/** Copies objects in slices, and says how far it is in the form of a checkpoint. */
import * as z from 'zod'
import { partBytesOf, type BackupBucket } from '../../storage/backups.ts'
import { copyPart, type Copy } from '../../storage/copying.ts'
import { ContentLost, isOtherContent } from '../../storage/transient-errors.ts'
import { mapInParallel } from '../../util/parallel.ts'

/** The parts of a large object that are copied already. */
export const copyState = z.object({
  key: z.string(),
  uploadId: z.string(),
  parts: z.array(z.object({ partNumber: z.int(), etag: z.string() })),
})
export type CopyState = z.infer<typeof copyState>

/** What one slice does at most. */
export interface CopyLimits {
  /** A larger object is copied in parts, one a slice. */
  readonly partBytes: number
  /** A slice begins with no further object once it has so many bytes. */
  readonly bytesOfSlice: number
  readonly objectsOfSlice: number
  /** The objects that are copied at the same time. A request opens six connections at once, and each copy needs two. */
  readonly atOnce: number
  /** The rows, and the objects of a listing, that a slice compares. */
  readonly rowsOfPage: number
}

export const usualCopyLimits: CopyLimits = {
  partBytes: 32 * 1024 * 1024,
  bytesOfSlice: 32 * 1024 * 1024,
  objectsOfSlice: 60,
  atOnce: 3,
  rowsOfPage: 1000,
}

/** Returns the limits for copies to a bucket of backups. */
export function copyLimitsOf(bucket: BackupBucket): CopyLimits {
  const partBytes = partBytesOf(bucket, usualCopyLimits.partBytes)
  return { ...usualCopyLimits, partBytes, bytesOfSlice: partBytes }
}

/** What a slice did with the first objects of those that it was given. */
export interface Copied<Wanted extends Copy> {
  /** All but the last are dealt with, and that one too unless `copying` says how far it is. */
  readonly last: Wanted | undefined
  readonly copying: CopyState | null
  readonly copied: readonly Wanted[]
  /** The source lacks them, or has other bytes. */
  readonly lost: readonly Wanted[]
}

/** Copies the first of some objects: several small ones, or a part of a large one. */
export async function copyFirst<Wanted extends Copy>(
  bucket: BackupBucket,
  wanted: readonly Wanted[],
  at: CopyState | null,
  limits: CopyLimits,
): Promise<Copied<Wanted>> {
  const some = nextOf(wanted, limits)
  const done = await mapInParallel(some, limits.atOnce, async (one) => ({
    one,
    ...(await copyOrLose(bucket, one, at, limits.partBytes)),
  }))
  return {
    last: some.at(-1),
    copying: done.find(({ state }) => state !== null)?.state ?? null,
    copied: done.filter(({ state, isLost }) => !isLost && state === null).map(({ one }) => one),
    lost: done.filter(({ isLost }) => isLost).map(({ one }) => one),
  }
}

/** Returns the objects of one slice; a large one is alone, so that the next slice finds it first. */
export function nextOf<Wanted extends { readonly sizeBytes: number }>(
  wanted: readonly Wanted[],
  limits: CopyLimits,
): readonly Wanted[] {
  const some: Wanted[] = []
  let bytes = 0
  for (const one of wanted.slice(0, limits.objectsOfSlice)) {
    const isLarge = one.sizeBytes > limits.partBytes
    if (some.length > 0 && (isLarge || bytes + one.sizeBytes > limits.bytesOfSlice)) return some
    some.push(one)
    if (isLarge) return some
    bytes += one.sizeBytes
  }
  return some
}

async function copyOrLose(
  bucket: BackupBucket,
  copy: Copy,
  at: CopyState | null,
  partBytes: number,
): Promise<{ readonly state: CopyState | null; readonly isLost: boolean }> {
  try {
    return { state: await copyNextPart(bucket, copy, at, partBytes), isLost: false }
  } catch (error) {
    if (error instanceof ContentLost || isOtherContent(error)) return { state: null, isLost: true }
    throw error
  }
}

/** Copies the next part of an object. @returns how far it is; null once it is whole */
export async function copyNextPart(
  bucket: BackupBucket,
  copy: Copy,
  at: CopyState | null,
  partBytes: number,
): Promise<CopyState | null> {
  const state = await copyPart(bucket, copy, at?.key === copy.key ? at : undefined, partBytes)
  return state === undefined ? null : { key: copy.key, uploadId: state.uploadId, parts: [...state.parts] }
}
