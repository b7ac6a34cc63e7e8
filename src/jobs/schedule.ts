/** Schedules as DTR writes them: six fields, of which the first is the second, in UTC; or `@hourly` and the like. */
import { Cron } from 'croner'

export type Schedule =
  | { readonly kind: 'schedule'; /** Strictly after a time. */ readonly next: (after: number) => number | undefined }
  | { readonly kind: 'invalid'; readonly why: string }

const forms = 'six fields (second minute hour day month weekday, in UTC), like "0 0 1 * * 6", or "@hourly", "@daily"'

/** One that would never fire is invalid. @param now the time from which on it should */
export function parseSchedule(text: string, now: number): Schedule {
  const isNamed = text.startsWith('@')
  const fields = text.trim().split(/\s+/)
  // Also a date alone would do for the library, and fire once.
  if (fields.length !== (isNamed ? 1 : 6)) return { kind: 'invalid', why: `a schedule has ${forms}` }
  const cron = cronOf(text, isNamed)
  if (typeof cron === 'string') return { kind: 'invalid', why: `${cron}; a schedule has ${forms}` }
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime()
  if (next(now) === undefined) return { kind: 'invalid', why: 'it would never fire' }
  return { kind: 'schedule', next }
}

/** @returns what is wrong with it when it is none */
function cronOf(text: string, isNamed: boolean): Cron | string {
  try {
    return new Cron(text, { mode: isNamed ? '5-part' : '6-part', utcOffset: 0 })
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
  }
}
