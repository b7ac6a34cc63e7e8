/**
 * Segments: R2 objects that are written once, by one request, under a fresh key, and never changed. The caller makes
 * the row that names a segment before any of its bytes reach R2 (`claim`), so that an interrupted upload can always be
 * found and cleaned up.
 */
import { hexOf, algorithmOf, type Digest } from '../names.ts'
import { askStorage, isUnknownMultipart } from './transient-errors.ts'
import { mapInParallel } from '../util/parallel.ts'

export interface SegmentName {
  readonly key: string
  /** R2's identifier when the segment is written in parts, so that a clean-up can abort it. */
  readonly multipartId: string | undefined
}

export interface StoredSegment extends SegmentPlace {
  readonly digest: Digest
}

/** Where a segment of a blob lies. */
export interface SegmentPlace {
  readonly key: string
  readonly offsetBytes: number
  readonly sizeBytes: number
}

export const freshKey = (): string => `segments/${crypto.randomUUID()}`

/**
 * Stores bytes that are at hand under a key that was claimed before; R2 checks them against their digest.
 *
 * @throws RegistryError `storage-unavailable`
 */
export async function storeBytes(bucket: R2Bucket, key: string, bytes: Uint8Array, digest: Digest): Promise<void> {
  await askStorage(() => bucket.put(key, bytes, checksum(digest)))
}

/** A request may have six connections open at once; each abort is one. */
const abortsAtOnce = 6
/** A request has half a minute after its answer, and a job a slice of seconds. What is not aborted by then waits. */
const abortingMilliseconds = 10_000
const longestAbortMilliseconds = 5000

/**
 * Deletes objects, 1,000 at most, and what was never finished of others, as many as ten seconds allow. Those that are
 * gone already are no error.
 *
 * @returns the keys of which nothing is left in R2
 */
export async function deleteObjects(
  bucket: R2Bucket,
  segments: readonly SegmentName[],
  now: () => number = Date.now,
): Promise<string[]> {
  const endsAt = now() + abortingMilliseconds
  const unfinished = segments.filter(({ multipartId }) => multipartId !== undefined)
  const aborted = await mapInParallel(unfinished, abortsAtOnce, async (segment) =>
    now() < endsAt && (await abortUnfinished(bucket, segment)) ? segment.key : undefined,
  )
  const gone = new Set(aborted)
  const keys = segments
    .filter(({ key, multipartId }) => multipartId === undefined || gone.has(key))
    .map(({ key }) => key)
  if (keys.length > 0) await bucket.delete(keys)
  return keys
}

/** R2's error 10024: a multipart upload that was completed or aborted is unknown by now, which is what is wanted. */
async function abortUnfinished(bucket: R2Bucket, { key, multipartId }: SegmentName): Promise<boolean> {
  if (multipartId === undefined) return true
  const abort = bucket.resumeMultipartUpload(key, multipartId).abort()
  try {
    return await Promise.race([abort.then(() => true), scheduler.wait(longestAbortMilliseconds).then(() => false)])
  } catch (error) {
    return isUnknownMultipart(error)
  }
}

const checksum = (digest: Digest): R2PutOptions => ({ [algorithmOf(digest)]: hexOf(digest) })
