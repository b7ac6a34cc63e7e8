/** Compares every row with the backup: the restored rows of each part make the same lines, and no table has more. */
import { exportOrder, type Aggregate, type ExportedTable } from '../../db/tables.ts'
import { linesOf } from '../lines.ts'
import { awayText } from '../load/load-store.ts'
import { readPart } from '../load/part-reader.ts'
import type { Part } from '../manifest.ts'
import { readColumns, readRows, type Columns, type Key } from '../rows-store.ts'
import { differencesOf, type ComparedRow } from './differences.ts'
import { countAwayRows } from './drill-store.ts'
import { withFindings, type Finding } from './findings.ts'
import type { ProofProgress } from './progress.ts'
import type { Proving } from './proving.ts'

/** Compares the next parts. */
export async function compareParts(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const { parts } = proving.manifest
  const { partsOfSlice, bytesOfSlice } = proving.limits
  let progress = at
  let bytes = 0
  for (const [offset, part] of parts.slice(at.done, at.done + partsOfSlice).entries()) {
    progress = await comparePart(proving, progress, part, parts[at.done + offset - 1])
    bytes += part.bytes
    if (bytes >= bytesOfSlice) break
  }
  return progress.done < parts.length ? progress : { ...progress, phase: 'counts', done: 0 }
}

/** Compares a part. @param before the part before it, of any table */
async function comparePart(
  proving: Proving,
  at: ProofProgress,
  part: Part,
  before: Part | undefined,
): Promise<ProofProgress> {
  const { manifest } = proving
  const aggregate = aggregateOf(proving, part.table)
  const after = before?.table === part.table ? before.last : undefined
  const { text, count } = await restoredLines(proving, aggregate, after, part.last)
  const checked = {
    ...at.checked,
    parts: at.checked.parts + 1,
    bytes: at.checked.bytes + part.bytes,
    rows: at.checked.rows + count,
  }
  const done = at.done + 1
  const lines = new Uint8Array(new TextEncoder().encode(text))
  if ((await proving.sealing.digestOf(lines)) === part.sha256) return { ...at, done, checked }
  const written = (await readPart(proving, part)).flatMap(({ row, parts }) => [row].concat(parts))
  const { findings, missing } = differencesOf(manifest.tables, written, rowsIn(text))
  const sum = { ...at.missing }
  for (const [table, number] of Object.entries(missing)) sum[table] = (sum[table] ?? 0) + number
  return { ...at, done, checked, missing: sum, ...withFindings(at, findings) }
}

/** Writes restored rows as the export would. */
async function restoredLines(
  { drill }: Proving,
  aggregate: Aggregate,
  after: Key | undefined,
  upTo: Key,
): Promise<{ readonly text: string; readonly count: number }> {
  const away = { table: awayOf(aggregate.table), parts: aggregate.parts.map(awayOf) }
  const columns = await readColumns(drill, away)
  const rows = await readRows(drill, away, columns, after, upTo)
  const named = <Value>(read: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
    new Map(
      [aggregate.table, ...aggregate.parts].flatMap(({ name }): [string, Value][] => {
        const value = read.get(awayText(name))
        return value === undefined ? [] : [[name, value]]
      }),
    )
  const ownColumns: Columns = named(columns)
  const { text, counts } = linesOf(aggregate, ownColumns, named(rows))
  return { text, count: Object.values(counts).reduce((sum, number) => sum + number, 0) }
}

const awayOf = (table: ExportedTable): ExportedTable => ({ ...table, name: awayText(table.name) })

function rowsIn(text: string): readonly ComparedRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `linesOf` has just written it
      Object.entries(JSON.parse(line) as Readonly<Record<string, ComparedRow['values']>>).map(([table, values]) => ({
        table,
        values,
      })),
    )
}

/** Finds a table with its parts: the manifest says which, and the declarations in which order they are read. */
function aggregateOf({ manifest, tables }: Proving, name: string): Aggregate {
  const declared = new Map(
    exportOrder(tables).flatMap(({ table, parts }) => [table, ...parts].map((own) => [own.name, own])),
  )
  const own = manifest.tables
    .filter((table) => table.name === name || table.partOf === name)
    .map(({ name: ownName, key }): ExportedTable => {
      const read = { name: ownName, key }
      return declared.get(ownName)?.isDescending === true ? Object.assign(read, { isDescending: true } as const) : read
    })
  const table = own.find((one) => one.name === name)
  if (table === undefined) throw new Error(`the manifest has parts of ${name}, and no such table`)
  return { table, parts: own.filter((one) => one !== table) }
}

/** Counts the rows of the next tables: all that are in no part would be seen here. */
export async function compareCounts(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const { drill, manifest, limits } = proving
  const some = manifest.tables.slice(at.done, at.done + limits.tablesOfSlice)
  const found = await countAwayRows(
    drill,
    some.map(({ name }) => name),
  )
  const findings = some.flatMap(({ name: table, rows }, place): Finding[] => {
    const missing = at.missing[table] ?? 0
    const dropped = at.loading.dropped?.[table] ?? 0
    const wanted = rows - missing
    const own = found[place] ?? 0
    return [
      ...(missing === dropped ? [] : [{ kind: 'rows-missing', table, missing, dropped } as const]),
      ...(own === wanted ? [] : [{ kind: 'row-count', table, found: own, wanted } as const]),
    ]
  })
  const done = at.done + some.length
  const progress = { ...at, done, ...withFindings(at, findings) }
  return done < manifest.tables.length ? progress : { ...progress, phase: 'manifests', done: 0, after: [] }
}
