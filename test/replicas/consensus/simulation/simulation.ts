/**
 * Many schedules, one after the other. Schedule number n of seed s is that of seed s + n, so that one which failed runs
 * alone with its own seed.
 */
import type { Memory } from './acceptor-process.ts'
import { runSchedule } from './schedule.ts'

export interface SimulationOptions {
  readonly schedules: number
  readonly seed: number
  readonly memory: Memory
}

export interface SimulationReport {
  readonly schedules: number
  readonly steps: number
  /** The first schedule that broke a rule; the simulation ends with it. */
  readonly failure: { readonly seed: number; readonly violations: readonly string[] } | undefined
}

export function simulate({ schedules, seed, memory }: SimulationOptions): SimulationReport {
  let steps = 0
  for (let at = 0; at < schedules; at++) {
    const { violations, ...schedule } = runSchedule(seed + at, memory)
    steps += schedule.steps
    if (violations.length > 0) return { schedules: at + 1, steps, failure: { seed: seed + at, violations } }
  }
  return { schedules, steps, failure: undefined }
}

/** Describes a failure, so that it can be investigated. */
export function describeFailure(
  { seed, violations }: NonNullable<SimulationReport['failure']>,
  memory: Memory,
): string {
  const broken = memory === 'intact' ? '' : ` --memory ${memory}`
  return [
    `seed ${seed} breaks the register; run it alone with`,
    `  npm run simulate -- --schedules 1 --seed ${seed}${broken}`,
    ...violations.map((violation) => `- ${violation}`),
  ].join('\n')
}
