/**
 * D1 takes a text and a row of 2,000,000 bytes at most. A statement that makes one text of many rows stands in this list, with
 * what bounds it; rows that nothing bounds are read as rows.
 */
import { expect, it } from 'vitest'
import { declarationsOf } from '../support/statements.ts'

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

const bounded: Readonly<Record<string, string>> = {
  'src/backup/proof/drill-store.ts: restoredManifests': 'what a manifest of 128 KiB names',
  'src/db/content/tags.ts: tagsAfter': 'a page of 10,000 tags of 128 characters (content/tag-pages.test.ts)',
  'src/db/events/pulls.ts: tagsOfPull': 'ten tags',
  'src/db/repositories/search.ts: ofWhole': '5,000 numbers',
  'src/db/repositories/visible-repositories.ts: publicWithin': 'the numbers of a page of 1,000 repositories',
  'src/db/repositories/visible-repositories.ts: visible': 'the numbers of a page of 1,000 repositories',
  'src/db/settings/settings.ts: writeSettings': 'the settings of one request, of 64 KiB',
  'src/fsck/store.ts: manifestsToRead': 'what a manifest of 128 KiB names',
  'src/trust/bridge/restatement-store.ts: compareImages': 'the kinds of signatures, for each key that the registry had',
  'src/trust/mending-store.ts: hexOf': 'eleven numbers',
  'src/trust/policy/policy-store.ts: recordPolicy': 'the names of 20 teams',
}

const aggregate = /\b(?:json_group_array|json_group_object|group_concat|string_agg)\s*\(/

it('each text that a statement makes of many rows is bounded', () => {
  const found = Object.entries(sources)
    .flatMap(([path, source]) => declarationsOf(path.replace('../../', ''), source))
    .filter(({ pieces }) => pieces.some((piece) => piece.some((part) => aggregate.test(part))))
    .map(({ place }) => place)
  expect([...new Set(found)].sort()).toEqual(Object.keys(bounded))
})

it('such a statement is seen in each form', () => {
  const written = (what: string) => 'const all = sql`SELECT ' + what + '(name) FROM tags`\n'
  for (const what of ['json_group_array', 'json_group_object', 'group_concat', 'string_agg ']) {
    const [declaration] = declarationsOf('a.ts', written(what))
    expect(declaration?.pieces.some((piece) => piece.some((part) => aggregate.test(part)))).toBe(true)
  }
})
