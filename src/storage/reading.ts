/** Reads the segments of a blob, as one stream. */
import { BodyReader, type BodyOptions } from './body.ts'
import { askStorage, asFailure, ContentLost, isBeyondEnd, readThrough } from './transient-errors.ts'
import type { SegmentPlace } from './segments.ts'

/** R2 does not have the object of a segment, or has it with another size. */
export class SegmentLost extends ContentLost {
  override readonly name = 'SegmentLost'

  constructor(readonly segment: Pick<SegmentPlace, 'key' | 'sizeBytes'>) {
    super(`R2 does not have the object ${segment.key} of ${segment.sizeBytes} bytes: restore it from a backup`)
  }
}

/** A piece of an answer: bytes in memory, or a stream of R2 that is opened when its turn comes. */
export type Piece = Uint8Array | Opening
export type Opening = () => Promise<ReadableStream>

/** Returns the bytes `start` to `end` (exclusive) of a blob: a piece for each segment that they touch. */
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

/** Returns the bytes `start` to `end` (exclusive) of a blob as one stream. @param background see `joinPieces` */
export const readSegments = (
  bucket: R2Bucket,
  segments: readonly SegmentPlace[],
  start: number,
  end: number,
  background: (work: Promise<void>) => void,
): Promise<ReadableStream> => joinPieces(piecesOf(bucket, segments, start, end), end - start, background)

/** The number of objects that are open at a time: opening one takes longer than reading a small one. */
const mostOpenSegments = 4

/** Yields each whole segment in turn, for a digest. */
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
 * Reads whole segments into memory, one after the other: callers read several blobs at once, and a Worker has six connections.
 *
 * @throws SegmentLost; RegistryError `storage-unavailable`
 */
export const bytesOfSegments = (
  bucket: R2Bucket,
  segments: readonly SegmentPlace[],
): Promise<Uint8Array<ArrayBuffer>> =>
  readThrough(async () => {
    const pieces: ArrayBuffer[] = []
    for (const segment of segments) {
      const { offsetBytes, sizeBytes } = segment
      const stream = await openSegment(bucket, segment, offsetBytes, offsetBytes + sizeBytes)
      pieces.push(await new Response(stream).arrayBuffer())
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer())
  })

/**
 * Joins whole segments to one stream, to read piece by piece. If R2 fails in the middle, reading fails with R2's error.
 *
 * @param permit see `BodyOptions`
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
 * Joins pieces to one stream. Opens the first stream before it returns, so that a failure can still become an error
 * response. Opens the others while the response is sent; a failure then cuts the connection.
 *
 * @param background keeps the Worker alive while the pieces are sent
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

/** Sends the pieces in turn. Opens each stream while the one before is sent, to hide the latency of R2. */
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
    // Status and headers are sent: only a cut connection can still tell that bytes are missing.
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

/** Opens the bytes of a segment. @throws SegmentLost when R2 has no such object, or one of another size */
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

/** Tells whether R2 has the object of a segment, by reading its last byte. */
export async function hasSegment(bucket: R2Bucket, segment: Pick<SegmentPlace, 'key' | 'sizeBytes'>): Promise<boolean> {
  try {
    const last = await getSegment(bucket, segment, { range: { offset: segment.sizeBytes - 1, length: 1 } })
    return (await new Response(last).bytes()).length === 1
  } catch (error) {
    if (error instanceof SegmentLost) return false
    throw error
  }
}
