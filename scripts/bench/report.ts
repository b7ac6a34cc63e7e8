/** The figures as a table for people, or as lines of JSON for programs. */
import { smallPushMiB, type MemoryUse } from './memory.ts'
import type { Figure, Result } from './rounds.ts'
import type { Sizes } from './sizes.ts'
import { cpuRatio, hasMissed, median, rateRatio, ratesOf } from './statistics.ts'

export interface Report {
  readonly results: readonly Result[]
  readonly memory: readonly MemoryUse[]
  readonly sizes: Sizes
}

export function printReport(report: Report, json: boolean): void {
  for (const line of json ? jsonLines(report) : textLines(report)) console.log(line)
}

function jsonLines({ results, memory }: Report): string[] {
  const lines = [
    ...results.map((result) => ({
      scenario: result.scenario.name,
      unit: result.scenario.unit,
      floor: { median: median(ratesOf(result.floor)), rounds: result.floor },
      registry: { median: median(ratesOf(result.registry)), rounds: result.registry },
      ratio: rateRatio(result),
      cpuRatio: cpuRatio(result),
      target: result.scenario.target,
    })),
    ...memory.map((use) => ({ memory: use })),
  ]
  return lines.map((line) => JSON.stringify(line))
}

function textLines({ results, memory, sizes }: Report): string[] {
  return [...scenarioLines(results), ...memoryLines(memory, sizes)]
}

function scenarioLines(results: readonly Result[]): string[] {
  const [first] = results
  if (first === undefined) return []
  return [
    `Medians of ${first.floor.length} rounds, with the lowest and the highest figure; larger is better.`,
    'CPU is the ratio of the processor time both runtimes took, floor to registry, which a busy machine disturbs less.',
    '',
    ...table(2, [
      ['scenario', 'unit', 'floor', '', 'registry', '', 'ratio', 'target', 'CPU', ''],
      ...results.map(scenarioRow),
    ]),
    '',
  ]
}

function scenarioRow(result: Result): string[] {
  const { scenario, floor, registry } = result
  return [
    scenario.name,
    scenario.unit,
    ...summary(floor),
    ...summary(registry),
    rateRatio(result).toFixed(2),
    scenario.target?.toFixed(1) ?? '',
    cpuRatio(result)?.toFixed(2) ?? '',
    hasMissed(result, 1) ? 'missed' : '',
  ]
}

function summary(figures: readonly Figure[]): [string, string] {
  const rates = ratesOf(figures)
  return [median(rates).toFixed(1), `(${Math.min(...rates).toFixed(1)}-${Math.max(...rates).toFixed(1)})`]
}

function memoryLines(memory: readonly MemoryUse[], { largeMiB }: Sizes): string[] {
  if (memory.length === 0) return []
  return [
    'Peak resident memory of the runtime, simulators of R2 and D1 included, in MiB.',
    '',
    ...table(1, [
      ['', 'at rest', `push of ${smallPushMiB} MiB`, `push of ${largeMiB} MiB`],
      ...memory.map((use) => [
        use.name,
        ...[use.restMiB, use.smallPushMiB, use.largePushMiB].map((figure) => figure.toFixed(0)),
      ]),
    ]),
  ]
}

/** Aligns a table: the first columns are words, to the left; the others are figures, to the right. */
function table(wordColumns: number, rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const pad = (cell: string, column: number): string =>
    column < wordColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd())
}
