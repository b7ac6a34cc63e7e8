/** Durations as DTR writes them, which are those of Go, and in days as well: `2160h`, `36h30m`, `1.5h`, `90d`. */

const pattern = /^(?:\d{1,9}(?:\.\d{1,9})?(?:d|h|ms|m|s))+$/
const partsPattern = /(\d+(?:\.\d+)?)(d|h|ms|m|s)/g

const millisecondsIn: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** ECMA-262 section 21.4.1.1: no Date is further from 1970, so of nothing longer can be said when it began. */
const longestMilliseconds = 8_640_000_000_000_000

/** The longest that can be computed. */
export const longestDuration = '100000000d'

/** Returns milliseconds, or undefined for an invalid or too long duration. */
export function parseDuration(text: string): number | undefined {
  const milliseconds = sumOf(text)
  return milliseconds !== undefined && milliseconds <= longestMilliseconds ? milliseconds : undefined
}

/** Tells whether it is written as a duration and comes to more than can be computed. */
export const isTooLong = (text: string): boolean => (sumOf(text) ?? 0) > longestMilliseconds

function sumOf(text: string): number | undefined {
  if (!pattern.test(text)) return undefined
  const parts = text.matchAll(partsPattern)
  return Array.from(parts, ([, amount, unit = '']) => Number(amount) * (millisecondsIn[unit] ?? 0)).reduce(
    (sum, part) => sum + part,
  )
}
