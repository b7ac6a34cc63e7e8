/**
 * The comment of each statement names the indexes that serve it. The names are true: the tests of query plans
 * (`unnamedWays`, `unusedWays`) compare them with the plans of SQLite.
 */
import { expect, it } from 'vitest'
import { declarations, findingsIn, schemaOfDatabase } from '../support/statement-comments.ts'
import {
  declarationsOf,
  findingsOf,
  tableOf,
  unnamedWays,
  unusedWays,
  waysOf,
  withoutPlan,
  type Schema,
} from '../support/statements.ts'

/** Tables that a statement may read as a whole, and the history, which is read backwards until a page is full. */
const mayBeScanned = [
  'bridged_repositories',
  'd1_migrations',
  'event_consumers',
  'events',
  // In pages, for the content of backups.
  'manifests',
  'public_keys',
  'registry_keys',
  'replica_heartbeats',
  'revocations',
  'search_counts',
  'settings',
  'settings_documents',
  'sqlite_sequence',
  'trust_delegates',
  'trust_revisions',
  'trust_roots',
]

it('each statement names an index, a key or a scan for each table in which it finds rows', async () => {
  const { findings, schema } = await findingsIn('src/')
  expect(findings.length).toBeGreaterThan(250)
  const missing = findings.flatMap(({ place, ways, pieces }) => {
    const named = new Set(ways.map((way) => tableOf(way, schema)))
    const tables = new Set(pieces.flatMap((piece) => piece.tables))
    return [...tables].filter((table) => !named.has(table)).map((table) => `${place}: ${table}`)
  })
  expect(missing).toEqual([])
})

it('each index and each table that a comment names exists', async () => {
  const schema = await schemaOfDatabase()
  const unknown = declarations.flatMap((declaration) =>
    waysOf(declaration)
      .filter((way) => !schema.tables.has(tableOf(way, schema) ?? ''))
      .map((way) => `${declaration.place}: ${way}`),
  )
  expect(unknown).toEqual([])
})

it('only what stays small is scanned, or what a page bounds, and the comment says why', () => {
  const scans = declarations.flatMap(({ comment }) => Array.from(comment.matchAll(/\bScan: (\w+)(, [^.]{10,}\.)?/g)))
  expect(scans.filter(([, , reason]) => reason === undefined)).toEqual([])
  expect([...new Set(scans.map(([, table]) => table))].sort()).toEqual(mayBeScanned)
})

it('no statement is written twice', async () => {
  const { findings } = await findingsIn('src/')
  const places = Map.groupBy(
    findings.flatMap(({ place, pieces }) =>
      pieces.filter(({ tables }) => tables.length > 0).map(({ parts }) => ({ place, text: parts.join('?').trim() })),
    ),
    ({ text }) => text.replaceAll(/\s+/g, ' '),
  )
  const twice = [...places].filter(([text, some]) => some.length > 1 && /\b(?:SELECT|UPDATE|DELETE)\b/.test(text))
  expect(twice.map(([text, some]) => [text, some.map(({ place }) => place)])).toEqual([])
})

const schema: Schema = {
  tables: new Set(['tags', 'settings']),
  tableOfIndex: new Map([
    ['tags_by_age', 'tags'],
    ['tags_by_digest', 'tags'],
    ['sqlite_autoindex_tags_1', 'tags'],
  ]),
}
const text = 'SELECT name FROM tags WHERE digest = ?'
const source = (comment: string) => `
/** Finds tags.${comment} */
export const find = (digest: string): SQL => sql\`SELECT name FROM tags WHERE digest = \${digest}\`
`
const findingsFor = (comment: string) => findingsOf(declarationsOf('store.ts', source(comment)), schema)
const byDigest = new Map([[text, ['SEARCH tags USING INDEX tags_by_digest (digest=?)']]])

it('a true comment is found to be true', () => {
  const findings = findingsFor(' Index: tags_by_digest.')
  expect(unnamedWays(findings, schema, byDigest)).toEqual([])
  expect(unusedWays(findings, schema, byDigest)).toEqual([])
  expect(withoutPlan(findings, byDigest)).toEqual([])
})

it('a comment that names another index than SQLite uses is noticed', () => {
  const findings = findingsFor(' Index: tags_by_age.')
  expect(unnamedWays(findings, schema, byDigest)).toEqual([`Index tags_by_digest, of store.ts: find: ${text}`])
  expect(unusedWays(findings, schema, byDigest)).toEqual(['store.ts: find: Index tags_by_age'])
})

it.each([
  ['a missing comment', '', 'SEARCH tags USING INDEX tags_by_digest (digest=?)', 'Index tags_by_digest'],
  ['a key for a scan', ' Key: tags.', 'SCAN tags', 'Scan tags'],
  ['an index for a key', ' Index: tags_by_age.', 'SEARCH tags USING INTEGER PRIMARY KEY (rowid=?)', 'Key tags'],
  ['a scan for a key', ' Scan: tags, few.', 'SEARCH tags USING INDEX sqlite_autoindex_tags_1 (name=?)', 'Key tags'],
])('%s is noticed', (_, comment, step, way) => {
  const found = unnamedWays(findingsFor(comment), schema, new Map([[text, [step]]]))
  expect(found).toEqual([`${way}, of store.ts: find: ${text}`])
})

it('a statement without a plan is noticed', () => {
  expect(withoutPlan(findingsFor(' Index: tags_by_digest.'), new Map())).toEqual(['store.ts: find'])
})
