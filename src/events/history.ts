/** The history of what happened: read page by page, and kept no longer than the settings say. */
import {
  deleteEventsBefore,
  deleteEventsUpTo,
  eventShares,
  firstNotLookedAt,
  listEvents,
  newestBeyond,
  type EventFilter,
  type EventPlace,
  type StoredEvent,
} from '../db/events.ts'
import type { Database } from '../db/database.ts'
import { trimLogins } from '../db/logins.ts'
import { parseDuration } from '../settings/duration.ts'
import type { Settings } from '../settings/settings.ts'

export interface EventPage {
  readonly events: readonly StoredEvent[]
  /** Id that the next page starts with; undefined on the last one. */
  readonly next: number | undefined
}

/** Newest first. A page may have fewer events than wanted, even none, and still not be the last: what is rare is far apart. */
export async function eventsPage(db: Database, filter: EventFilter, { from, limit }: EventPlace): Promise<EventPage> {
  const read = await listEvents(db, filter, { from, limit: limit + 1 })
  const following = read[limit]
  if (following !== undefined) return { events: read.slice(0, limit), next: following.id }
  return { events: read, next: await firstNotLookedAt(db, filter, from) }
}

const dayMilliseconds = 24 * 3600 * 1000

/** A failed login counts for an hour, see `auth/throttle.ts`; a day is more than enough. */
const failureDays = 1
/** An address from which an account has not logged in for so long is like any other. */
const addressDays = 90

/** Rows that one statement deletes, and how many such statements follow each other in a run. */
const slice = 1000
const slicesInRun = 10

/** The run that finds what is too many comes once an hour, and takes more at once. */
const hourlySlice = 5000

export interface Trimmed {
  readonly events: number
  readonly logins: number
}

/**
 * Deletes events beyond the limits of the settings, and what logins left behind, a bounded number of each.
 *
 * @param now the time of the cron trigger, which comes every minute. By age events are trimmed each time, which reads
 *   what it deletes. To find those beyond a number all that are kept are counted, so that is done once an hour.
 */
export async function trimHistory(
  { db, now }: { readonly db: Database; readonly now: number },
  settings: Settings,
): Promise<Trimmed> {
  const ages = {
    failuresBefore: now - failureDays * dayMilliseconds,
    addressesBefore: now - addressDays * dayMilliseconds,
  }
  return {
    events: settings.repoEventHistoryCompactionEnabled ? await trimEvents(db, now, settings) : 0,
    logins: await inSlices(slice, (most) => trimLogins(db, { now, ...ages }, most)),
  }
}

async function trimEvents(db: Database, now: number, settings: Settings): Promise<number> {
  const old = await trimOld(db, now, settings.repoEventHistoryMaxAge)
  return beginsHour(now) ? old + (await trimTooMany(db, settings.repoEventHistoryToKeep)) : old
}

const beginsHour = (time: number): boolean => new Date(time).getUTCMinutes() === 0

async function trimOld(db: Database, now: number, maxAge: string): Promise<number> {
  const age = parseDuration(maxAge)
  if (age === undefined) return 0
  return inSlices(slice, (most) => deleteEventsBefore(db, now - age, most))
}

async function trimTooMany(db: Database, keep: number): Promise<number> {
  let trimmed = 0
  for (const share of eventShares) {
    const newest = await newestBeyond(db, share, keep)
    if (newest === undefined) continue
    trimmed += await inSlices(hourlySlice, (most) => deleteEventsUpTo(db, share, newest, most))
  }
  return trimmed
}

/** Deletes slice by slice until one is not full, or so many have gone as one run may take. */
async function inSlices(size: number, remove: (most: number) => Promise<number>): Promise<number> {
  let removed = 0
  for (let run = 0; run < slicesInRun; run++) {
    const gone = await remove(size)
    removed += gone
    if (gone < size) break
  }
  return removed
}
