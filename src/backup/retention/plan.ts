/** Decides which backups are kept: a pure function of the list of backups and of the settings. */

/** A backup that has a manifest. */
export interface Dated {
  readonly id: string
  readonly createdAt: number
  /** `unproven` when it was never proven, or its proof has not ended. */
  readonly state: 'proven' | 'unproven' | 'failed'
}

export interface RetentionRules {
  /** So many of the newest are kept, */
  readonly last: number
  /** the newest of each of so many days, */
  readonly days: number
  /** and the newest of each of so many weeks. */
  readonly weeks: number
  /** Backups are proven after they are made, so only proven ones count. Otherwise those count that have not failed. */
  readonly areProven: boolean
}

/** Why a backup is kept. `newer`: it does not count, and is newer than all that do, so it may be proven yet. */
export type ReasonToKeep = 'last' | 'day' | 'week' | 'last-proven' | 'newer'

export interface JudgedBackup {
  readonly id: string
  /** A backup without a reason to keep it is deleted. */
  readonly keptFor: readonly ReasonToKeep[]
}

const dayMilliseconds = 86_400_000

/** Returns the number of a day (UTC). */
const dayOf = (time: number): number => Math.floor(time / dayMilliseconds)

/** Returns the number of a week, which begins on Monday (ISO 8601): the first day of 1970 was a Thursday. */
const weekOf = (time: number): number => Math.floor((dayOf(time) + 3) / 7)

/**
 * Judges each backup, in the order of the list. Days and weeks are counted back from the newest backup that counts and not
 * from now, so a registry that has made no backup for a month loses none.
 */
export function judgeBackups(all: readonly Dated[], rules: RetentionRules): readonly JudgedBackup[] {
  const newestFirst = [...all].sort(byAge)
  const counting = newestFirst.filter(({ state }) => state === 'proven' || (!rules.areProven && state === 'unproven'))
  const [newest] = counting
  const newer = newest === undefined ? newestFirst : newestFirst.filter((one) => byAge(one, newest) < 0)
  const kept: Readonly<Record<ReasonToKeep, ReadonlySet<Dated>>> = {
    last: new Set(counting.slice(0, rules.last)),
    day: newestOfEach(counting, dayOf, rules.days),
    week: newestOfEach(counting, weekOf, rules.weeks),
    'last-proven': new Set(newestFirst.filter(({ state }) => state === 'proven').slice(0, 1)),
    // Not without bound: where each proof fails, each day leaves one.
    newer: new Set(newer.slice(0, rules.last)),
  }
  return all.map((backup) => ({ id: backup.id, keptFor: reasons.filter((reason) => kept[reason].has(backup)) }))
}

const reasons: readonly ReasonToKeep[] = ['last', 'day', 'week', 'last-proven', 'newer']

/** Sorts the newest first. Of the same millisecond the id decides, so that the decision is one of the list alone. */
const byAge = (one: Dated, other: Dated): number =>
  other.createdAt - one.createdAt || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)

/** Selects the newest of each period, of so many periods up to that of the first. */
function newestOfEach(
  newestFirst: readonly Dated[],
  periodOf: (time: number) => number,
  count: number,
): ReadonlySet<Dated> {
  const [newest] = newestFirst
  if (newest === undefined) return new Set()
  const first = periodOf(newest.createdAt) - count + 1
  const found = new Map<number, Dated>()
  for (const backup of newestFirst) {
    const period = periodOf(backup.createdAt)
    if (period >= first && !found.has(period)) found.set(period, backup)
  }
  return new Set(found.values())
}
