/** Applies migrations to a local D1, and keeps the same record of them as `wrangler d1 migrations apply`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Miniflare } from 'miniflare'
import { root } from './build.ts'

export interface Migration {
  readonly name: string
  /** The statements in order; each stands on one line of the file. */
  readonly statements: readonly string[]
}

export function readMigrations(folder = join(root, 'migrations')): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => ({ name, statements: statementsOf(readFileSync(join(folder, name), 'utf8')) }))
}

const statementsOf = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('--'))

type LocalDatabase = Awaited<ReturnType<Miniflare['getD1Database']>>

/** Applies those that were not applied yet, each whole or not at all. */
export async function applyMigrations(database: LocalDatabase, migrations: readonly Migration[]): Promise<void> {
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations(
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run()
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const { name, statements } of migrations.filter((migration) => !applied.has(migration.name))) {
    const record = database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name)
    await database.batch([...statements.map((statement) => database.prepare(statement)), record])
  }
}
