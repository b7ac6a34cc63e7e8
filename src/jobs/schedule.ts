/**
 * Schedules as DTR writes them: six fields, of which the first is the second, in UTC; or `@hourly` and the like. Five fields
 * are those of cron, without the second, which is zero then.
 */
import { Cron } from 'croner'

export type Schedule =
  | { readonly kind: 'schedule'; /** Strictly after a time. */ readonly next: (after: number) => number | undefined }
  | { readonly kind: 'invalid'; readonly why: string }

const forms =
  'five fields (minute hour day month weekday, in UTC) like "0 1 * * 6", or six with the second first, or "@hourly", "@daily"'

/** Parses a schedule; one that would never fire after `now` is invalid. */
export function parseSchedule(text: string, now: number): Schedule {
  const isNamed = text.startsWith('@')
  const fields = text.trim().split(/\s+/)
  // The library would also accept a single date, and fire once.
  const isWhole = isNamed ? fields.length === 1 : fields.length === 5 || fields.length === 6
  if (!isWhole) return { kind: 'invalid', why: `a schedule has ${forms}` }
  const cron = cronOf(text, fields.length === 6 ? '6-part' : '5-part')
  if (typeof cron === 'string') return { kind: 'invalid', why: `${cron}; a schedule has ${forms}` }
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime()
  if (next(now) === undefined) return { kind: 'invalid', why: 'it would never fire' }
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
