/**
 * Segments: R2 objects that are written once, by one request, under a fresh key, and never changed. The caller inserts
 * the row of a segment before any of its bytes reach R2 (`claim`), so the cron trigger finds and cleans up every
 * interrupted upload.
 */
import { hexOf, algorithmOf, type Digest } from '../names.ts'
import { askStorage, isUnknownMultipart } from './transient-errors.ts'
import { mapInParallel } from '../util/parallel.ts'

export interface SegmentName {
  readonly key: string
  /** R2's identifier of a multipart upload, by which a clean-up aborts it. */
  readonly multipartId: string | undefined
}

export interface StoredSegment extends SegmentPlace {
  readonly digest: Digest
}

/** The place of a segment in its blob. */
export interface SegmentPlace {
  readonly key: string
  readonly offsetBytes: number
  readonly sizeBytes: number
}

/** Before the keys of all segments. */
export const segmentsPrefix = 'segments/'

export const freshKey = (): string => `${segmentsPrefix}${crypto.randomUUID()}`

/**
 * Stores bytes in memory under a claimed key. R2 checks them against their digest.
 *
 * @throws RegistryError `storage-unavailable`
 */
export async function storeBytes(bucket: R2Bucket, key: string, bytes: Uint8Array, digest: Digest): Promise<void> {
  await askStorage(() => bucket.put(key, bytes, checksum(digest)))
}

/** A request may open six connections at once, and each abort needs one. */
const abortsAtOnce = 6
/** A request has half a minute after its answer, and a job a slice of seconds. The rest waits for the next clean-up. */
const abortingMilliseconds = 10_000
const longestAbortMilliseconds = 5000
/** With the aborts before, less than the 30 seconds of a slice's lease. */
export const longestDeletionMilliseconds = 10_000

/**
 * Deletes at most 1,000 objects, and aborts as many unfinished multipart uploads as ten seconds allow. A missing object
 * is no error.
 *
 * @returns the keys that hold nothing in R2 any more
 * @throws RegistryError `storage-unavailable`
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
  if (keys.length > 0) await askStorage(() => bucket.delete(keys), longestDeletionMilliseconds)
  return keys
}

/** Counts R2's error 10024 as success: the multipart upload was completed or aborted before. */
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
