/**
 * Measures the registry beside the platform floor, the least a Worker can do with the same R2 and D1, so that what the
 * registry's own work costs can be told from what the platform costs.
 *
 * Both run on this machine under the same conditions, each in a process of its own, and nothing leaves the loopback.
 * A full run writes some 3.8 GiB to the folder for temporary files, and removes them in the end.
 */
import { measureMemory } from './memory.ts'
import { readOptions, type Options } from './options.ts'
import { printReport, type Report } from './report.ts'
import { measure } from './rounds.ts'
import { scenariosFor } from './scenarios.ts'
import { Servers } from './servers.ts'
import { Site } from './site.ts'
import { fullSizes, shortSizes } from './sizes.ts'
import { hasMissed } from './statistics.ts'

const servers = new Servers()
let interrupted = false
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    interrupted = true
    void servers.stop().finally(() => process.exit(code))
  })
}

try {
  const options = readOptions(process.argv.slice(2))
  const report = await run(options)
  printReport(report, options.json)
  if (options.enforce && report.results.some((result) => hasMissed(result, options.tolerance))) process.exitCode = 1
} catch (error) {
  // Servers that are told to stop fail whatever is under way.
  if (!interrupted) console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await servers.stop()
}

async function run(options: Options): Promise<Report> {
  const sizes = options.short ? shortSizes : fullSizes
  const isWanted = (name: string): boolean => options.only.some((word) => name.includes(word))
  const scenarios = scenariosFor(sizes).filter(({ name }) => isWanted(name))
  const memoryIsWanted = isWanted('memory')
  if (scenarios.length === 0 && !memoryIsWanted) throw new Error('--only names nothing: try push, pull, list or memory')
  tell('starting the floor and the registry')
  const [floorServer, registryServer] = await Promise.all([servers.startFloor(), servers.startRegistry()])
  const [floor, registry] = [new Site(floorServer), new Site(registryServer)]
  // First of all, as a runtime does not give back to the system what it once had.
  const memory = memoryIsWanted ? [await measureMemory(floor, sizes), await measureMemory(registry, sizes)] : []
  const results =
    scenarios.length === 0 ? [] : await measure({ floor, registry, scenarios, rounds: options.rounds, tell })
  return { results, memory: memory.filter((row) => row !== undefined), sizes }
}

/** Prints progress to stderr, so that stdout has the report alone. */
function tell(message: string): void {
  console.error(`bench: ${message}`)
}
