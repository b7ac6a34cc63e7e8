/**
 * The form of the migration files. `wrangler d1 migrations apply --remote` sends a file as one string, and D1 splits it
 * on its server: triggers over several lines have failed there, and statements on one physical line work.
 * A statement that touches a whole table fails on a large registry, as D1 ends a query after 30 seconds.
 * A statement that changes rows is done again where a migration stopped after it, so it has to come to the same.
 */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, onTestFinished } from 'vitest'
import { digestOf, json } from '../support/content.ts'
import {
  linesOf,
  naiveSplit,
  numberedTables,
  unboundedStatements,
  unrepeatableStatements,
  withoutComments,
} from '../support/migration-statements.ts'
import { dropCluster } from '../support/replicas.ts'
import { backToToday, dropEverything, rowsOf } from '../support/schema.ts'
import released from './fixtures/released-schema.json'
import schemaDigests from './fixtures/schema-digests.json'

const files = Object.entries(
  import.meta.glob<string>('../../migrations/*.sql', { query: '?raw', import: 'default', eager: true }),
)
  .map(([path, text]) => ({ name: path.slice(path.lastIndexOf('/') + 1), text }))
  .sort((one, other) => one.name.localeCompare(other.name))

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
  for (const line of linesOf(withoutComments(text))) {
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

it('migrations that were split naively make the schema that the local splitter makes, each as it was written first', async () => {
  onTestFinished(backToToday)
  const local = await schemaOf()
  await dropCluster()
  await dropEverything()
  const digests: Record<string, string> = {}
  for (const { name, text } of files) {
    await env.DB.batch(naiveSplit(text).map((statement) => env.DB.prepare(statement)))
    digests[name] = await digestOf(json(await schemaOf()))
  }
  expect(await schemaOf()).toEqual(local)
  // What changes rows may be written anew. A registry that has applied a file never applies it again.
  expect(digests).toMatchObject(schemaDigests)
})

it('the first four migrations make the schema that they made before they were written on single lines', async () => {
  onTestFinished(backToToday)
  await dropCluster()
  await dropEverything()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, 4))
  const made = await schemaOf()
  expect(made).toEqual(Object.fromEntries(Object.entries(released).map(([name, sql]) => [name, normalized(sql)])))
})

/** Files from before the rule, which were released: CONTRIBUTING.md says how long they take. */
const filesOfWholeTables = [
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

it('no new migration changes or copies a whole table that grows', () => {
  const found = files.filter(({ text }) => unboundedStatements(text).length > 0)
  expect(found.map(({ name }) => name)).toEqual(filesOfWholeTables)
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
    'UPDATE tags SET digest = (SELECT digest FROM manifests LIMIT 5);',
    'UPDATE tags SET digest = (SELECT digest FROM manifests WHERE id BETWEEN 1 AND 5);',
    'UPDATE tags SET is_orphaned = 1 WHERE digest IN (SELECT digest FROM manifests LIMIT 5);',
    'UPDATE tags SET is_orphaned = 1 WHERE rowid IN (SELECT rowid FROM pins WHERE pins.name = tags.name LIMIT 5);',
    'UPDATE tags SET is_orphaned = 1 WHERE id BETWEEN 1 AND 5 OR is_orphaned = 0;',
    'UPDATE tags SET is_orphaned = 1 WHERE id NOT BETWEEN 1 AND 5;',
    'UPDATE tags SET is_orphaned = 1 FROM pins WHERE pins.id BETWEEN 1 AND 5;',
    'DELETE FROM tags WHERE rowid NOT IN (SELECT rowid FROM tags LIMIT 5);',
    'INSERT INTO pins (name) SELECT name FROM tags LIMIT 5, 9000000;',
    'INSERT INTO pins (name) SELECT name FROM manifests UNION SELECT name FROM tags WHERE id BETWEEN 1 AND 5;',
    'INSERT INTO pins (name) SELECT name FROM tags WHERE EXISTS (SELECT 1 FROM manifests LIMIT 5);',
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
    'UPDATE repositories SET pulls = (SELECT count(*) FROM tags) WHERE repositories.id BETWEEN 1 AND 100 AND pulls < 0;',
    'DELETE FROM tags WHERE rowid IN (SELECT rowid FROM tags WHERE name IN (SELECT name FROM pins) LIMIT 1);',
    'INSERT INTO pins (name) SELECT name FROM tags ORDER BY name LIMIT 5000 OFFSET 5000 ON CONFLICT DO NOTHING;',
    'INSERT INTO pins (name) SELECT name FROM manifests UNION SELECT name FROM tags LIMIT 5;',
    'CREATE TRIGGER gone AFTER DELETE ON tags BEGIN DELETE FROM pins WHERE name = OLD.name; END;',
  ]
  expect(permitted.flatMap(unboundedStatements)).toEqual([])
})

/** Files whose statements build on themselves where a condition ends that: done again, they find no row to change. */
const filesThatEndThemselves = ['0001_accounts.sql']

const numbered = numberedTables(files.map(({ text }) => text))

it('no new migration has a statement that changes other rows when it is done again', () => {
  const found = files.filter(({ text }) => unrepeatableStatements(text, numbered).length > 0)
  expect(found.map(({ name }) => name)).toEqual(filesThatEndThemselves)
})

it('the rule refuses statements that do not bear repetition', () => {
  const refused = [
    "INSERT INTO pins (name) VALUES ('a');",
    'INSERT INTO pins (name) SELECT name FROM tags WHERE name NOT IN (SELECT name FROM pins);',
    'INSERT OR ABORT INTO pins (name) SELECT name FROM tags;',
    "INSERT INTO events (type) VALUES ('GET') ON CONFLICT DO NOTHING;",
    'INSERT OR REPLACE INTO events SELECT * FROM events;',
    'INSERT INTO `counts` (`name`, `count`) SELECT name, 1 FROM tags WHERE true ON CONFLICT (name) DO UPDATE SET `count` = `count` + excluded.`count`;',
    'WITH old AS (SELECT 1) INSERT INTO pins (name) SELECT name FROM tags;',
    'UPDATE repositories SET pulls = pulls + 1;',
    'UPDATE repositories SET visibility = 1, pulls = (SELECT repositories.pulls + count(*) FROM tags);',
    "UPDATE repositories SET (name, pulls) = (SELECT name || '', 0);",
  ]
  expect(refused.filter((statement) => unrepeatableStatements(statement, numbered).length === 0)).toEqual([])
})

it('the rule permits statements that come to the same when they are done again', () => {
  const permitted = [
    "INSERT INTO pins (name) VALUES ('a') ON CONFLICT DO NOTHING;",
    'INSERT OR REPLACE INTO counts (name, count) SELECT name, count(*) FROM tags GROUP BY name;',
    'INSERT INTO counts (name, count) SELECT name, 1 FROM tags WHERE true ON CONFLICT (name) DO UPDATE SET count = excluded.count;',
    "INSERT OR IGNORE INTO events (id, type) VALUES (1, 'GET');",
    'UPDATE tags SET created_at = updated_at, is_orphaned = (SELECT count(*) = 0 FROM manifests) WHERE created_at = 0;',
    'DELETE FROM tags WHERE is_orphaned = 1;',
    'CREATE TRIGGER pulled AFTER INSERT ON events BEGIN UPDATE repositories SET pulls = pulls + 1; END;',
  ]
  expect(permitted.flatMap((statement) => unrepeatableStatements(statement, numbered))).toEqual([])
})
