/** Databases in memory as migrations make them: with the rows of a registry, and read as schema and content. */
import { DatabaseSync } from 'node:sqlite'
import { readMigrations, type Migration } from '../../../scripts/local/migrate.ts'
import { rowsBefore } from './rows-of-releases.ts'

export const migrations = readMigrations()

/** Makes the database of a registry that has applied these, and holds what one would hold before `next`. */
export function databaseAfter(applied: readonly Migration[], next?: Migration): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  for (const { name, statements } of applied) execute(database, [...(rowsBefore[name] ?? []), ...statements])
  if (next !== undefined) execute(database, rowsBefore[next.name] ?? [])
  return database
}

export function execute(database: DatabaseSync, statements: readonly string[]): void {
  for (const statement of statements) database.exec(statement)
}

interface SchemaRow {
  readonly type: string
  readonly name: string
  readonly sql: string
}

export const objectsOf = (database: DatabaseSync): SchemaRow[] =>
  database
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name <> 'd1_migrations' ORDER BY type, name`,
    )
    .all()
    .map(({ type, name, sql }) => ({
      type: String(type),
      name: String(name),
      sql: String(sql).replaceAll(/[\s`"]+/g, ''),
    }))

export const schemaOf = (database: DatabaseSync): Map<string, string> =>
  new Map(objectsOf(database).map(({ type, name, sql }) => [`${type} ${name}`, sql]))

/** Returns schema and rows, but for what is drawn by chance or tells the time. */
export function contentOf(database: DatabaseSync): unknown {
  const objects = objectsOf(database)
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => name)
  const rows = tables.map((name) => [
    name,
    database
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => JSON.stringify(row, withoutChance))
      .sort(),
  ])
  return [objects, rows]
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Of a time it is left whether there is one, and on which side of zero. How often a row changed is left out. */
function withoutChance(column: string, value: unknown): unknown {
  if (column === 'changes') return undefined
  if (typeof value === 'number' && /(?:_at|^since|^next_run)$/.test(column)) return Math.sign(value)
  return typeof value === 'string' && uuid.test(value) ? 'drawn by chance' : value
}
