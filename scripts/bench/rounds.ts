/** Measures both servers in turn, so that whatever else the machine does meanwhile hits both alike. */
import { cpuSeconds, type RuntimePid } from './runtime-process.ts'
import type { Scenario } from './scenarios.ts'
import type { Site } from './site.ts'

export interface Figure {
  /** Units a second. */
  readonly rate: number
  /** Processor time of the runtime for one unit; undefined where the kernel does not tell. */
  readonly cpuMilliseconds: number | undefined
}

export interface Result {
  readonly scenario: Scenario
  /** One figure for each round. */
  readonly floor: readonly Figure[]
  readonly registry: readonly Figure[]
}

export interface Plan {
  readonly floor: Site
  readonly registry: Site
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  readonly tell: (message: string) => void
}

/** Measures all scenarios. Round zero warms up caches, compilers and the files of the platform, and does not count. */
export async function measure({ floor, registry, scenarios, rounds, tell }: Plan): Promise<Result[]> {
  const results = scenarios.map((scenario) => ({ scenario, floor: [] as Figure[], registry: [] as Figure[] }))
  for (let round = 0; round <= rounds; round++) {
    tell(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const result of results) {
      // The first one may find a quieter or a busier machine, so the order changes from round to round.
      const turns = [
        { site: floor, figures: result.floor },
        { site: registry, figures: result.registry },
      ]
      for (const { site, figures } of round % 2 === 0 ? turns : turns.toReversed()) {
        const figure = await figureOf(result.scenario, site)
        if (round > 0) figures.push(figure)
      }
    }
  }
  return results
}

async function figureOf({ name, prepare }: Scenario, site: Site): Promise<Figure> {
  const { client, server } = site
  try {
    await client.freshen()
    const { amount, run } = await prepare(site)
    const cpu = stopwatch(server.runtime)
    const start = performance.now()
    await run()
    const seconds = (performance.now() - start) / 1000
    const cpuTaken = cpu()
    return { rate: amount / seconds, cpuMilliseconds: cpuTaken === undefined ? undefined : (cpuTaken * 1000) / amount }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`"${name}" failed at the ${server.name}: ${why}`, { cause: error })
  }
}

/** Starts a stopwatch of processor time. @returns a function that tells the seconds that the runtime has used since */
function stopwatch(runtime: RuntimePid | undefined): () => number | undefined {
  if (runtime === undefined) return () => undefined
  const start = cpuSeconds(runtime)
  return () => cpuSeconds(runtime) - start
}
