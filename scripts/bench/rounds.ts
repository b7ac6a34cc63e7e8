/** Measures both servers in turn, so that whatever else the machine does meanwhile hits both alike. */
import type { Scenario } from './scenarios.ts'
import type { Site } from './site.ts'

export interface Result {
  readonly scenario: Scenario
  /** One figure for each round; larger is better. */
  readonly floor: readonly number[]
  readonly registry: readonly number[]
}

export interface Plan {
  readonly floor: Site
  readonly registry: Site
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  readonly tell: (message: string) => void
}

/** Round zero warms up: caches, compilers and the files of the platform. */
export async function measure({ floor, registry, scenarios, rounds, tell }: Plan): Promise<Result[]> {
  const results = scenarios.map((scenario) => ({ scenario, floor: [] as number[], registry: [] as number[] }))
  for (let round = 0; round <= rounds; round++) {
    tell(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const result of results) {
      // Whoever goes first may find a quieter or a busier machine, so that changes from round to round.
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

async function figureOf({ name, prepare }: Scenario, site: Site): Promise<number> {
  try {
    await site.client.freshen()
    const { amount, run } = await prepare(site)
    const start = performance.now()
    await run()
    return amount / ((performance.now() - start) / 1000)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`"${name}" failed at the ${site.server.name}: ${why}`, { cause: error })
  }
}
