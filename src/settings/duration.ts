/** Durations as DTR writes them, which are those of Go: `2160h`, `36h30m`, `1.5h`. */

const pattern = /^(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s))+$/
const partsPattern = /(\d+(?:\.\d+)?)(h|ms|m|s)/g

const millisecondsIn: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** @returns milliseconds, undefined for what is no duration */
export function parseDuration(text: string): number | undefined {
  if (!pattern.test(text)) return undefined
  const parts = text.matchAll(partsPattern)
  return Array.from(parts, ([, amount, unit = '']) => Number(amount) * (millisecondsIn[unit] ?? 0)).reduce(
    (sum, part) => sum + part,
  )
}
