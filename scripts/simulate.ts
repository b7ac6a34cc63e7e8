/**
 * Runs the replicated register through as many random schedules as one likes, and exits with 1 at the first that breaks
 * a rule (see `test/replicas/consensus/simulation/history.ts`):
 *
 *     npm run simulate -- --schedules 1000000 --seed 7
 *
 * With `--memory forgets-promise` or `forgets-accepted` the acceptors are broken, and it must fail.
 */
import { parseArgs } from 'node:util'
import type { Memory } from '../test/replicas/consensus/simulation/acceptor-process.ts'
import { describeFailure, simulate } from '../test/replicas/consensus/simulation/simulation.ts'

const memories: readonly Memory[] = ['intact', 'forgets-promise', 'forgets-accepted']
const schedulesAtOnce = 1000
const tellEveryMilliseconds = 5000

try {
  process.exitCode = run(readOptions()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

interface Options {
  readonly schedules: number
  readonly seed: number
  readonly memory: Memory
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { schedules: { type: 'string' }, seed: { type: 'string' }, memory: { type: 'string' } },
  })
  const memory = memories.find((name) => name === (values.memory ?? 'intact'))
  if (memory === undefined) throw new Error(`--memory is one of ${memories.join(', ')}`)
  return {
    schedules: wholeNumber('schedules', values.schedules ?? '10000'),
    seed: wholeNumber('seed', values.seed ?? `${Date.now() % 1_000_000_000}`),
    memory,
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`)
  return Number(text)
}

/** Runs the schedules. @returns whether all of them kept the rules */
function run({ schedules, seed, memory }: Options): boolean {
  console.log(`simulate: ${schedules} schedules from seed ${seed}, acceptors ${memory}`)
  const began = performance.now()
  let toldAt = began
  let done = 0
  let steps = 0
  const tell = (): void => {
    const seconds = (performance.now() - began) / 1000
    const each = Math.round(steps / Math.max(1, done))
    console.log(`simulate: ${done} schedules of ${each} steps, ${Math.round(done / seconds)} a second`)
  }
  while (done < schedules) {
    const report = simulate({ schedules: Math.min(schedulesAtOnce, schedules - done), seed: seed + done, memory })
    done += report.schedules
    steps += report.steps
    if (report.failure !== undefined) {
      tell()
      console.error(describeFailure(report.failure, memory))
      return false
    }
    if (performance.now() - toldAt < tellEveryMilliseconds) continue
    toldAt = performance.now()
    tell()
  }
  tell()
  console.log('simulate: no rule was broken')
  return true
}
