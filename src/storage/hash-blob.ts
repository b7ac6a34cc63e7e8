/** Hashes a blob as R2 has it. */
import { algorithmOf, type Digest } from '../names.ts'
import { digestStreams } from './hash.ts'
import { objectSize, readObject } from './objects.ts'
import { SegmentLost } from './reading.ts'
import type { SegmentPlace } from './segments.ts'
import { isUnavailable, readThrough } from './transient-errors.ts'

export type Reading =
  | { readonly actual: Digest }
  /**
   * This segment cannot be read whole: R2 lacks it, or has fewer bytes of it than it says. If it is not lost, R2 answers
   * but fails each time to give it.
   */
  | { readonly broken: SegmentPlace; readonly isLost: boolean }

/**
 * Reads the segments of a blob and computes its digest. What cannot be read is looked for twice, and a stream that breaks
 * off is read again: neither says that content is lost.
 *
 * @returns the digest, or the segment that is not whole
 * @throws RegistryError `storage-unavailable` when R2 does not answer
 */
export async function hashBlob(bucket: R2Bucket, digest: Digest, segments: readonly SegmentPlace[]): Promise<Reading> {
  const reading = await hashThrough(bucket, digest, segments)
  return 'actual' in reading ? reading : hashThrough(bucket, digest, segments)
}

/** Tells an object that R2 fails to give from an outage, in which R2 does not describe it either. */
async function hashThrough(bucket: R2Bucket, digest: Digest, segments: readonly SegmentPlace[]): Promise<Reading> {
  let current: SegmentPlace | undefined
  const begin = (segment: SegmentPlace): void => {
    current = segment
  }
  try {
    return await readThrough(() => hashOnce(bucket, digest, segments, begin))
  } catch (error) {
    if (current === undefined) throw error
    if (isIncomplete(error)) return { broken: current, isLost: true }
    if (!isUnavailable(error)) throw error
    await objectSize(bucket, current.key)
    return { broken: current, isLost: false }
  }
}

async function hashOnce(
  bucket: R2Bucket,
  digest: Digest,
  segments: readonly SegmentPlace[],
  begin: (segment: SegmentPlace) => void,
): Promise<Reading> {
  async function* objects(): AsyncGenerator<ReadableStream> {
    for (const segment of segments) {
      begin(segment)
      const object = await readObject(bucket, segment.key)
      if (object === undefined) throw new SegmentLost(segment)
      yield object
    }
  }
  return { actual: await digestStreams(algorithmOf(digest), objects()) }
}

/** Recognizes an object that is missing, or that ends before its size, which the runtime calls a TypeError. */
const isIncomplete = (error: unknown): boolean => error instanceof SegmentLost || error instanceof TypeError
