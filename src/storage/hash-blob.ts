/** Hashes a blob as R2 has it. */
import { RegistryError } from '../errors.ts'
import { algorithmOf, type Digest } from '../names.ts'
import { digestStreams } from './hash.ts'
import { readObject } from './objects.ts'
import { SegmentLost } from './reading.ts'
import type { SegmentPlace } from './segments.ts'

export type Reading =
  | { readonly actual: Digest }
  /** R2 lacks this segment, or breaks off before its end. */
  | { readonly broken: SegmentPlace }

/**
 * Reads the segments of a blob and computes its digest.
 *
 * @returns the digest, or the segment that could not be read
 * @throws RegistryError `storage-unavailable` when R2 does not answer
 */
export async function hashBlob(bucket: R2Bucket, digest: Digest, segments: readonly SegmentPlace[]): Promise<Reading> {
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
    if (current === undefined || error instanceof RegistryError) throw error
    return { broken: current }
  }
}
