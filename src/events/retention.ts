/** Reads the history of events page by page, and trims it as the settings say. */
import {
  firstNotLookedAt,
  listEvents,
  type EventFilter,
  type EventPlace,
  type StoredEvent,
} from '../db/events/events.ts'
import type { Database } from '../db/database.ts'
import { listConsumers } from '../db/events/consumers.ts'
import { eventShares } from '../db/events/schema.ts'
import {
  deleteEventsBefore,
  deleteEventsUpTo,
  firstKept,
  newestBeyond,
  type Trimmed as TrimmedEvents,
} from '../db/events/trimming.ts'
import { deleteEndedTokens } from '../db/accounts/access-tokens.ts'
import { trimLogins } from '../db/accounts/login-trimming.ts'
import { inSlices } from '../registry/slices.ts'
import { parseDuration } from '../util/duration.ts'
import { allOver } from '../util/parallel.ts'
import type { Settings } from '../settings/fields.ts'
import { deletableUpTo } from './consumer-decisions.ts'

export interface EventPage {
  readonly events: readonly StoredEvent[]
  /** Id that the next page starts with; undefined on the last one. */
  readonly next: number | undefined
}

/**
 * Returns a page of events, the newest first. Bounds how many events it looks at, so a page may have fewer than wanted,
 * even none, without being the last.
 */
export async function eventsPage(db: Database, filter: EventFilter, { from, limit }: EventPlace): Promise<EventPage> {
  const read = await listEvents(db, filter, { from, limit: limit + 1 })
  const following = read[limit]
  if (following !== undefined) return { events: read.slice(0, limit), next: following.id }
  return { events: read, next: await firstNotLookedAt(db, filter, from) }
}

const dayMilliseconds = 24 * 3600 * 1000

/** The days that a failed login is kept. It counts for an hour only (see `auth/throttle.ts`). */
const failureDays = 1
/** The days after which an address counts as new for an account again. */
const addressDays = 90

/** The days that an access token is kept after its end: its owner sees in the list why it is refused. */
const endedTokenDays = 30

/** The rows that one statement deletes. */
const slice = 1000

/** The rows that one statement of the hourly run deletes. */
const hourlySlice = 5000

export interface Trimming {
  readonly db: Database
  /**
   * The time of the cron trigger, which comes every minute. Each run trims by age, which reads only what it deletes.
   * Trimming by number counts all events that are kept, so it runs once an hour.
   */
  readonly now: number
  /** Tells after each slice whether to stop; the next run does the rest. */
  readonly isTimeOver: () => boolean
}

export interface Trimmed {
  readonly events: number
  readonly logins: number
}

/**
 * Deletes events beyond the limits of the settings, and old records of logins, until nothing is left or the time is
 * over.
 */
export async function trimHistory(trimming: Trimming, settings: Settings): Promise<Trimmed> {
  const { db, now, isTimeOver } = trimming
  const ages = {
    failuresBefore: now - failureDays * dayMilliseconds,
    addressesBefore: now - addressDays * dayMilliseconds,
  }
  // One that fails does not keep the others from their turn.
  const [events, logins, tokens] = await allOver([
    settings.repoEventHistoryCompactionEnabled ? trimEvents(trimming, settings) : Promise.resolve(0),
    inSlices(slice, isTimeOver, (most) => trimLogins(db, { now, ...ages }, most)),
    trimTokens(trimming),
  ])
  return { events, logins: logins + tokens }
}

/** Deletes access tokens that ended long ago, once an hour. @returns how many */
async function trimTokens({ db, now, isTimeOver }: Trimming): Promise<number> {
  if (!beginsHour(now)) return 0
  const before = now - endedTokenDays * dayMilliseconds
  return inSlices(slice, isTimeOver, (most) => deleteEndedTokens(db, before, most, now))
}

/**
 * Deletes events beyond the limits of the settings, but not those that a consumer still needs (see `deletableUpTo`).
 *
 * @returns the number of events
 */
async function trimEvents(trimming: Trimming, settings: Settings): Promise<number> {
  const upTo = deletableUpTo(await listConsumers(trimming.db))
  const missedBy = new Set<string>()
  const counted = async (work: Promise<TrimmedEvents>): Promise<number> => {
    const { events, missedBy: names } = await work
    for (const name of names) missedBy.add(name)
    return events
  }
  const old = await trimOld(trimming, settings.repoEventHistoryMaxAge, upTo, counted)
  const surplus = beginsHour(trimming.now)
    ? await trimTooMany(trimming, settings.repoEventHistoryToKeep, upTo, counted)
    : 0
  for (const name of missedBy) console.error(`events were deleted before the consumer ${name} looked at them`)
  return old + surplus
}

const beginsHour = (time: number): boolean => new Date(time).getUTCMinutes() === 0

/** Notes the consumers that missed something. @returns the number of deleted events */
type Counted = (work: Promise<TrimmedEvents>) => Promise<number>

async function trimOld(
  { db, now, isTimeOver }: Trimming,
  maxAge: string,
  upTo: number,
  counted: Counted,
): Promise<number> {
  const age = parseDuration(maxAge)
  if (age === undefined) return 0
  return inSlices(slice, isTimeOver, async (most) => {
    // A consumer that is stuck leaves many old events after this one, which no tick has to look at.
    const place = await firstKept(db, now - age, upTo, most)
    return counted(deleteEventsBefore(db, place, upTo, most))
  })
}

async function trimTooMany(
  { db, isTimeOver }: Trimming,
  keep: number,
  upTo: number,
  counted: Counted,
): Promise<number> {
  let trimmed = 0
  for (const share of eventShares) {
    const newest = await newestBeyond(db, share, keep)
    if (newest === undefined) continue
    const last = Math.min(newest, upTo)
    trimmed += await inSlices(hourlySlice, isTimeOver, (most) => counted(deleteEventsUpTo(db, share, last, most)))
  }
  return trimmed
}
