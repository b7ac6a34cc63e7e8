/** What a restore keeps of a backup: aggregates are dropped whole while one of their references leads nowhere. */
import type { TableDeclaration } from '../../../src/db/tables.ts'
import { exportOrder } from '../../../src/db/tables.ts'
import { rowsOf } from '../../support/schema.ts'
import type { Row, Tables } from './reading.ts'

interface Reference {
  readonly table: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** The foreign keys of a table that are not set to null. */
async function referencesOf(name: string): Promise<Reference[]> {
  const rows = await rowsOf<{ id: number; table: string; from: string; to: string; on_delete: string }>(
    `PRAGMA foreign_key_list(${name})`,
  )
  const keys = Map.groupBy(
    rows.filter(({ on_delete: onDelete }) => onDelete !== 'SET NULL'),
    ({ id }) => id,
  )
  return Array.from(keys.values(), (own) => ({
    table: own[0]?.table ?? '',
    from: own.map(({ from }) => from),
    to: own.map(({ to }) => to),
  }))
}

export const textOf = (row: Row, columns: readonly string[]): string =>
  JSON.stringify(columns.map((column) => row[column] ?? null))

/** The rows that are kept, and those that are dropped. */
export interface Restorable {
  readonly kept: ReadonlyMap<string, readonly Row[]>
  readonly dropped: ReadonlyMap<string, readonly Row[]>
}

export async function restorable(tables: Tables, declared: readonly TableDeclaration[]): Promise<Restorable> {
  const order = exportOrder(declared)
  const references = new Map<string, readonly Reference[]>()
  for (const name of tables.keys()) references.set(name, await referencesOf(name))
  const kept = new Map(Array.from(tables, ([name, rows]) => [name, rows]))
  const dangles = (name: string, row: Row): boolean =>
    (references.get(name) ?? []).some(({ table, from, to }) => {
      if (from.some((column) => row[column] === null)) return false
      const wanted = textOf(row, from)
      return !targets(table, to).has(wanted)
    })
  let known = new Map<string, ReadonlySet<string>>()
  const targets = (table: string, columns: readonly string[]): ReadonlySet<string> => {
    const name = `${table} ${columns.join()}`
    const found = known.get(name) ?? new Set((kept.get(table) ?? []).map((row) => textOf(row, columns)))
    known.set(name, found)
    return found
  }
  for (let isChanged = true; isChanged;) {
    isChanged = false
    known = new Map()
    for (const { table, parts } of order) {
      const ownerOf = (row: Row, key: readonly string[]): string => textOf(row, key.slice(0, table.key.length))
      const gone = new Set<string>()
      for (const { name, key } of [table, ...parts]) {
        // Parts lead to their owner, which is with them.
        for (const row of kept.get(name) ?? []) if (dangles(name, row)) gone.add(ownerOf(row, key))
      }
      if (gone.size === 0) continue
      isChanged = true
      known = new Map()
      for (const { name, key } of [table, ...parts]) {
        kept.set(
          name,
          (kept.get(name) ?? []).filter((row) => !gone.has(ownerOf(row, key))),
        )
      }
    }
  }
  const dropped = Array.from(tables, ([name, rows]): [string, readonly Row[]] => {
    const still = new Set(kept.get(name))
    return [name, rows.filter((row) => !still.has(row))]
  })
  return { kept, dropped: new Map(dropped) }
}
