/**
 * Brings a remote D1 to the schema of this release. Each file is sent as one import, which D1 does whole or not at all,
 * with the row that notes it. A file that something else has applied in part is found out by its traces: the schema that
 * is there is the one that its first statements make.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { readMigrations, type Migration } from '../local/migrate.ts'
import { jsonIn, must } from './wrangler.ts'

/** A schema: the text of every table, index and trigger by its name, without white space and quotes of names. */
export type Schema = ReadonlyMap<string, string>

/**
 * Returns how many statements of a pending migration have been done already: the least number with which the migrations
 * before it make the schema that is there. Statements that change rows alone leave no trace, so some are done again:
 * test/e2e/half-applied-migrations.test.ts shows for each migration that this changes nothing.
 *
 * @throws Error when no number does
 */
export function statementsDone(before: readonly Migration[], pending: Migration, there: Schema): number {
  const database = new DatabaseSync(':memory:')
  try {
    for (const { statements } of before) for (const statement of statements) database.exec(statement)
    for (const [index, statement] of pending.statements.entries()) {
      if (isSame(schemaOf(database), there)) return index
      database.exec(statement)
    }
    if (isSame(schemaOf(database), there)) return pending.statements.length
  } finally {
    database.close()
  }
  throw new Error(
    `the database has a schema that ${pending.name} cannot start from: go back to a moment before the last upgrade with "npx wrangler d1 time-travel restore", then deploy again`,
  )
}

const selectSchema = `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL`

const schemaOf = (database: DatabaseSync): Schema => asSchema(schemaRows.parse(database.prepare(selectSchema).all()))

const schemaRows = z.array(z.object({ type: z.string(), name: z.string(), sql: z.string() }))

/** Tells whether an object of the schema is the registry's: the platform and wrangler have tables of their own. */
const isOurs = (name: string): boolean => !/^(sqlite_|_cf_|d1_migrations$)/.test(name)

const asSchema = (rows: z.infer<typeof schemaRows>): Schema =>
  new Map(rows.filter(({ name }) => isOurs(name)).map(({ type, name, sql }) => [`${type} ${name}`, withoutForm(sql)]))

/** Removes what a table that was renamed has otherwise, as a restore leaves all of them. */
const withoutForm = (sql: string): string => sql.replaceAll(/[\s`"]+/g, '')

const isSame = (one: Schema, other: Schema): boolean =>
  one.size === other.size && [...one].every(([name, sql]) => other.get(name) === sql)

/** Applies what is pending. @returns the names of the files */
export async function migrate(configuration: string): Promise<string[]> {
  const migrations = readMigrations()
  const applied = await appliedNames(configuration)
  const before = migrations.filter(({ name }) => applied.has(name))
  const pending = migrations.filter(({ name }) => !applied.has(name))
  for (const migration of pending) {
    const done = statementsDone(before, migration, await remoteSchema(configuration))
    await send(configuration, [
      ...migration.statements.slice(done),
      `INSERT INTO d1_migrations (name) VALUES ('${migration.name}');`,
    ])
    before.push(migration)
  }
  return pending.map(({ name }) => name)
}

/** Lists the migrations that the database does not have yet. */
export async function pendingMigrations(configuration: string): Promise<readonly Migration[]> {
  const applied = await appliedNames(configuration)
  return readMigrations().filter(({ name }) => !applied.has(name))
}

/** The record that `wrangler d1 migrations` keeps, so that both know of each other. */
const makeRecord =
  'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)'

async function appliedNames(configuration: string): Promise<Set<string>> {
  await query(configuration, makeRecord)
  const rows = z
    .array(z.object({ name: z.string() }))
    .parse(await query(configuration, 'SELECT name FROM d1_migrations'))
  return new Set(rows.map(({ name }) => name))
}

const remoteSchema = async (configuration: string): Promise<Schema> =>
  asSchema(schemaRows.parse(await query(configuration, selectSchema)))

const answers = z.tuple([z.object({ results: z.array(z.record(z.string(), z.unknown())) })])

/** Runs one statement on the remote database. @returns its rows */
export async function query(configuration: string, statement: string): Promise<Record<string, unknown>[]> {
  const args = ['d1', 'execute', 'DB', '--remote', '--yes', '--json', '--config', configuration, '--command', statement]
  const [{ results }] = answers.parse(jsonIn((await must(args)).stdout))
  return results
}

async function send(configuration: string, statements: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-migration-'))
  try {
    const file = join(folder, 'migration.sql')
    writeFileSync(file, `${statements.join('\n')}\n`)
    await must(['d1', 'execute', 'DB', '--remote', '--yes', '--config', configuration, '--file', file])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
