/** The register under a hostile scheduler: see `simulation/history.ts` for the rules. `npm run simulate` runs longer. */
import { describe, expect, it } from 'vitest'
import { foundingAcceptor } from '../../../src/replicas/consensus/acceptor.ts'
import { foundingState } from '../../../src/replicas/consensus/cluster-state.ts'
import type { Reply } from '../../../src/replicas/consensus/messages.ts'
import { AcceptorProcess } from './simulation/acceptor-process.ts'
import { Random } from '../../support/random.ts'
import { runSchedule } from './simulation/schedule.ts'
import { describeFailure, simulate } from './simulation/simulation.ts'
import { Timeline } from './simulation/timeline.ts'

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

it.each([20_264_465, 7_033_175])('reads in the end while nothing crashes any more (seed %i)', (found) => {
  expect(runSchedule(found, 'intact').violations).toEqual([])
})

it('acceptors do not crash once the schedule has settled', () => {
  const timeline = new Timeline()
  const founding = foundingState([{ id: 'a', location: 'weur' }])
  const acceptor = new AcceptorProcess(foundingAcceptor('a', founding), timeline, new Random(1), 'intact', 1)
  acceptor.settle()
  const replies: Reply[] = []
  for (let counter = 1; counter <= 50; counter++) {
    const message = { kind: 'prepare', ballot: { counter, proposer: 'x' }, configuration: founding } as const
    acceptor.receive(message, (reply) => replies.push(reply))
  }
  timeline.run(1000)
  expect(replies).toHaveLength(50)
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
