/** The history of what happened: read page by page, and kept no longer than the settings say. */
import {
  firstNotLookedAt,
  listEvents,
  trimEvents,
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

/** Rows that one statement deletes, and how many such statements a run makes: the next run comes within a minute. */
const slice = 1000
const slicesInRun = 10

export interface Trimmed {
  readonly events: number
  readonly logins: number
}

/** Deletes events beyond the limits of the settings, and what logins left behind, a bounded number of each. */
export async function trimHistory(
  { db, now }: { readonly db: Database; readonly now: number },
  settings: Settings,
): Promise<Trimmed> {
  const ages = {
    failuresBefore: now - failureDays * dayMilliseconds,
    addressesBefore: now - addressDays * dayMilliseconds,
  }
  return {
    events: settings.repoEventHistoryCompactionEnabled ? await trimOldEvents(db, now, settings) : 0,
    logins: await trimLogins(db, { now, ...ages }, slice),
  }
}

async function trimOldEvents(db: Database, now: number, settings: Settings): Promise<number> {
  const age = parseDuration(settings.repoEventHistoryMaxAge)
  const limits = { before: age === undefined ? undefined : now - age, keep: settings.repoEventHistoryToKeep }
  let trimmed = 0
  for (let run = 0; run < slicesInRun; run++) {
    const gone = await trimEvents(db, limits, slice)
    trimmed += gone
    if (gone < slice) break
  }
  return trimmed
}
