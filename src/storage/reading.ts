/** Reads the segments of a blob, as one stream. */
import { BodyReader, type BodyOptions } from './body.ts'
import { askStorage, asFailure, isBeyondEnd } from './transient-errors.ts'
import type { SegmentPlace } from './segments.ts'

/** R2 does not have the object of a segment, or has it with another size. */
export class SegmentLost extends Error {
  override readonly name = 'SegmentLost'

  constructor(readonly segment: Pick<SegmentPlace, 'key' | 'sizeBytes'>) {
    super(`R2 does not have the object ${segment.key} of ${segment.sizeBytes} bytes: restore it from a backup`)
  }
}

/** A piece of an answer: bytes at hand, or a stream of R2 that is opened when its turn comes. */
export type Piece = Uint8Array | Opening
type Opening = () => Promise<ReadableStream>

/** The bytes `start` to `end` (exclusive) of a blob: a piece for each segment that they touch. */
export function piecesOf(
  bucket: R2Bucket,
  segments: readonly SegmentPlace[],
  start: number,
  end: number,
): readonly Opening[] {
  return segments
    .filter(({ offsetBytes, sizeBytes }) => offsetBytes < end && offsetBytes + sizeBytes > start)
    .map((segment) => () => openSegment(bucket, segment, start, end))
}

/** The bytes `start` to `end` (exclusive) of a blob, as one stream. @param background see `joinPieces` */
export const readSegments = (
  bucket: R2Bucket,
  segments: readonly SegmentPlace[],
  start: number,
  end: number,
  background: (work: Promise<void>) => void,
): Promise<ReadableStream> => joinPieces(piecesOf(bucket, segments, start, end), end - start, background)

/** Waiting for R2 to open one object after the other takes longer than reading small ones: so many are open at a time. */
const mostOpenSegments = 4

/** The whole of each segment in turn, for a digest. */
export async function* eachSegment(
  bucket: R2Bucket,
  segments: readonly SegmentPlace[],
): AsyncGenerator<ReadableStream> {
  const opening: Promise<ReadableStream>[] = []
  try {
    for (const segment of segments) {
      const opened = openSegment(bucket, segment, segment.offsetBytes, segment.offsetBytes + segment.sizeBytes)
      // It may fail before its turn comes.
      opened.catch(() => undefined)
      opening.push(opened)
      const first = opening.length < mostOpenSegments ? undefined : opening.shift()
      if (first !== undefined) yield await first
    }
    for (let next = opening.shift(); next !== undefined; next = opening.shift()) yield await next
  } finally {
    for (const opened of opening) opened.then((stream) => stream.cancel()).catch(() => undefined)
  }
}

/**
 * The whole of the segments as one stream that is read piece by piece. When R2 fails in the middle, reading fails with
 * what R2 said.
 *
 * @param permit as that of any `BodyReader`
 */
export function joinSegments(
  bucket: R2Bucket,
  segments: readonly SegmentPlace[],
  permit?: BodyOptions['permit'],
): BodyReader {
  const { readable, writable } = new IdentityTransformStream()
  let fault: unknown
  const join = async (): Promise<void> => {
    try {
      for await (const stream of eachSegment(bucket, segments)) await stream.pipeTo(writable, { preventClose: true })
      await writable.close()
    } catch (error) {
      fault = error
      await writable.abort(error).catch(() => undefined)
    }
  }
  void join()
  return new BodyReader(readable, {
    permit,
    interrupted: (cause) => (fault instanceof SegmentLost ? fault : asFailure(fault ?? cause)),
  })
}

/**
 * The pieces as one stream. The first stream is opened before this returns, so that a failure can still be an answer of
 * its own; the others follow while the answer goes out, and a failure of one cuts the connection.
 *
 * @param background keeps the Worker alive while the pieces are sent one after the other
 */
export async function joinPieces(
  pieces: readonly Piece[],
  sizeBytes: number,
  background: (work: Promise<void>) => void,
): Promise<ReadableStream> {
  const [only] = pieces
  if (typeof only === 'function' && pieces.length === 1) return only()
  const first = await pieces.find((piece) => typeof piece === 'function')?.()
  const { readable, writable } = new FixedLengthStream(sizeBytes)
  background(send(pieces, first, writable))
  return readable
}

/** Each stream is opened while the one before goes out, so that its way to R2 is not waited for. */
async function send(
  pieces: readonly Piece[],
  first: ReadableStream | undefined,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const openings = pieces.filter((piece) => typeof piece === 'function').values()
  openings.next()
  let next: Promise<ReadableStream | undefined> = Promise.resolve(first)
  try {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) {
        await write(writable, piece)
        continue
      }
      const stream = await next
      next = open(openings.next().value)
      await stream?.pipeTo(writable, { preventClose: true, preventAbort: true })
    }
    await writable.close()
  } catch (error) {
    // Status and headers are gone by now: a connection cut short is the only way left to say that bytes are missing.
    await writable.abort(error).catch(() => undefined)
    await next.then((stream) => stream?.cancel()).catch(() => undefined)
  }
}

function open(opening: Opening | undefined): Promise<ReadableStream | undefined> {
  const opened = opening?.() ?? Promise.resolve(undefined)
  // The loop handles a failure when it gets there; until then the rejection counts as handled.
  opened.catch(() => undefined)
  return opened
}

async function write(writable: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter()
  try {
    await writer.write(bytes)
  } finally {
    writer.releaseLock()
  }
}

/** Opens the part of one segment that lies within the bytes `start` to `end` of its blob. */
async function openSegment(
  bucket: R2Bucket,
  segment: SegmentPlace,
  start: number,
  end: number,
): Promise<ReadableStream> {
  const from = Math.max(start - segment.offsetBytes, 0)
  const to = Math.min(end - segment.offsetBytes, segment.sizeBytes)
  const whole = from === 0 && to === segment.sizeBytes
  return getSegment(bucket, segment, whole ? {} : { range: { offset: from, length: to - from } })
}

/** @throws SegmentLost */
async function getSegment(
  bucket: R2Bucket,
  segment: Pick<SegmentPlace, 'key' | 'sizeBytes'>,
  options: R2GetOptions,
): Promise<ReadableStream> {
  const object = await askStorage(() => bucket.get(segment.key, options)).catch((error: unknown) => {
    if (isBeyondEnd(error)) throw new SegmentLost(segment)
    throw error
  })
  if (object !== null && object.size === segment.sizeBytes) return object.body
  await object?.body.cancel()
  throw new SegmentLost(segment)
}

/** Whether R2 has the object of a segment, as far as its last byte tells. */
export async function hasSegment(bucket: R2Bucket, segment: Pick<SegmentPlace, 'key' | 'sizeBytes'>): Promise<boolean> {
  try {
    const last = await getSegment(bucket, segment, { range: { offset: segment.sizeBytes - 1, length: 1 } })
    return (await new Response(last).bytes()).length === 1
  } catch (error) {
    if (error instanceof SegmentLost) return false
    throw error
  }
}
