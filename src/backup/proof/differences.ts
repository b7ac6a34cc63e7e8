/**
 * Compares the lines of a part with those of the same rows once they are restored. A restore may leave out whole
 * aggregates, and make references null, where what they name was deleted during the backup.
 */
import type { Value } from '../rows-store.ts'
import type { BackupTable } from '../manifest.ts'
import type { Finding } from './findings.ts'

/** A row of a part or of the restored database. */
export interface ComparedRow {
  readonly table: string
  readonly values: readonly Value[]
}

export interface Differences {
  readonly findings: readonly Finding[]
  /** How many rows of the part were not restored, by table. */
  readonly missing: Readonly<Record<string, number>>
}

/** Compares rows by their keys. */
export function differencesOf(
  tables: readonly BackupTable[],
  written: readonly ComparedRow[],
  restored: readonly ComparedRow[],
): Differences {
  const tableOf = new Map(tables.map((table) => [table.name, table]))
  const keyOf = ({ table, values }: ComparedRow): string => {
    const { key = [], columns = [] } = tableOf.get(table) ?? {}
    return JSON.stringify(key.map((column) => values[columns.indexOf(column)]))
  }
  const nameOf = (row: ComparedRow): string => `${row.table} ${keyOf(row)}`
  const left = new Map(restored.map((row) => [nameOf(row), row]))
  const findings: Finding[] = []
  const missing: Record<string, number> = {}
  for (const row of written) {
    const found = left.get(nameOf(row))
    left.delete(nameOf(row))
    if (found === undefined) missing[row.table] = (missing[row.table] ?? 0) + 1
    else if (!isSame(tableOf.get(row.table), row, found)) {
      findings.push({ kind: 'row-differs', table: row.table, key: keyOf(row) })
    }
  }
  const added = [...left.values()].map((row): Finding => ({ kind: 'row-added', table: row.table, key: keyOf(row) }))
  return { findings: [...findings, ...added], missing }
}

/** Tells whether a row is the same, but for references that may have become null. */
function isSame(table: BackupTable | undefined, written: ComparedRow, restored: ComparedRow): boolean {
  const nullable = new Set((table?.foreignKeys ?? []).flatMap(({ isSetNull, columns }) => (isSetNull ? columns : [])))
  return written.values.every(
    (value, at) =>
      JSON.stringify(value) === JSON.stringify(restored.values[at]) ||
      (restored.values[at] === null && nullable.has(table?.columns[at] ?? '')),
  )
}
