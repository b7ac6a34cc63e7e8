/** Runs test files again and again in one process, which is several times as fast as one process for each run. */
import { chdir } from 'node:process'
import { createVitest, type TestModule, type Vitest } from 'vitest/node'
import type { Tree } from './tree.ts'

export type Outcome =
  | { readonly kind: 'passed' }
  /** A test failed: the first one, and its message. */
  | { readonly kind: 'failed'; readonly caughtBy: string; readonly why: string }
  /** No test ran: the edit is none that compiles. */
  | { readonly kind: 'broken'; readonly why: string }

/** A run that takes longer hangs, which also is a way to notice a bug. */
const longestRunMilliseconds = 15 * 60_000

/** Tests of pure functions need no Workers runtime: they run in Node, in a moment. */
const pure =
  /^test\/(?:replicas\/consensus\/|jobs\/decisions\.|jobs\/schedule\.|gc\/liveness\.|pruning\/rules\.|auth\/password-parameters\.|trust\/tuf\/(?!limits\.))/

type Place = 'node' | 'workers'

export class TestRunner {
  readonly #folder: string
  readonly #started = new Map<Place, Vitest>()

  constructor({ folder }: Tree) {
    this.#folder = folder
  }

  /** Runs test files, all of them without a name, up to the first test that fails. */
  async run(files: readonly string[]): Promise<Outcome> {
    const [first, second] = [files.filter((file) => pure.test(file)), files.filter((file) => !pure.test(file))]
    if (first.length === 0) return this.#runIn('workers', second)
    const outcome = await this.#runIn('node', first)
    return outcome.kind === 'passed' && second.length > 0 ? this.#runIn('workers', second) : outcome
  }

  async #runIn(place: Place, files: readonly string[]): Promise<Outcome> {
    const vitest = this.#started.get(place) ?? (await this.#start(place))
    const found = await vitest.globTestSpecifications([...files])
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const clock = setTimeout(() => resolve(undefined), longestRunMilliseconds)
    const ran = await Promise.race([vitest.runTestSpecifications(found), late])
    clearTimeout(clock)
    if (ran !== undefined) {
      // Those of earlier runs are remembered too.
      const wanted = new Set(found.map(({ moduleId }) => moduleId))
      return outcomeOf(ran.testModules.filter(({ moduleId }) => wanted.has(moduleId)))
    }
    await this.close()
    return { kind: 'failed', caughtBy: 'a run that never ended', why: '' }
  }

  /** Forgets what was read from a file. Migrations are read when the tests begin, so those begin again. */
  async changed(path: string): Promise<void> {
    if (!path.endsWith('.ts')) return this.close()
    for (const vitest of this.#started.values()) vitest.invalidateFile(path)
  }

  async close(): Promise<void> {
    const running = [...this.#started.values()]
    this.#started.clear()
    await Promise.all(running.map((vitest) => vitest.close()))
  }

  async #start(place: Place): Promise<Vitest> {
    // The paths in the configuration are relative.
    chdir(this.#folder)
    const usual = { root: this.#folder, watch: false, bail: 1, reporters: [{}] }
    const inNode = { config: false, include: ['test/**/*.test.ts'] } as const
    const vitest = await createVitest('test', place === 'node' ? { ...usual, ...inNode } : usual)
    this.#started.set(place, vitest)
    return vitest
  }
}

function outcomeOf(modules: readonly TestModule[]): Outcome {
  const [failed] = modules.flatMap((module) => [...module.children.allTests('failed')])
  if (failed !== undefined) {
    const why = failed.result().errors?.map(({ message }) => message) ?? []
    return { kind: 'failed', caughtBy: failed.fullName, why: why.join('\n') }
  }
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const [error] = suites.flatMap((suite) => suite.errors())
  if (error !== undefined) return { kind: 'broken', why: error.message }
  return modules.length === 0 ? { kind: 'broken', why: 'there are no such tests' } : { kind: 'passed' }
}
