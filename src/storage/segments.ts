/**
 * Segments: R2 objects that are written once, by one request, under a fresh key, and never changed. The caller makes
 * the row that names a segment before any of its bytes reach R2 (`claim`), so that an interrupted upload can always be
 * found and cleaned up.
 */
import { RegistryError } from '../errors.ts'
import { hexOf, algorithmOf, type Digest, type DigestAlgorithm } from '../names.ts'
import { fill } from './body.ts'
import { StreamHash } from './hash.ts'

/** R2 wants all parts of a multipart upload equal but the last; two of these live in memory per upload. */
export const partBytes = 8 * 1024 * 1024

/** The first read of a body of unknown length: most configs and many layers fit, and nothing larger is allocated. */
const firstReadBytes = 64 * 1024

/** R2 takes no more than 5 GiB in one put. */
export const largestPutBytes = 4 * 1024 * 1024 * 1024

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

/**
 * Writes down the name of a segment before R2 knows it, and says where in its blob the segment starts; throws when the
 * upload may not go on.
 */
export type Claim = (segment: SegmentName) => Promise<number>

export const freshKey = (): string => `segments/${crypto.randomUUID()}`

/**
 * Stores a body whose length nobody knows beforehand, hashing it while it passes: a single put when it fits into one
 * part, else a multipart upload with one part in flight while the next one fills.
 *
 * @param expectedBytes the length the sender announced, to allocate no more than needed
 * @returns undefined for an empty body, which needs no segment and is not claimed
 */
export async function storeStream(
  bucket: R2Bucket,
  body: ReadableStream<Uint8Array>,
  algorithm: DigestAlgorithm,
  expectedBytes: number | undefined,
  claim: Claim,
): Promise<StoredSegment | undefined> {
  const reader = body.getReader({ mode: 'byob' })
  const first = await readFirstPart(reader, expectedBytes)
  if (first.length === 0) return undefined
  const hash = new StreamHash(algorithm)
  const key = freshKey()
  if (first.length < partBytes) {
    await hash.update(first)
    const digest = await hash.digest()
    const offsetBytes = await claim({ key, multipartId: undefined })
    await bucket.put(key, first, checksum(digest))
    return { key, offsetBytes, sizeBytes: first.length, digest }
  }
  const upload = await bucket.createMultipartUpload(key)
  try {
    const offsetBytes = await claim({ key, multipartId: upload.uploadId })
    const sizeBytes = await storeParts(upload, reader, first, hash)
    return { key, offsetBytes, sizeBytes, digest: await hash.digest() }
  } catch (error) {
    // The row of the segment remembers the upload: should this fail too, the sweep aborts it later.
    await upload.abort().catch(() => undefined)
    throw error
  }
}

/**
 * Stores content of known length under a key that was claimed before: one put, and the bytes of a stream do not pass
 * through JavaScript.
 *
 * @param digest what R2 shall check the content against, if it is known
 * @throws RegistryError `body-interrupted`, or whatever R2 says when the content does not have the digest: see
 *   `isChecksumMismatch`
 */
export async function storeSized(
  bucket: R2Bucket,
  key: string,
  content: ReadableStream<Uint8Array> | Uint8Array,
  digest: Digest | undefined,
): Promise<void> {
  try {
    await bucket.put(key, content, digest === undefined ? {} : checksum(digest))
  } catch (error) {
    // What R2 itself refuses has a number; without one the stream broke.
    if (content instanceof Uint8Array || codeOf(error) !== undefined) throw error
    throw new RegistryError({ kind: 'body-interrupted' }, { cause: error })
  }
}

/** R2's error 10037: the content does not have the checksum that was announced. */
export function isChecksumMismatch(error: unknown): boolean {
  return codeOf(error) === 10_037
}

/** R2 puts the number of its error at the end of the message, in parentheses. */
export function codeOf(error: unknown): number | undefined {
  const [, code] = /\((\d{5})\)/.exec(error instanceof Error ? error.message : '') ?? []
  return code === undefined ? undefined : Number(code)
}

/**
 * Deletes objects, 1,000 at most, and what was never finished of others. Those that are gone already are no error.
 *
 * @returns the keys of which nothing is left in R2
 */
export async function deleteObjects(bucket: R2Bucket, segments: readonly SegmentName[]): Promise<string[]> {
  const keys: string[] = []
  for (const segment of segments) {
    if (await abortUnfinished(bucket, segment)) keys.push(segment.key)
  }
  if (keys.length > 0) await bucket.delete(keys)
  return keys
}

/** R2's error 10024: a multipart upload that was completed or aborted is unknown by now, which is what is wanted. */
async function abortUnfinished(bucket: R2Bucket, { key, multipartId }: SegmentName): Promise<boolean> {
  if (multipartId === undefined) return true
  try {
    await bucket.resumeMultipartUpload(key, multipartId).abort()
    return true
  } catch (error) {
    return codeOf(error) === 10_024
  }
}

const checksum = (digest: Digest): R2PutOptions => ({ [algorithmOf(digest)]: hexOf(digest) })

/** The first part of a body, or all of it when it is shorter; a full part may have more behind it. */
async function readFirstPart(
  reader: ReadableStreamBYOBReader,
  expectedBytes: number | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const firstLength = Math.min(expectedBytes ?? firstReadBytes, partBytes)
  const start = await fill(reader, new Uint8Array(firstLength))
  if (start.length < firstLength || start.length === partBytes || start.length === expectedBytes) return start
  const part = new Uint8Array(partBytes)
  part.set(start)
  const rest = await fill(reader, part.subarray(start.length))
  return rest.length === 0 ? start : new Uint8Array(rest.buffer, 0, start.length + rest.length)
}

/** Sends full parts while the next one is read and hashed; returns the number of bytes sent. */
async function storeParts(
  upload: R2MultipartUpload,
  reader: ReadableStreamBYOBReader,
  first: Uint8Array<ArrayBuffer>,
  hash: StreamHash,
): Promise<number> {
  const parts: R2UploadedPart[] = []
  let sizeBytes = 0
  let part = first
  let spare = new Uint8Array(partBytes)
  while (part.length > 0) {
    const last = part.length < partBytes
    const [sent, , next] = await Promise.all([
      upload.uploadPart(parts.length + 1, part),
      hash.update(part),
      last ? new Uint8Array() : fill(reader, spare),
    ])
    parts.push(sent)
    sizeBytes += part.length
    spare = new Uint8Array(part.buffer)
    part = next
  }
  await upload.complete(parts)
  return sizeBytes
}
