/** The content of an answer about bytes (RFC 9110 section 15.3.7): the whole, one range, or several as parts of one body. */
import type { Piece } from '../../storage/reading.ts'
import { contentRange, type ByteRange } from './ranges.ts'

export interface Content {
  readonly status: 200 | 206
  readonly headers: Readonly<Record<string, string>>
  readonly sizeBytes: number
  readonly pieces: readonly Piece[]
}

/** Gives the pieces of one range. */
type Read = (range: ByteRange) => readonly Piece[]

/** @param ranges undefined for the whole, which has `sizeBytes` */
export function contentFor(ranges: readonly ByteRange[] | undefined, sizeBytes: number, read: Read): Content {
  const [first, ...others] = ranges ?? []
  if (first === undefined) {
    return { status: 200, headers: { 'Content-Type': octets }, sizeBytes, pieces: read({ start: 0, end: sizeBytes }) }
  }
  if (others.length > 0) return inParts([first, ...others], sizeBytes, read)
  return {
    status: 206,
    headers: { 'Content-Type': octets, 'Content-Range': contentRange(first, sizeBytes) },
    sizeBytes: lengthOf(first),
    pieces: read(first),
  }
}

/**
 * Section 14.6: `multipart/byteranges`. The parts come in the order of the request, one for each range: clients that pull
 * zstd:chunked layers in pieces match them by their place.
 */
function inParts(ranges: readonly ByteRange[], sizeBytes: number, read: Read): Content {
  // Too long to turn up in the content by chance.
  const boundary = crypto.randomUUID()
  const parts = ranges.map((range) => ({ range, header: partHeader(boundary, range, sizeBytes) }))
  const end = encoder.encode(`\r\n--${boundary}--\r\n`)
  return {
    status: 206,
    headers: { 'Content-Type': `multipart/byteranges; boundary=${boundary}` },
    sizeBytes: parts.reduce((sum, { range, header }) => sum + header.length + lengthOf(range), end.length),
    pieces: [...parts.flatMap(({ range, header }) => [[header], read(range)].flat()), end],
  }
}

const octets = 'application/octet-stream'
const encoder = new TextEncoder()
const lengthOf = ({ start, end }: ByteRange): number => end - start

const partHeader = (boundary: string, range: ByteRange, sizeBytes: number): Uint8Array =>
  encoder.encode(
    `\r\n--${boundary}\r\nContent-Type: ${octets}\r\nContent-Range: ${contentRange(range, sizeBytes)}\r\n\r\n`,
  )
