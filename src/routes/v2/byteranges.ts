/** Builds 206 responses (RFC 9110 section 15.3.7) and those with the whole blob: one body, or a part for each range. */
import type { Piece } from '../../storage/reading.ts'
import { contentRange, type ByteRange } from './ranges.ts'

export interface Content {
  readonly status: 200 | 206
  readonly headers: Readonly<Record<string, string>>
  readonly sizeBytes: number
  readonly pieces: readonly Piece[]
}

/** Returns the pieces of one range. */
type Read = (range: ByteRange) => readonly Piece[]

/** Returns the content of a response. @param ranges undefined for the whole blob of `sizeBytes` */
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
 * Returns `multipart/byteranges` (section 14.6), with a part for each range in the order of the request: clients of
 * zstd:chunked layers match the parts by position.
 */
function inParts(ranges: readonly ByteRange[], sizeBytes: number, read: Read): Content {
  // Too long to occur in the content by chance.
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
