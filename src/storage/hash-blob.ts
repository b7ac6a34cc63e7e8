/** Hashes a blob as R2 has it. */
import { algorithmOf, type Digest } from '../names.ts'
import { digestStreams } from './hash.ts'
import { readObject } from './objects.ts'
import { SegmentLost } from './reading.ts'
import type { SegmentPlace } from './segments.ts'
import { readThrough } from './transient-errors.ts'

export type Reading =
  | { readonly actual: Digest }
  /** R2 lacks this segment, or has fewer bytes of it than it says. */
  | { readonly broken: SegmentPlace }

/**
 * Reads the segments of a blob and computes its digest. What R2 lacks is looked for twice, and a stream that breaks off
 * is read again: neither says that content is lost.
 *
 * @returns the digest, or the segment that is not whole
 * @throws RegistryError `storage-unavailable` when R2 does not answer, or breaks off each time
 */
export async function hashBlob(bucket: R2Bucket, digest: Digest, segments: readonly SegmentPlace[]): Promise<Reading> {
  const read = (): Promise<Reading> => readThrough(() => hashOnce(bucket, digest, segments))
  const reading = await read()
  return 'actual' in reading ? reading : read()
}

async function hashOnce(bucket: R2Bucket, digest: Digest, segments: readonly SegmentPlace[]): Promise<Reading> {
  let current: SegmentPlace | undefined
  async function* objects(): AsyncGenerator<ReadableStream> {
    for (const segment of segments) {
      current = segment
      const object = await readObject(bucket, segment.key)
      if (object === undefined) throw new SegmentLost(segment)
      yield object
    }
  }
  try {
    return { actual: await digestStreams(algorithmOf(digest), objects()) }
  } catch (error) {
    if (current !== undefined && isIncomplete(error)) return { broken: current }
    throw error
  }
}

/** Recognizes an object that is missing, or that ends before its size, which the runtime calls a TypeError. */
const isIncomplete = (error: unknown): boolean => error instanceof SegmentLost || error instanceof TypeError
