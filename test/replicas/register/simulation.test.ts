/** The register under a hostile scheduler: see `simulation/history.ts` for the rules. `npm run simulate` runs longer. */
import { describe, expect, it } from 'vitest'
import { runSchedule } from './simulation/schedule.ts'
import { describeFailure, simulate } from './simulation/simulation.ts'

const seed = 1
const schedules = 10_000
const schedulesAtOnce = 500

it(`keeps its rules in ${schedules} schedules`, async () => {
  for (let done = 0; done < schedules; done += schedulesAtOnce) {
    const { failure } = simulate({ schedules: schedulesAtOnce, seed: seed + done, memory: 'intact' })
    if (failure !== undefined) expect.fail(describeFailure(failure, 'intact'))
    // Lets the runtime do something else: a simulation of this length would look like one that hangs.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}, 60_000)

it('runs the same schedule again from the same seed', () => {
  expect([3, 4, 5].map((number) => runSchedule(number, 'intact'))).toEqual(
    [3, 4, 5].map((number) => runSchedule(number, 'intact')),
  )
})

describe('catches an acceptor that', () => {
  it.each(['forgets-promise', 'forgets-accepted'] as const)('%s when it restarts', (memory) => {
    const { failure } = simulate({ schedules, seed, memory })
    expect(failure?.violations.length).toBeGreaterThan(0)
    // It is found alone, from its own seed.
    expect(simulate({ schedules: 1, seed: failure?.seed ?? 0, memory }).failure).toEqual(failure)
  })

  it.each(['forgets-promise', 'forgets-accepted'] as const)('%s, by two values for one version', (memory) => {
    const kinds = new Set<string>()
    for (let at = 0; at < schedules && !kinds.has('two values'); at++) {
      for (const violation of runSchedule(seed + at, memory).violations) kinds.add(violation.slice(0, 10))
    }
    expect(kinds).toContain('two values')
  })
})
