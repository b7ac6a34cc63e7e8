/**
 * The form of the migration files. `wrangler d1 migrations apply --remote` sends a file as one string, and D1 splits it
 * on its server: triggers over several lines have failed there, and statements on one physical line work.
 */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { backToToday, dropEverything, rowsOf } from '../support/schema.ts'
import { dropCluster } from '../support/replicas.ts'
import released from './fixtures/released-schema.json'

const files = Object.entries(
  import.meta.glob<string>('../../migrations/*.sql', { query: '?raw', import: 'default', eager: true }),
)
  .map(([path, text]) => ({ name: path.slice(path.lastIndexOf('/') + 1), text }))
  .sort((one, other) => one.name.localeCompare(other.name))

const isComment = (line: string): boolean => line.startsWith('--')
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')
const withoutComments = (text: string): string =>
  linesOf(text)
    .filter((line) => !isComment(line))
    .join('\n')

/** What a server does that knows nothing of triggers: a statement ends where a line ends with a semicolon. */
const naiveSplit = (text: string): string[] =>
  withoutComments(text)
    .split(/;[ \t]*\n|;[ \t]*$/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

/** White space says nothing in SQL. */
const normalized = (sql: string): string =>
  sql
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[,)])|(?<=\() /g, '')
    .replace(/;$/, '')
    .trim()

async function schemaOf(): Promise<Record<string, string>> {
  const rows = await rowsOf<{ type: string; name: string; sql: string }>(
    `SELECT type, name, sql FROM sqlite_schema
     WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'
     ORDER BY type, name`,
  )
  return Object.fromEntries(rows.map(({ type, name, sql }) => [`${type} ${name}`, normalized(sql)]))
}

afterEach(backToToday)

it.each(files)('$name has each statement on one physical line, and BEGIN and END in capitals', ({ text }) => {
  for (const line of linesOf(text)) {
    if (isComment(line)) continue
    expect(line).toMatch(/^[A-Z].*;$/)
    expect(line.replaceAll(/'[^']*'|`[^`]*`/g, '')).not.toMatch(/\b(?!BEGIN|END)(?:begin|end)\b/i)
  }
})

it('a split at semicolons that end a line finds the statements that the local splitter finds', () => {
  expect(files.map(({ name }) => name)).toEqual(env.TEST_MIGRATIONS.map(({ name }) => name))
  for (const [index, { queries }] of env.TEST_MIGRATIONS.entries()) {
    const naive = naiveSplit(files[index]?.text ?? '').map(normalized)
    expect(naive).toEqual(queries.map((query) => normalized(withoutComments(query))).filter((query) => query !== ''))
  }
})

it('migrations that were split naively make the schema that the local splitter makes', async () => {
  const local = await schemaOf()
  await dropCluster()
  await dropEverything()
  for (const { text } of files) await env.DB.batch(naiveSplit(text).map((statement) => env.DB.prepare(statement)))
  expect(await schemaOf()).toEqual(local)
})

it('the first four migrations make the schema that they made before they were written on single lines', async () => {
  await dropCluster()
  await dropEverything()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, 4))
  const made = await schemaOf()
  expect(made).toEqual(Object.fromEntries(Object.entries(released).map(([name, sql]) => [name, normalized(sql)])))
})
