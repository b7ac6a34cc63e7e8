/**
 * Decides where a part ends. The key and the size of a row decide it, and not what stands before it: after a change the
 * next parts are the same as before, and a backup refers to them in place of writing them again.
 */
import type { Key, Measured } from './rows-store.ts'

export interface PartLimits {
  /** The bytes of a part on average: a row ends one with the probability of its share of them. */
  readonly usualBytes: number
  /** A part ends before it is longer, unless its first row is. The memory of an export is a few times as much. */
  readonly mostBytes: number
  /** So that no choice of keys makes many short parts. */
  readonly leastBytes: number
  /** The rows that one statement measures. */
  readonly rowsOfPage: number
  /** A part ends after so many pages, so that a slice has a bounded number of statements. */
  readonly mostPages: number
}

export const usualLimits: PartLimits = {
  usualBytes: 1024 * 1024,
  mostBytes: 4 * 1024 * 1024,
  leastBytes: 64 * 1024,
  rowsOfPage: 5000,
  mostPages: 8,
}

/** Where the next rows of a part end. */
export interface Cut {
  /** How many of the rows belong to the part. */
  readonly count: number
  /** The bytes of the part with them. */
  readonly bytes: number
  /** The part ends with them. */
  readonly isEnd: boolean
}

/** Decides how many of the rows that follow belong to a part. @param bytes those that the part has already */
export function cutRows(rows: readonly Measured[], bytes: number, limits: PartLimits): Cut {
  let sum = bytes
  for (const [at, row] of rows.entries()) {
    if (sum > 0 && sum + row.bytes > limits.mostBytes) return { count: at, bytes: sum, isEnd: true }
    sum += row.bytes
    const endsPart = hashOf(row.key) / 2 ** 32 < row.bytes / limits.usualBytes
    if (endsPart && sum >= limits.leastBytes) return { count: at + 1, bytes: sum, isEnd: true }
  }
  return { count: rows.length, bytes: sum, isEnd: false }
}

/** Hashes a key to 32 bits: FNV-1a, and the last step of MurmurHash3, which spreads the last characters. */
function hashOf(key: Key): number {
  let hash = 0x81_1c_9d_c5
  for (const character of key.join('\n')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35)
  return (hash ^ (hash >>> 16)) >>> 0
}
