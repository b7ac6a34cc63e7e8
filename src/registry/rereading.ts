/**
 * Reads an upload that came in several chunks once more when it closes, as only then its digest can be known. Many chunks
 * become one segment on the way, since a pull reads each segment by itself: 5,000 chunks of a byte would cost 5,000 reads
 * of R2 a pull. The order is that of every write: row, object, row.
 */
import type { Context } from '../context.ts'
import {
  claimReplacement,
  replaceSegments,
  segmentsOfSession,
  setSessionDigest,
  type UploadSession,
} from '../db/content/uploads.ts'
import { largestPutBytes, mostSegmentsOfBlob } from '../limits.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../names.ts'
import { digestStreams, StreamHash } from '../storage/hash.ts'
import { eachSegment, joinSegments } from '../storage/reading.ts'
import { roomForBody } from '../storage/room.ts'
import { freshKey, type SegmentPlace, type StoredSegment } from '../storage/segments.ts'
import { putStream } from '../storage/storing.ts'
import { readThrough } from '../storage/transient-errors.ts'
import { letGo } from './refused-segments.ts'

/**
 * Finds out the digest of what an upload has received, and notes it down if it is the one that is wanted.
 *
 * @returns the digest, by the algorithm of the wanted one; undefined when the upload has changed meanwhile
 * @throws RegistryError `storage-unavailable` or `disk-full`, after which the upload is as it was
 */
export async function reread(context: Context, session: UploadSession, wanted: Digest): Promise<Digest | undefined> {
  const algorithm = algorithmOf(wanted)
  const segments = await segmentsOfSession(context.db, session.id)
  const readableBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  // Another request has closed or cancelled the upload, and its segments belong to a blob or to nothing.
  if (readableBytes !== session.offsetBytes) return undefined
  if (isCompact(segments, session)) {
    const read = (): Promise<Digest> => digestStreams(algorithm, eachSegment(context.bucket, segments))
    // The CPU time of a request is enough to read the largest upload once.
    const digest = await (session.offsetBytes > largestPutBytes ? readThrough(read, 1) : readThrough(read))
    if (digest === wanted) await setSessionDigest(context.db, session, digest)
    return digest
  }
  const compacted = await compact(context, session, segments, algorithm)
  if (compacted === undefined) return undefined
  if (compacted.digest === wanted) await replaceSegments(context.db, session, compacted)
  else await letGo(context, compacted)
  return compacted.digest
}

/**
 * Tells whether an upload keeps its segments: there are few of them, or its content is too large for one put, and then
 * each segment has a megabyte.
 */
const isCompact = (segments: readonly SegmentPlace[], { offsetBytes }: UploadSession): boolean =>
  segments.length <= mostSegmentsOfBlob || offsetBytes > largestPutBytes

async function compact(
  { bucket, db, disk, now }: Context,
  session: UploadSession,
  segments: readonly SegmentPlace[],
  algorithm: DigestAlgorithm,
): Promise<StoredSegment | undefined> {
  const key = freshKey()
  if (!(await claimReplacement(db, session, key, now))) return undefined
  const hash = new StreamHash(algorithm)
  const source = joinSegments(bucket, segments, roomForBody(disk, session.offsetBytes))
  await putStream(bucket, key, source, session.offsetBytes, hash)
  return { key, offsetBytes: 0, sizeBytes: session.offsetBytes, digest: await hash.digest() }
}
