import { expect, it } from 'vitest'
import { scheduleRefusal } from '../../src/failures/requests.ts'
import { parseSchedule } from '../../src/jobs/schedule.ts'

const now = Date.parse('2026-01-31T09:30:00.500Z')

function firesAt(text: string, after = now): string | undefined {
  const schedule = parseSchedule(text, after)
  if (schedule.kind === 'invalid') throw new Error(`${text}: ${scheduleRefusal(schedule.reason)}`)
  const next = schedule.next(after)
  return next === undefined ? undefined : new Date(next).toISOString()
}

function refusalOf(text: string): string {
  const schedule = parseSchedule(text, now)
  if (schedule.kind === 'schedule') throw new Error(`${text} was taken`)
  return scheduleRefusal(schedule.reason)
}

it('a schedule has six fields in UTC, of which the first is the second', () => {
  expect(firesAt('0 0 1 * * 6')).toBe('2026-02-07T01:00:00.000Z')
  expect(firesAt('57 54 3 * * *')).toBe('2026-02-01T03:54:57.000Z')
  expect(firesAt('0 */15 * * * *')).toBe('2026-01-31T09:45:00.000Z')
  expect(firesAt('0 0 0 29 2 *')).toBe('2028-02-29T00:00:00.000Z')
  expect(firesAt('0 0 12 * * MON-FRI')).toBe('2026-02-02T12:00:00.000Z')
})

it('a schedule of five fields is that of cron, at second zero', () => {
  expect(firesAt('0 1 * * 6')).toBe('2026-02-07T01:00:00.000Z')
  expect(firesAt('*/15 * * * *')).toBe('2026-01-31T09:45:00.000Z')
})

it('a schedule fires strictly after a time, so none fires twice', () => {
  expect(firesAt('0 0 1 * * *', Date.parse('2026-01-31T01:00:00Z'))).toBe('2026-02-01T01:00:00.000Z')
  expect(firesAt('* * * * * *')).toBe('2026-01-31T09:30:01.000Z')
})

it('a schedule may be a word', () => {
  const next = {
    '@hourly': '2026-01-31T10:00:00.000Z',
    '@daily': '2026-02-01T00:00:00.000Z',
    '@midnight': '2026-02-01T00:00:00.000Z',
    '@weekly': '2026-02-01T00:00:00.000Z',
    '@monthly': '2026-02-01T00:00:00.000Z',
    '@yearly': '2027-01-01T00:00:00.000Z',
    '@annually': '2027-01-01T00:00:00.000Z',
  }
  for (const [word, time] of Object.entries(next)) expect([word, firesAt(word)]).toEqual([word, time])
})

it('a schedule that never fires, or is none, is refused with what it should be', () => {
  for (const text of ['0 0 0 30 2 *', '0 0 0 31 4,6 *']) expect(refusalOf(text)).toBe('it would never fire')
  const wrong = ['', '* * * *', '* * * * * * 2030', '0 60 * * * *', '0 0 0 * * 9', '@reboot', '@every 1h', '@often']
  for (const text of [...wrong, '2030-01-01T00:00:00', 'a b c d e f']) {
    expect(refusalOf(text)).toContain('five fields (minute hour day month weekday, in UTC)')
  }
})
