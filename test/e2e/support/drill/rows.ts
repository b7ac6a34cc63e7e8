/** All rows of a registry, read from the file of its database, also while the registry runs. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { databaseOf } from './losses.ts'

const source = join(import.meta.dirname, '../../../../src')

export type Row = Readonly<Record<string, unknown>>
/** The rows of each table, by their keys; of a table that no backup has, by all that they hold. */
export type Rows = ReadonlyMap<string, ReadonlyMap<string, Row>>

const declaration = z.looseObject({ name: z.string(), key: z.array(z.string()).optional() })
const exported = declaration.required({ key: true })

/** A table that a backup has. */
export type ExportedTable = z.infer<typeof exported>

/**
 * Reads what the core and each capability declare of their tables. `src/installed.ts` has the same, and needs a Worker.
 *
 * @returns those that a backup has
 */
export async function exportedTables(): Promise<readonly ExportedTable[]> {
  const found: ExportedTable[] = []
  for (const path of globSync('*/tables.ts', { cwd: source })) {
    const module = z.record(z.string(), z.unknown()).parse({ ...(await import(join(source, path))) })
    for (const value of Object.values(module)) {
      if (!Array.isArray(value)) continue
      for (const table of z.array(declaration).parse(value)) {
        const { data: one } = exported.safeParse(table)
        if (one !== undefined) found.push(one)
      }
    }
  }
  return found
}

/** Reads all tables in one transaction. @returns no tables of a database that does not exist */
export async function readRows(state: string): Promise<Rows> {
  const declared = await exportedTables()
  const file = new DatabaseSync(databaseOf(state), { readOnly: true, readBigInts: true })
  try {
    file.exec('BEGIN')
    const names = file.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
    return new Map(
      names
        .map(({ name }) => String(name))
        .filter((name) => !/^(?:sqlite_|_cf_)/.test(name))
        .map((name) => [name, rowsOf(file, name, declared)]),
    )
  } finally {
    file.close()
  }
}

/** Tells whether the tables are away, as a restore goes on. */
export function areTablesAway(state: string): boolean {
  const file = new DatabaseSync(databaseOf(state), { readOnly: true })
  try {
    return file.prepare('SELECT 1 FROM restoration WHERE tables_are_away = 1').get() !== undefined
  } finally {
    file.close()
  }
}

function rowsOf(file: DatabaseSync, name: string, declared: readonly ExportedTable[]): ReadonlyMap<string, Row> {
  const table = declared.find((one) => one.name === name)
  const rows = file.prepare(`SELECT * FROM "${name}"`).all()
  return new Map(
    rows.map((row) => [
      textOf(table === undefined ? Object.values(row) : table.key.map((key) => row[key])),
      { ...row },
    ]),
  )
}

/** Writes values down, so that those that are alike are the same text. */
export const textOf = (values: readonly unknown[]): string =>
  JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${String(value)}n` : value))
