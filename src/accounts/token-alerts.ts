/**
 * What administrators should know of access tokens: those in use that end soon, those without an end, and those that end later
 * than a maximum that was lowered since they were made.
 */
import { findEndingTokens, type EndingToken } from '../db/accounts/access-tokens.ts'
import type { Context } from '../context.ts'
import { currentSettings } from '../settings/settings.ts'
import { isoTime } from '../util/iso-time.ts'
import { clockMilliseconds } from './access-tokens.ts'

const dayMilliseconds = 24 * 3600 * 1000
/** An alert comes so long before the end. */
const soonDays = 14
/** A token counts as in use if it was used within this time. */
const usedDays = 30
/** The tokens that an alert names, and those that it counts. */
const mostNamed = 5
const mostCounted = 1000

type TokenAlert = ReturnType<typeof endSoon | typeof neverEnd | typeof endLate>

/** Finds the alerts about access tokens. */
export async function tokenAlerts({ db, now }: Pick<Context, 'db' | 'now'>): Promise<readonly TokenAlert[]> {
  const { accessTokenMaxDays: maxDays } = await currentSettings(db, now)
  const times = {
    now,
    until: now + soonDays * dayMilliseconds,
    usedSince: now - usedDays * dayMilliseconds,
    latest: now + maxDays * dayMilliseconds + clockMilliseconds,
  }
  return alertsOfTokens({ ...(await findEndingTokens(db, times, mostCounted)), maxDays })
}

/** Decides which alerts hold. */
export function alertsOfTokens({
  ending,
  endless,
  late,
  maxDays,
}: {
  readonly ending: readonly EndingToken[]
  readonly endless: number
  readonly late: number
  readonly maxDays: number
}): readonly TokenAlert[] {
  return [
    ...(ending.length === 0 ? [] : [endSoon(ending)]),
    ...(endless === 0 ? [] : [neverEnd(endless)]),
    ...(late === 0 ? [] : [endLate(late, maxDays)]),
  ]
}

const endSoon = (ending: readonly EndingToken[]) => ({
  id: 'access_tokens_end',
  class: 'warning' as const,
  message: `access tokens that are in use end within ${soonDays} days: ${namesOf(ending)}: create others for what uses them, and delete these`,
})

function namesOf(ending: readonly EndingToken[]): string {
  const named = ending
    .slice(0, mostNamed)
    .map(({ owner, label, expiresAt }) => `"${label}" of ${owner} on ${isoTime(expiresAt).slice(0, 10)}`)
  const rest = ending.length - named.length
  return [...named, ...(rest > 0 ? [`${countOf(rest)} more`] : [])].join(', ')
}

const neverEnd = (endless: number) => ({
  id: 'access_tokens_without_end',
  class: 'warning' as const,
  message: `${countOf(endless)} access tokens have no end, as they were made before tokens had one: replace them by new ones, and delete them`,
})

const endLate = (late: number, maxDays: number) => ({
  id: 'access_tokens_beyond_maximum',
  class: 'warning' as const,
  message: `${countOf(late)} access tokens end later than in ${maxDays} days, the maximum for new ones: they keep their end, as they were made before it was lowered; replace them, and delete them`,
})

const countOf = (count: number): string => (count >= mostCounted ? `${mostCounted} or more` : String(count))
