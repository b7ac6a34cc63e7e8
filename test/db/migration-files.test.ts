/**
 * The form of the migration files. `wrangler d1 migrations apply --remote` sends a file as one string, and D1 splits it
 * on its server: triggers over several lines have failed there, and statements on one physical line work.
 * A statement that touches a whole table fails on a large registry, as D1 ends a query after 30 seconds.
 */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, onTestFinished } from 'vitest'
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
  onTestFinished(backToToday)
  const local = await schemaOf()
  await dropCluster()
  await dropEverything()
  for (const { text } of files) await env.DB.batch(naiveSplit(text).map((statement) => env.DB.prepare(statement)))
  expect(await schemaOf()).toEqual(local)
})

it('the first four migrations make the schema that they made before they were written on single lines', async () => {
  onTestFinished(backToToday)
  await dropCluster()
  await dropEverything()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, 4))
  const made = await schemaOf()
  expect(made).toEqual(Object.fromEntries(Object.entries(released).map(([name, sql]) => [name, normalized(sql)])))
})

/** Tables of few rows, however large the registry is. */
const smallTables = new Set(['crons', 'directories', 'oidc_provider', 'settings', 'settings_documents', 'write_gate'])

/** Files from before the rule, which were released: CONTRIBUTING.md says how long they take. */
const filesBeforeTheRule = [
  '0001_accounts.sql',
  '0003_jobs_and_garbage.sql',
  '0004_waiting_jobs_durations_and_paths.sql',
  '0010_namespace_bounds.sql',
  '0011_manifest_bytes.sql',
  '0012_exclusion_keys.sql',
  '0018_signatures_are_checked.sql',
  '0019_trust_documents_fill_namespaces.sql',
  '0020_trust_data_expires.sql',
  '0025_trust_is_counted.sql',
  '0026_restatements.sql',
  '0036_tags_make_referrers.sql',
]

/** The slowest statement so far took 0.12 ms a row, so a slice of this size takes about a second. */
const mostRowsOfSlice = 10_000

/** Tells whether a statement names its slice. A `LIMIT 1` picks a row for each row of another table, so it is none. */
function isSlice(statement: string): boolean {
  const limit = Number(/\bLIMIT (\d+)/.exec(statement)?.[1] ?? Infinity)
  const { from, to } = /\b(?:id|rowid) BETWEEN (?<from>\d+) AND (?<to>\d+)/.exec(statement)?.groups ?? {}
  const rows = Math.min(limit === 1 ? Infinity : limit, from === undefined ? Infinity : Number(to) - Number(from) + 1)
  return rows <= mostRowsOfSlice
}

/** Returns the statements of a file that change or copy a table that grows, and name no slice of it. */
function unboundedStatements(text: string): string[] {
  return naiveSplit(text).filter((statement) => {
    const plain = statement.replaceAll(/'[^']*'/g, "''").replaceAll('`', '')
    if (/^(?:CREATE (?!TABLE .* AS )|ALTER|DROP|PRAGMA)/.test(plain) || isSlice(plain)) return false
    const named = plain.matchAll(/\b(?:FROM|JOIN|UPDATE(?: OR [A-Z]+)?) (?!SET\b)((?:\w+(?: AS)?(?: \w+)?, )*\w+)/g)
    const tables = [...named].flatMap(([, list = '']) => list.split(', ').map((table) => table.replace(/ .*/, '')))
    return tables.some((table) => !smallTables.has(table) && !table.startsWith('json_'))
  })
}

it('no new migration changes or copies a whole table that grows', () => {
  const found = files.filter(({ text }) => unboundedStatements(text).length > 0)
  expect(found.map(({ name }) => name)).toEqual(filesBeforeTheRule)
})

it('the rule refuses statements over a whole table that grows', () => {
  const refused = [
    'UPDATE `tags` SET `created_at` = `updated_at`;',
    'UPDATE OR IGNORE tags SET name = lower(name);',
    "DELETE FROM manifests WHERE media_type = 'LIMIT 10';",
    'DELETE FROM tags WHERE id BETWEEN 1 AND 9000000;',
    'INSERT INTO pins (name) SELECT name FROM tags;',
    'INSERT INTO pins (name) SELECT tags.name FROM settings, tags;',
    'INSERT INTO pins (name) SELECT name FROM settings CROSS JOIN tags;',
    'INSERT INTO pins (name) SELECT (SELECT name FROM tags LIMIT 1) FROM repositories;',
    'WITH old AS (SELECT 1) DELETE FROM tags;',
    'CREATE TABLE copies AS SELECT * FROM tags;',
  ]
  expect(refused.filter((statement) => unboundedStatements(statement).length === 0)).toEqual([])
})

it('the rule permits slices, small tables and triggers', () => {
  const permitted = [
    'UPDATE settings SET value = 1;',
    'INSERT INTO pins (name) SELECT part.value FROM settings, json_each(settings.value) AS part ORDER BY name, id;',
    "INSERT INTO crons (action) VALUES ('gc') ON CONFLICT (action) DO UPDATE SET schedule = '';",
    'DELETE FROM tags WHERE rowid IN (SELECT rowid FROM tags WHERE updated_at = 0 LIMIT 5000);',
    'UPDATE repositories SET pulls = 0 WHERE id BETWEEN 10001 AND 20000;',
    'CREATE TRIGGER gone AFTER DELETE ON tags BEGIN DELETE FROM pins WHERE name = OLD.name; END;',
  ]
  expect(permitted.flatMap(unboundedStatements)).toEqual([])
})
