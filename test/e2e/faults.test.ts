/**
 * Real clients feel no failure of D1 or R2 that passes, and no token that has to be renewed. A sample of all places here;
 * `npm run faults` goes through every one and prints a table.
 */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { containerdHabits, dockerHabits, skopeoHabits, type Habit } from './support/everyday.ts'
import { faultsOf, newFaultyRegistry, type Fault, type FaultyRegistry } from './support/faulty-registry.ts'
import { sharedEngine } from './support/shared.ts'

const isWhole = process.env['FAULTS'] === 'all'
/**
 * The part of all faults that may find no call to fail. Clients do several things at once, so a call that is not the first of
 * its kind may be missing this time.
 */
const missedPart = 0.05

describe('One failure that passes', () => {
  let faulty: FaultyRegistry
  let habits: Habit[]

  before(async () => {
    const engine = await sharedEngine()
    faulty = await newFaultyRegistry()
    habits = [
      ...(await skopeoHabits(engine.architecture, faulty.registry)),
      ...(await containerdHabits(engine.architecture, faulty.registry)),
      ...(await dockerHabits(engine, faulty.registry)),
    ]
  })

  test('is felt by no client, wherever it happens', async () => {
    const results: Result[] = []
    for (const habit of habits) {
      const faults = await learn(habit)
      for (const fault of isWhole ? faults : sampleOf(faults)) {
        const result = { habit: habit.name, fault, ...(await suffer(habit, fault)) }
        results.push(result)
        if (isWhole || result.outcome !== 'passed') console.log(lineOf(result))
      }
    }
    const [failed, missed] = [linesOf(results, 'FAILED'), linesOf(results, 'not reached')]
    const passed = results.length - failed.length - missed.length
    const mostMissed = Math.ceil(results.length * missedPart)
    console.log(`${passed} passed, ${failed.length} failed, ${missed.length} not reached (at most ${mostMissed})`)
    assert.deepEqual(failed, [])
    const firsts = results.filter(({ fault }) => fault.after === 0)
    assert.deepEqual(linesOf(firsts, 'not reached'), [], 'a client makes the first call of each kind every time')
    assert.ok(missed.length <= mostMissed, missed.join('\n'))
  })

  /** Where something can fail, from an attempt in which nothing does. */
  async function learn(habit: Habit): Promise<Fault[]> {
    const { act, check } = await habit.prepare()
    await faulty.arm()
    const { exitCode, output } = await act()
    const calls = await faulty.calls()
    assert.equal(exitCode, 0, output)
    await check()
    return faultsOf(habit.renewsToken === true ? calls : calls.filter((call) => !call.startsWith('token ')))
  }

  async function suffer(habit: Habit, fault: Fault): Promise<Pick<Result, 'outcome' | 'seconds' | 'why'>> {
    const { act, check } = await habit.prepare()
    await faulty.arm(fault)
    const begun = Date.now()
    const { exitCode, output } = await act()
    const seconds = (Date.now() - begun) / 1000
    const hasFailed = await faulty.hasFailed()
    await faulty.arm()
    if (exitCode !== 0) return { outcome: 'FAILED', seconds, why: output.trim().split('\n').at(-1) ?? '' }
    try {
      await check()
    } catch (error) {
      return { outcome: 'FAILED', seconds, why: String(error) }
    }
    return { outcome: hasFailed ? 'passed' : 'not reached', seconds, why: '' }
  }
})

interface Result {
  readonly habit: string
  readonly fault: Fault
  readonly outcome: 'passed' | 'FAILED' | 'not reached'
  readonly seconds: number
  readonly why: string
}

/** The last of D1, of R2 and of tokens, each after its effect: for a push what makes it complete. */
function sampleOf(faults: readonly Fault[]): Fault[] {
  return ['D1', 'R2', 'token'].flatMap((kind) => faults.filter(({ call }) => call.startsWith(`${kind} `)).slice(-1))
}

const linesOf = (results: readonly Result[], outcome: Result['outcome']): string[] =>
  results.filter((result) => result.outcome === outcome).map(lineOf)

function lineOf({ habit, fault: { call, after, message, isDone }, outcome, seconds, why }: Result): string {
  const when = message === '' ? 'expired' : `${isDone ? 'after' : 'before'}: ${message}`
  return `${outcome.padEnd(11)} ${habit.padEnd(15)} ${seconds.toFixed(1).padStart(5)} s  ${call} #${after + 1}  ${when}  ${why}`
}
