/** Range requests (RFC 9110 section 14): the bytes of a blob that the client wants. */
import { RegistryError } from '../../errors.ts'
import { mostRangesOfRequest } from '../../limits.ts'
import type { AppContext } from '../app-context.ts'

/** The bytes from `start` to `end` (exclusive). */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads the Range header of a GET.
 *
 * @returns the ranges in the order of the request; undefined for the whole blob
 * @throws RegistryError `range-not-satisfiable` or `too-many-ranges`
 */
export function rangesOf(c: AppContext, etag: string, sizeBytes: number): readonly ByteRange[] | undefined {
  const header = c.req.header('range')
  if (c.req.method !== 'GET' || header === undefined) return undefined
  // Section 13.1.5: a client that has part of other content gets the whole blob.
  if ((c.req.header('if-range') ?? etag) !== etag) return undefined
  return parseRanges(header, sizeBytes)
}

/**
 * Parses the ranges. Section 14.2: an unknown unit, an invalid range, or overlapping ranges get the whole blob.
 *
 * @returns the satisfiable ranges; undefined for the whole
 * @throws RegistryError `range-not-satisfiable` or `too-many-ranges`
 */
export function parseRanges(header: string, sizeBytes: number): readonly ByteRange[] | undefined {
  const [, set] = /^bytes=(.*)$/i.exec(header) ?? []
  if (set === undefined) return undefined
  // Section 5.6.1.2: empty elements of a list are ignored.
  const specs = set
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '')
  if (specs.length > mostRangesOfRequest) {
    throw new RegistryError({ kind: 'too-many-ranges', limit: mostRangesOfRequest })
  }
  const wanted: ByteRange[] = []
  for (const spec of specs) {
    const range = parseRange(spec, sizeBytes)
    if (range === undefined) return undefined
    wanted.push(range)
  }
  if (wanted.length === 0) return undefined
  const satisfiable = wanted.filter(({ start, end }) => start < end)
  if (satisfiable.length === 0) throw new RegistryError({ kind: 'range-not-satisfiable', sizeBytes })
  return overlap(satisfiable) ? undefined : satisfiable
}

/** Parses one range (section 14.1.2). @returns an empty range if it is outside the blob; undefined if it is invalid */
function parseRange(spec: string, sizeBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^(\d{0,15})-(\d{0,15})$/.exec(spec) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return { start: Math.max(sizeBytes - Number(last), 0), end: sizeBytes }
  return { start: Number(first), end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) }
}

/** Tells whether ranges overlap: those multiply the work of one request (section 17.15). */
function overlap(ranges: readonly ByteRange[]): boolean {
  let reached = 0
  for (const { start, end } of ranges.toSorted((one, other) => one.start - other.start)) {
    if (start < reached) return true
    reached = end
  }
  return false
}

/** Writes Content-Range (section 14.4). */
export const contentRange = ({ start, end }: ByteRange, sizeBytes: number): string =>
  `bytes ${start}-${end - 1}/${sizeBytes}`
