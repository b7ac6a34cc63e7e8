/** What a database has: its rows and its schema. */
import { exportOrder, type TableDeclaration } from '../../../../src/db/tables.ts'
import { tables as installed } from '../../../../src/installed.ts'

/** The rows of each table that a backup has, as texts in some fixed order. */
export async function exportedRows(
  database: D1Database,
  tables: readonly TableDeclaration[] = installed,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = exportOrder(tables).flatMap(({ table, parts }) => [table, ...parts].map(({ name }) => name))
  const answers = await database.batch<object>(names.map((name) => database.prepare(`SELECT * FROM ${name}`)))
  return Object.fromEntries(
    names.map((name, at) => [name, (answers[at]?.results ?? []).map((row) => JSON.stringify(row)).sort()]),
  )
}

/** The schema, without what a table that was renamed has otherwise. */
export async function objectsOf(database: D1Database): Promise<readonly string[]> {
  const { results } = await database
    .prepare(
      `SELECT type, name, tbl_name, sql FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'`,
    )
    .all<Record<'type' | 'name' | 'tbl_name' | 'sql', string>>()
  return results.map((one) => `${one.type} ${one.name} ${one.tbl_name} ${one.sql.replaceAll(/[\s`"]+/g, '')}`).sort()
}
