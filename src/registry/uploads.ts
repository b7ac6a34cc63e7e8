/**
 * Uploads of blobs: bytes become segments in R2 at once, under their final keys, and closing an upload only changes
 * rows. The order of every step is row, object, row, so that whatever is interrupted can be found in D1.
 */
import type { Context } from '../context.ts'
import { confirmBlob } from '../db/content/confirmations.ts'
import type { Push } from '../db/repositories/repositories.ts'
import type { Right } from '../db/access/rights.ts'
import {
  cancelSession,
  claimSegment,
  commitChunk,
  findSession,
  type StoredChunk,
  type UploadSession,
} from '../db/content/uploads.ts'
import { closeUploadSession } from '../db/content/upload-completion.ts'
import { RegistryError } from '../errors.ts'
import { mostChunksOfUpload } from '../limits.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../names.ts'
import type { BodyReader } from '../storage/body.ts'
import { digestBytes } from '../storage/hash.ts'
import type { SegmentName, StoredSegment } from '../storage/segments.ts'
import { storeBody } from '../storage/storing.ts'
import { settleDuplicate } from './lost-content.ts'
import { letGo } from './refused-segments.ts'
import { reread } from './rereading.ts'
import type { UploadTicket } from './upload-session.ts'

/** A body on its way in, with what the sender said about it. */
export interface IncomingBytes {
  readonly body: BodyReader
  /** Content-Length, when there was one. */
  readonly sizeBytes: number | undefined
  /** The number of bytes that must arrive, by Content-Length or else by Content-Range. */
  readonly expectedBytes: number | undefined
  /** First byte by Content-Range, when there was one. */
  readonly offsetBytes: number | undefined
}

/**
 * Appends one chunk to the upload (OCI end-5).
 *
 * @returns the number of bytes the upload has now
 * @throws RegistryError `chunk-out-of-order`, after which the upload can go on, as after whatever `storeBody` throws;
 *   `upload-unknown`
 */
export async function appendBytes(
  context: Context,
  ticket: UploadTicket,
  bytes: IncomingBytes,
  right: Right,
): Promise<number> {
  const chunk = await storeChunk(context, ticket, ticket.algorithm, bytes, right)
  if (chunk === undefined) return uploadOffset(context, ticket)
  if (!(await commitChunk(context.db, ticket.id, chunk))) {
    await letGo(context, chunk)
    throw await whyNotAppended(context, ticket)
  }
  return chunk.offsetBytes + chunk.sizeBytes
}

/**
 * Returns the bytes that an upload has (OCI end-13); one that has received nothing has no row.
 *
 * @throws RegistryError `upload-unknown`
 */
export async function uploadOffset(context: Context, ticket: UploadTicket): Promise<number> {
  const session = await findSession(context.db, ticket.id)
  if (session !== undefined && session.state !== 'open') throw new RegistryError({ kind: 'upload-unknown' })
  return session?.offsetBytes ?? 0
}

/** Cancels an upload (OCI end-14). @throws RegistryError `upload-unknown` when it has ended already */
export async function cancelUpload(context: Context, ticket: UploadTicket): Promise<void> {
  if (!(await cancelSession(context.db, ticket))) throw new RegistryError({ kind: 'upload-unknown' })
}

/**
 * Ends an upload (OCI end-6 and end-4b): stores the last bytes, if any, and adds the content to its repository as a blob
 * if it has the digest. Asking again after success succeeds again.
 *
 * @param bytes undefined when the closing request has no body
 * @throws RegistryError `digest-mismatch`, which ends the upload; `chunk-out-of-order`, which does not;
 * `upload-unknown`; `name-unknown` when the repository is gone
 */
export async function finishUpload(
  context: Context,
  ticket: UploadTicket,
  digest: Digest,
  bytes: IncomingBytes | undefined,
  push: Push,
): Promise<void> {
  const storing = bytes === undefined ? undefined : storeChunk(context, ticket, algorithmOf(digest), bytes, push.right)
  const chunk = storing === undefined ? undefined : await unlessFinished(context, ticket, digest, storing)
  if (chunk === 'finished') return confirmFinished(context, push.right, digest)
  const last = chunk ?? (digest === (await emptyDigest(digest)) ? 'empty' : undefined)
  const closed = await closeUploadSession(context.db, ticket, digest, last, push, context.now)
  const { session, appended, hasRepository } = closed
  if (closed.isDuplicate) context.background(settleDuplicate(context, ticket.id, digest))
  if (isFinished(session, digest)) return closed.linked ? undefined : confirmFinished(context, push.right, digest)
  if (isReady(session, digest) && !hasRepository) throw repositoryUnknown(ticket)
  if (chunk !== undefined && !appended) {
    await letGo(context, chunk)
    throw await whyNotAppended(context, ticket)
  }
  await finishAfterReading(context, ticket, digest, session, push)
}

/**
 * Confirms an upload whose first answer was lost, and renews the grace of its blob.
 *
 * @throws RegistryError `upload-unknown` when the blob is not there
 */
async function confirmFinished({ db, now }: Context, right: Right, digest: Digest): Promise<void> {
  const found = await confirmBlob(db, right, digest, now)
  if (found === undefined) throw new RegistryError({ kind: 'upload-unknown' })
}

/**
 * Closes an upload whose digest is not known yet because it came in several chunks, or is known by another algorithm:
 * its segments are read once more.
 */
