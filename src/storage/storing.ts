/**
 * Stores the bodies of uploads as segments, and hashes them on the way. A small body is one put from memory, a body of
 * announced length one put of a stream, and any other a multipart upload.
 */
import { RegistryError } from '../errors.ts'
import { largestPutBytes, leastProgressBytes, mostPartsOfBody, partBytes } from '../limits.ts'
import type { DigestAlgorithm } from '../names.ts'
import { leadBytes, type BodyReader } from './body.ts'
import { askStorage, asFailure, isUnknownMultipart, sendToStorage } from './transient-errors.ts'
import { digestBytes, StreamHash } from './hash.ts'
import { partBuffers, type PartLease } from './part-buffers.ts'
import { freshKey, storeBytes, type SegmentName, type StoredSegment } from './segments.ts'

type Bytes = Uint8Array<ArrayBuffer>

/**
 * Inserts the row of a segment before R2 gets any of its bytes, and returns the segment's offset in its blob. Throws if
 * the upload must not continue.
 */
export type Claim = (segment: SegmentName) => Promise<number>

/** A body to store as a segment. */
export interface SegmentBody {
  readonly body: BodyReader
  readonly algorithm: DigestAlgorithm
  /** The length of the body, if the sender announced it. */
  readonly announcedBytes: number | undefined
  /** The id of the sending account, which has a share of the memory for parts. */
  readonly account: string
}

/**
 * Stores a body as one segment.
 *
 * @returns undefined for an empty body, which needs no segment and is not claimed
 * @throws RegistryError `body-interrupted`, `body-stalled` or `size-mismatch`, which are the sender's fault, or
 *   `storage-unavailable` or `overloaded`, which are not
 */
export async function storeBody(bucket: R2Bucket, sent: SegmentBody, claim: Claim): Promise<StoredSegment | undefined> {
  const { body, algorithm, announcedBytes } = sent
  if (announcedBytes === undefined || announcedBytes > largestPutBytes) return storeUnannounced(bucket, sent, claim)
  if (announcedBytes <= leadBytes) return storeSmall(bucket, body, algorithm, announcedBytes, claim)
  const key = freshKey()
  const offsetBytes = await claim({ key, multipartId: undefined })
  const hash = new StreamHash(algorithm)
  await putStream(bucket, key, body, announcedBytes, hash)
  return { key, offsetBytes, sizeBytes: announcedBytes, digest: await hash.digest() }
}

/**
 * Stores a stream of known length under a claimed key, with one put and flat memory. Stores nothing if it fails.
 */
export async function putStream(
  bucket: R2Bucket,
  key: string,
  source: BodyReader,
  sizeBytes: number,
  hash: StreamHash,
): Promise<void> {
  const { readable, writable } = new FixedLengthStream(sizeBytes)
  const writer = writable.getWriter()
  const stored = bucket.put(key, readable)
  const sent = pump(source, writer, sizeBytes, hash)
  try {
    // The put lasts as long as the sender needs. Only then does the time limit for R2's answer begin.
    await Promise.all([stored, sent.then(() => sendToStorage(stored))])
  } catch (error) {
    // R2 must not wait for bytes that never come.
    writer.abort(error).catch(() => undefined)
    sent.catch(() => undefined)
    stored.catch(() => undefined)
    if (source.failure !== undefined) throw source.failure
    if (error instanceof RegistryError) throw error
    throw asFailure(await reasonOf(stored, error))
  }
}

/** Reads one piece while the piece before is hashed and written. */
async function pump(
  source: BodyReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  sizeBytes: number,
  hash: StreamHash,
): Promise<void> {
  // A sender that is silent from now on holds no more than one of unknown length does.
  let piece = await source.read(new Uint8Array(leadBytes))
  let spare: Bytes = new Uint8Array(leastProgressBytes)
  let sentBytes = 0
  while (piece.length > 0) {
    sentBytes += piece.length
    if (sentBytes > sizeBytes) throw sizeMismatch(sizeBytes, sentBytes)
    const [next] = await Promise.all([source.read(spare), hash.update(piece), sendToStorage(writer.write(piece))])
    // The first one was smaller.
    spare =
      piece.buffer.byteLength < leastProgressBytes ? new Uint8Array(leastProgressBytes) : new Uint8Array(piece.buffer)
    piece = next
  }
  if (sentBytes !== sizeBytes) throw sizeMismatch(sizeBytes, sentBytes)
  await sendToStorage(writer.close())
}

/** Waits for R2's reason: a write into a stream that R2 canceled fails before R2's own error arrives. */
async function reasonOf(stored: Promise<unknown>, error: unknown): Promise<unknown> {
  const reason = stored.then(
    () => error,
    (refusal: unknown) => refusal,
  )
  return Promise.race([reason, scheduler.wait(1000).then(() => error)])
}

/** Stores a body from memory, so R2 may fail twice. */
async function storeSmall(
  bucket: R2Bucket,
  body: BodyReader,
  algorithm: DigestAlgorithm,
  announcedBytes: number,
  claim: Claim,
): Promise<StoredSegment | undefined> {
  const bytes = await body.all(announcedBytes)
  if (bytes.length !== announcedBytes) throw sizeMismatch(announcedBytes, bytes.length)
  return bytes.length === 0 ? undefined : storeHashed(bucket, bytes, algorithm, claim)
}

async function storeHashed(
  bucket: R2Bucket,
  bytes: Bytes,
  algorithm: DigestAlgorithm,
  claim: Claim,
): Promise<StoredSegment> {
  const digest = await digestBytes(algorithm, bytes)
  const key = freshKey()
  const offsetBytes = await claim({ key, multipartId: undefined })
  await storeBytes(bucket, key, bytes, digest)
  return { key, offsetBytes, sizeBytes: bytes.length, digest }
}

