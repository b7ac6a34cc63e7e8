/** The figures as a table for people, or as lines of JSON for programs. */
import { smallPushMiB, type MemoryUse } from './memory.ts'
import type { Result } from './rounds.ts'
import type { Sizes } from './sizes.ts'

export interface Report {
  readonly results: readonly Result[]
  readonly memory: readonly MemoryUse[]
  readonly sizes: Sizes
}

export function printReport(report: Report, json: boolean): void {
  for (const line of json ? jsonLines(report) : textLines(report)) console.log(line)
}

/** Whether the registry is further below the floor than its target allows. */
export function hasMissed({ scenario, floor, registry }: Result, tolerance: number): boolean {
  return scenario.target !== undefined && median(registry) / median(floor) < scenario.target * tolerance
}

function jsonLines({ results, memory }: Report): string[] {
  const lines = [
    ...results.map(({ scenario: { name, unit, target }, floor, registry }) => ({
      scenario: name,
      unit,
      floor: { median: median(floor), rounds: floor },
      registry: { median: median(registry), rounds: registry },
      ratio: median(registry) / median(floor),
      target,
    })),
    ...memory.map((use) => ({ memory: use })),
  ]
  return lines.map((line) => JSON.stringify(line))
}

function textLines({ results, memory, sizes }: Report): string[] {
  const rows = results.map((result) => {
    const { scenario, floor, registry } = result
    return [
      scenario.name,
      scenario.unit,
      ...summary(floor),
      ...summary(registry),
      (median(registry) / median(floor)).toFixed(2),
      scenario.target?.toFixed(1) ?? '',
      hasMissed(result, 1) ? 'missed' : '',
    ]
  })
  return [
    `Medians of ${results[0]?.floor.length ?? 0} rounds, with the lowest and the highest figure; larger is better.`,
    '',
    ...table([['scenario', 'unit', 'floor', '', 'registry', '', 'ratio', 'target', ''], ...rows]),
    ...memoryLines(memory, sizes),
  ]
}

function memoryLines(memory: readonly MemoryUse[], { largeMiB }: Sizes): string[] {
  if (memory.length === 0) return []
  const rows = memory.map(({ name, ...figures }) => [
    name,
    ...Object.values(figures).map((figure) => figure.toFixed(0)),
  ])
  const header = ['', 'at rest', `push of ${smallPushMiB} MiB`, `push of ${largeMiB} MiB`]
  return [
    '',
    'Peak resident memory of the runtime, simulators of R2 and D1 included, in MiB.',
    '',
    ...table([header, ...rows]),
  ]
}

function summary(figures: readonly number[]): [string, string] {
  return [median(figures).toFixed(1), `(${Math.min(...figures).toFixed(1)}-${Math.max(...figures).toFixed(1)})`]
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, figure) => sum + figure, 0) / middle.length
}

/** Words to the left, everything that is a figure to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const pad = (cell: string, column: number): string =>
    column < leftColumns(rows) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd())
}

/** The table of scenarios begins with two columns of words, the other one with a single one. */
const leftColumns = (rows: readonly (readonly string[])[]): number => (rows[0]?.includes('unit') === true ? 2 : 1)