async function finishAfterReading(
  context: Context,
  ticket: UploadTicket,
  digest: Digest,
  session: UploadSession | undefined,
  push: Push,
): Promise<void> {
  if (session !== undefined && session.state !== 'open') throw new RegistryError({ kind: 'upload-unknown' })
  const actual = await unlessFinished(context, ticket, digest, contentDigest(context, digest, session))
  if (actual === 'finished') return confirmFinished(context, push.right, digest)
  if (actual === undefined) return answerChanged(context, ticket, digest, push.right)
  if (session !== undefined && actual === digest) {
    const closed = await closeUploadSession(context.db, ticket, digest, undefined, push, context.now)
    if (closed.isDuplicate) context.background(settleDuplicate(context, ticket.id, digest))
    if (isFinished(closed.session, digest)) return
    if (!closed.hasRepository) throw repositoryUnknown(ticket)
    throw await whyNotAppended(context, ticket)
  }
  await cancelSession(context.db, ticket)
  throw new RegistryError({ kind: 'digest-mismatch', expected: digest, actual })
}

/**
 * Answers a closing request whose upload changed while it was read: the same request, sent twice, may have finished it.
 *
 * @throws RegistryError `upload-unknown` or `chunk-out-of-order`
 */
async function answerChanged(context: Context, ticket: UploadTicket, digest: Digest, right: Right): Promise<void> {
  const session = await findSession(context.db, ticket.id)
  if (!isFinished(session, digest)) throw refusedChunk(session)
  await confirmFinished(context, right, digest)
}

/** Makes the refusal of an upload whose repository was deleted, and which the caller may not create. */
const repositoryUnknown = ({ repository }: UploadTicket): RegistryError =>
  new RegistryError({ kind: 'name-unknown', repository })

/**
 * Returns the digest of an upload's content, reading it again if it was computed by another algorithm or not at all.
 *
 * @returns undefined when the upload has changed meanwhile
 */
async function contentDigest(
  context: Context,
  wanted: Digest,
  session: UploadSession | undefined,
): Promise<Digest | undefined> {
  if (session === undefined) return emptyDigest(wanted)
  if (session.digest?.startsWith(`${algorithmOf(wanted)}:`) === true) return session.digest
  return reread(context, session, wanted)
}

const isReady = (session: UploadSession | undefined, digest: Digest): boolean =>
  session?.state === 'open' && session.digest === digest

const isFinished = (session: UploadSession | undefined, digest: Digest): boolean =>
  session?.state === 'finished' && session.digest === digest

const emptyDigest = (like: Digest): Promise<Digest> => digestBytes(algorithmOf(like), new Uint8Array())

/** Accepts a repeated closing request: an earlier one may have finished the upload and lost its answer. */
async function unlessFinished<Result>(
  { db }: Context,
  { id }: UploadTicket,
  digest: Digest,
  work: Promise<Result>,
): Promise<Result | 'finished'> {
  try {
    return await work
  } catch (error) {
    const session = await findSession(db, id).catch(() => undefined)
    if (isFinished(session, digest)) return 'finished'
    throw error
  }
}

async function storeChunk(
  context: Context,
  ticket: UploadTicket,
  algorithm: DigestAlgorithm,
  bytes: IncomingBytes,
  right: Right,
): Promise<StoredSegment | undefined> {
  const { body, sizeBytes: announcedBytes, offsetBytes } = bytes
  const sent = { body, algorithm, announcedBytes, account: right.holder?.id ?? '' }
  const storing = storeBody(context.bucket, sent, (segment) => claim(context, ticket, segment, offsetBytes, right))
  // The runtime ends the request of a client that went away, and its buffers are to be handed back all the same.
  context.background(storing.then(nothing, nothing))
  const chunk = await storing
  await refuseTruncated(context, bytes, chunk)
  return chunk
}

/**
 * Writes the segment down before it is stored.
 *
 * @returns the byte at which it starts
 */
async function claim(
  context: Context,
  ticket: UploadTicket,
  segment: SegmentName,
  offsetBytes: number | undefined,
  right: Right,
): Promise<number> {
  const startsAt = await claimSegment(context.db, {
    session: ticket,
    ...segment,
    offsetBytes,
    right,
    chunkLimit: mostChunksOfUpload,
    now: context.now,
  })
  if (startsAt === undefined) throw await whyNotAppended(context, ticket)
  return startsAt
}

function refusedChunk(session: UploadSession | undefined): RegistryError {
  if (session?.state !== 'open') return new RegistryError({ kind: 'upload-unknown' })
  if (session.chunkCount >= mostChunksOfUpload) {
    const reason = { kind: 'chunks-too-many', limit: mostChunksOfUpload } as const
    return new RegistryError({ kind: 'upload-invalid', reason })
  }
  return new RegistryError({ kind: 'chunk-out-of-order', offsetBytes: session.offsetBytes })
}

const whyNotAppended = async (context: Context, ticket: UploadTicket): Promise<RegistryError> =>
  refusedChunk(await findSession(context.db, ticket.id))

const nothing = (): void => undefined

/**
 * Refuses a body that ended early and releases its chunk: the client believes that more was stored.
 *
 * @throws RegistryError `size-mismatch`
 */
async function refuseTruncated(context: Context, bytes: IncomingBytes, chunk: StoredChunk | undefined): Promise<void> {
  const { expectedBytes } = bytes
  const actualBytes = chunk?.sizeBytes ?? 0
  if (expectedBytes === undefined || expectedBytes === actualBytes) return
  if (chunk !== undefined) await letGo(context, chunk)
  throw new RegistryError({ kind: 'size-mismatch', expectedBytes, actualBytes })
}