/** Holds the first 64 KiB of a body until more arrives, and then one part at a time. */
async function storeUnannounced(
  bucket: R2Bucket,
  { body, algorithm, account }: SegmentBody,
  claim: Claim,
): Promise<StoredSegment | undefined> {
  const lead = await body.read(new Uint8Array(leadBytes))
  if (lead.length === 0) return undefined
  if (lead.length < leadBytes) return storeHashed(bucket, lead, algorithm, claim)
  const parts = new PartReader(body, account)
  try {
    const first = await parts.read(lead)
    if (first.isLast) return await storeHashed(bucket, first.bytes, algorithm, claim)
    return await storeParts(bucket, parts, first, algorithm, claim)
  } finally {
    parts.end()
  }
}

async function storeParts(
  bucket: R2Bucket,
  parts: PartReader,
  first: Part,
  algorithm: DigestAlgorithm,
  claim: Claim,
): Promise<StoredSegment> {
  const key = freshKey()
  const upload = await askStorage(() => bucket.createMultipartUpload(key))
  try {
    const offsetBytes = await claim({ key, multipartId: upload.uploadId })
    const hash = new StreamHash(algorithm)
    const sizeBytes = await sendParts(upload, parts, first, hash, () => bucket.head(key))
    return { key, offsetBytes, sizeBytes, digest: await hash.digest() }
  } catch (error) {
    // If this fails too, the sweep aborts the upload, whose id is in the row of the segment.
    await sendToStorage(upload.abort()).catch(() => undefined)
    throw error
  }
}

/** Sends one part while the next is read, if a buffer is free. Returns the number of bytes sent. */
async function sendParts(
  upload: R2MultipartUpload,
  parts: PartReader,
  first: Part,
  hash: StreamHash,
  look: () => Promise<R2Object | null>,
): Promise<number> {
  const sent: R2UploadedPart[] = []
  let sizeBytes = 0
  let part: Part | undefined = first
  while (part !== undefined) {
    const { bytes, isLast }: Part = part
    if (sent.length === mostPartsOfBody) throw tooManyParts()
    const number = sent.length + 1
    const [uploaded, , ahead]: [R2UploadedPart, void, Part | undefined] = await Promise.all([
      askStorage(() => upload.uploadPart(number, bytes)),
      hash.update(bytes),
      isLast ? undefined : parts.readAhead(),
    ])
    sent.push(uploaded)
    sizeBytes += bytes.length
    parts.giveBack(part)
    part = isLast ? undefined : (ahead ?? (await parts.readNext()))
  }
  await complete(upload, sent, look)
  return sizeBytes
}

/** Completes an upload. If a repeated call finds no upload but the object, the answer to the first call was lost. */
async function complete(
  upload: R2MultipartUpload,
  sent: R2UploadedPart[],
  look: () => Promise<R2Object | null>,
): Promise<void> {
  try {
    await askStorage(() => upload.complete(sent))
  } catch (error) {
    if (!isUnknownMultipart(error) || (await askStorage(look)) === null) throw error
  }
}

interface Part {
  readonly bytes: Bytes
  readonly lease: PartLease
  readonly isLast: boolean
}

/** Cuts a body into parts. Takes a buffer of the isolate only once bytes have arrived for it. */
class PartReader {
  readonly #body: BodyReader
  readonly #account: string
  readonly #leases = new Set<PartLease>()

  constructor(body: BodyReader, account: string) {
    this.#body = body
    this.#account = account
  }

  /** Reads the part that begins with these bytes. */
  async read(lead: Bytes): Promise<Part> {
    return this.#fill(await partBuffers.take(this.#account), lead)
  }

  /** Reads another part, unless the body has ended. Holds no buffer while the sender is silent between two parts. */
  async readNext(): Promise<Part | undefined> {
    const lead = await this.#body.read(new Uint8Array(leadBytes))
    return lead.length === 0 ? undefined : this.read(lead)
  }

  /** Reads the next part ahead, as `readNext`, if a second buffer is free. */
  async readAhead(): Promise<Part | undefined> {
    const lease = partBuffers.takeSpare(this.#account)
    if (lease === undefined) return undefined
    const part = await this.#fill(lease, new Uint8Array())
    if (part.bytes.length > 0) return part
    this.giveBack(part)
    return undefined
  }

  giveBack({ lease, bytes }: Part): void {
    this.#leases.delete(lease)
    partBuffers.giveBack(lease, bytes.buffer)
  }

  /** Drops the buffers that are still held: after a failure, a read or a write may still use them. */
  end(): void {
    for (const lease of this.#leases) partBuffers.drop(lease)
    this.#leases.clear()
  }

  async #fill(lease: PartLease, lead: Bytes): Promise<Part> {
    this.#leases.add(lease)
    const { buffer } = lease
    buffer.set(lead)
    const rest = await this.#body.read(buffer.subarray(lead.length), () => partBuffers.noteProgress(lease))
    const bytes = new Uint8Array(rest.buffer, 0, lead.length + rest.length)
    return { bytes, lease, isLast: bytes.length < partBytes }
  }
}

const sizeMismatch = (expectedBytes: number, actualBytes: number): RegistryError =>
  new RegistryError({ kind: 'size-mismatch', expectedBytes, actualBytes })

const tooManyParts = (): RegistryError =>
  new RegistryError({
    kind: 'upload-invalid',
    reason: { kind: 'body-too-long', limitBytes: mostPartsOfBody * partBytes },
  })
