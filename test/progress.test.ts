/** How the commands show what takes long: a bar at a terminal, plain lines elsewhere. */
import { describe, expect, it } from 'vitest'
import { barOf, durationOf, PlainLines, sentenceOf, stepIn } from '../scripts/admin/progress-text.ts'

const rows = (done: number, total = 2800) => ({ what: 'Load', done, total, unit: 'rows' })

describe('at a terminal', () => {
  it('a step whose end is known has a bar, the share, the count and the time that is left', () => {
    expect(barOf(rows(1400), 60_000, 100)).toBe('Load ████████████░░░░░░░░░░░░ 50 %, 1,400 of 2,800 rows, 60 s left')
  })

  it('a step that has just begun has no guess of the time', () => {
    expect(barOf(rows(1400), 2999, 100)).toBe('Load ████████████░░░░░░░░░░░░ 50 %, 1,400 of 2,800 rows')
    expect(barOf(rows(0), 60_000, 100)).toBe('Load ░░░░░░░░░░░░░░░░░░░░░░░░ 0 %, 0 of 2,800 rows')
  })

  it('a bar is full only when all is done', () => {
    expect(barOf(rows(2799), 0, 100)).toContain('░ 99 %')
    expect(barOf(rows(2800), 60_000, 100)).toBe('Load ████████████████████████ 100 %, 2,800 of 2,800 rows')
    expect(barOf(rows(2801), 0, 100)).toContain('█ 100 %')
  })

  it.each([{ what: 'Wait' }, { what: 'Wait', done: 7, unit: 'rows' }, { what: 'Wait', done: 0, total: 0 }])(
    'a step whose end is not known has no bar: %j',
    (step) => expect(barOf(step, 60_000, 100)).toBe(sentenceOf(step)),
  )

  it('a line is no wider than the terminal', () => {
    expect(barOf(rows(1400), 60_000, 20)).toBe('Load ████████████░░…')
    expect(barOf(rows(1), 0, 50)).toHaveLength(50)
    expect(barOf(rows(1), 0, 1)).toBe('…')
  })
})

describe('elsewhere', () => {
  it('each step is written as it begins, and then every ten seconds while it moves on', () => {
    const lines = new PlainLines(0)
    expect(lines.lineFor(rows(0), 1)).toBe('Load: 0 %, 0 of 2,800 rows')
    expect(lines.lineFor(rows(1400), 10_000)).toBeUndefined()
    expect(lines.lineFor(rows(1400), 10_001)).toBe('Load: 50 %, 1,400 of 2,800 rows')
    expect(lines.lineFor(rows(1400), 30_000)).toBeUndefined()
    expect(lines.lineFor({ what: 'Finish' }, 30_001)).toBe('Finish')
    expect(lines.lineFor(rows(0), 30_002)).toBe('Load: 0 %, 0 of 2,800 rows')
  })

  it('a text is written only when the command takes long', () => {
    const lines = new PlainLines(0)
    expect(lines.lineFor('is waiting', 9999)).toBeUndefined()
    expect(lines.lineFor('is running', 10_000)).toBe('is running')
    expect(lines.lineFor('is done', 19_999)).toBeUndefined()
  })

  it('bytes are written for people', () => {
    expect(sentenceOf({ what: 'Download', done: 1536, total: 3_145_728, unit: 'bytes' })).toBe(
      'Download: 0 %, 1.5 KiB of 3.0 MiB',
    )
  })
})

it.each([
  ['exports: 3 of 1,060 tables', { what: 'exports', done: 3, total: 1060, unit: 'tables' }],
  ['hashes: 1 of 2 stored parts', { what: 'hashes', done: 1, total: 2, unit: 'stored parts' }],
  ['deleted 3 of 60 tags', undefined],
  ['2 of 3 replicas are healthy', undefined],
  ['', undefined],
])('the line "%s" of the log of a job tells of the step %j', (line, step) => {
  expect(stepIn(line)).toEqual(step)
})

it.each([
  [1, '1 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
])('%d ms are %s', (milliseconds, text) => expect(durationOf(milliseconds)).toBe(text))
