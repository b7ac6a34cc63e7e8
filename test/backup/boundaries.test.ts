/** Where parts end: by the rows themselves, so that a change leaves the other parts as they were. */
import { describe, expect, it } from 'vitest'
import { cutRows, usualLimits, type PartLimits } from '../../src/backup/boundaries.ts'
import type { Measured } from '../../src/backup/rows-store.ts'

const rowsOf = (count: number, bytes: number): Measured[] =>
  Array.from({ length: count }, (_, at) => ({ key: ['1', `sha256:${at.toString(16).padStart(8, '0')}`], bytes }))

/** @returns the keys of each part */
function partsOf(rows: readonly Measured[], limits: PartLimits = usualLimits): string[] {
  const parts: string[] = []
  for (let at = 0; at < rows.length;) {
    const { count } = cutRows(rows.slice(at), 0, limits)
    parts.push(
      rows
        .slice(at, at + count)
        .map(({ key }) => key.join())
        .join(';'),
    )
    at += count
  }
  return parts
}

describe('the parts of a table', () => {
  it.each([200, 20_000, 130_000])('have a mebibyte on average, of rows of %i bytes', (bytes) => {
    const count = Math.ceil((100 * 1024 * 1024) / bytes)
    const parts = partsOf(rowsOf(count, bytes))
    expect(parts.length).toBeGreaterThan(60)
    expect(parts.length).toBeLessThan(170)
  })

  it('stay the same but for the ones next to a change', () => {
    const rows = rowsOf(100_000, 500)
    const before = new Set(partsOf(rows))
    const inserted = rows.toSpliced(50_000, 0, { key: ['1', 'sha256:0000c350-new'], bytes: 500 })
    const deleted = rows.toSpliced(20_000, 3000)
    for (const changed of [inserted, deleted]) {
      expect(partsOf(changed).filter((part) => !before.has(part)).length).toBeLessThanOrEqual(5)
    }
  })

  it('are never longer than the limit, unless one row is', () => {
    const limits = { ...usualLimits, usualBytes: 1e12 }
    const { mostBytes } = limits
    expect(cutRows(rowsOf(10, mostBytes / 4), 0, limits)).toEqual({ count: 4, bytes: mostBytes, isEnd: true })
    expect(cutRows(rowsOf(10, mostBytes / 4), 1, limits)).toMatchObject({ count: 3, isEnd: true })
    expect(cutRows(rowsOf(10, mostBytes + 1), 0, limits)).toMatchObject({ count: 1, isEnd: true })
  })

  it('are never shorter than the limit, whatever the keys are', () => {
    const eager = { ...usualLimits, usualBytes: 1 }
    const { count } = cutRows(rowsOf(10_000, 100), 0, eager)
    expect(count).toBe(Math.ceil(usualLimits.leastBytes / 100))
  })

  it('go on where the rows that were measured end before the part', () => {
    expect(cutRows(rowsOf(3, 10), 0, usualLimits)).toEqual({ count: 3, bytes: 30, isEnd: false })
    expect(cutRows([], 30, usualLimits)).toEqual({ count: 0, bytes: 30, isEnd: false })
  })
})
