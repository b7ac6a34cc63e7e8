/** The statistics of the figures of all rounds. */
import type { Figure, Result } from './rounds.ts'

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, figure) => sum + figure, 0) / middle.length
}

export const ratesOf = (figures: readonly Figure[]): number[] => figures.map(({ rate }) => rate)

/** Returns the registry's rate as a part of the floor's. */
export function rateRatio({ floor, registry }: Result): number {
  return median(ratesOf(registry)) / median(ratesOf(floor))
}

/** Returns the floor's processor time divided by the registry's, so that less is worse, as with `rateRatio`. */
export function cpuRatio({ floor, registry }: Result): number | undefined {
  const [above, below] = [cpuOf(floor), cpuOf(registry)]
  return above === undefined || below === undefined ? undefined : above / below
}

function cpuOf(figures: readonly Figure[]): number | undefined {
  const times = figures.flatMap(({ cpuMilliseconds }) => cpuMilliseconds ?? [])
  return times.length === 0 ? undefined : median(times)
}

/** Tells whether the registry is further below the floor than its target allows. */
export function hasMissed(result: Result, tolerance: number): boolean {
  const { target } = result.scenario
  return target !== undefined && rateRatio(result) < target * tolerance
}
