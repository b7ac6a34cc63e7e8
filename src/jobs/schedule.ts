/**
 * Schedules as DTR writes them: six fields, of which the first is the second, in UTC; or `@hourly` and the like. Five fields
 * are those of cron, without the second, which is zero then.
 */
import { Cron } from 'croner'
import type { WhyNoSchedule } from '../failures/requests.ts'

export type Schedule =
  | { readonly kind: 'schedule'; /** Strictly after a time. */ readonly next: (after: number) => number | undefined }
  | { readonly kind: 'invalid'; readonly reason: WhyNoSchedule }

/** Parses a schedule; one that would never fire after `now` is invalid. */
export function parseSchedule(text: string, now: number): Schedule {
  const isNamed = text.startsWith('@')
  const fields = text.trim().split(/\s+/)
  // The library would also accept a single date, and fire once.
  const isWhole = isNamed ? fields.length === 1 : fields.length === 5 || fields.length === 6
  if (!isWhole) return { kind: 'invalid', reason: { kind: 'wrong-number-of-fields' } }
  const cron = cronOf(text, fields.length === 6 ? '6-part' : '5-part')
  if (typeof cron === 'string') return { kind: 'invalid', reason: { kind: 'field-wrong', message: cron } }
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime()
  if (next(now) === undefined) return { kind: 'invalid', reason: { kind: 'never-fires' } }
  return { kind: 'schedule', next }
}

/** Parses a cron expression. @returns the problem if the text is not a schedule */
function cronOf(text: string, mode: '5-part' | '6-part'): Cron | string {
  try {
    return new Cron(text, { mode, utcOffset: 0 })
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
  }
}
