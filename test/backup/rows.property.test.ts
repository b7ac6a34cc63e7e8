/** Every value that SQLite can hold comes back as it was, whatever the keys and wherever parts end. */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import type { TableDeclaration } from '../../src/db/tables.ts'
import { load, loadingOf, smallLimits } from './load/support/loading.ts'
import { contextOf, exportAll } from './support/exporting.ts'
import { readBackup, readManifest } from './support/reading.ts'

const owner = { name: 'scratch', key: ['word', 'number'] } as const
const part = { name: 'scratch_parts', key: ['word', 'number', 'place'], partOf: 'scratch' } as const

afterEach(async () => {
  await env.DB.batch([owner, part].map(({ name }) => env.DB.prepare(`DROP TABLE IF EXISTS ${name}`)))
})

async function makeTables(): Promise<void> {
  const columns = 'word text NOT NULL, number integer NOT NULL'
  await env.DB.batch(
    [
      `CREATE TABLE scratch (${columns}, whole integer, words text, bytes blob, PRIMARY KEY (word, number))`,
      `CREATE TABLE scratch_parts (${columns}, place integer NOT NULL, PRIMARY KEY (word, number, place))`,
    ].map((text) => env.DB.prepare(text)),
  )
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
)
const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '"', '\\', '\n', 'é', '\u0001'),
)
const row = fc.record({
  word: words.map((text) => text.replaceAll('\0', '')),
  number: int64,
  whole: fc.option(int64),
  words: fc.option(words),
  bytes: fc.option(fc.uint8Array({ maxLength: 40 })),
  parts: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
})
type Row = ReturnType<typeof row.generate>['value']

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const insert = ({ word, number, whole, words: text, bytes, parts }: Row): D1PreparedStatement[] => [
  env.DB.prepare(
    `INSERT INTO scratch VALUES (?, CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ${bytes === null ? 'NULL' : `x'${hex(bytes)}'`})`,
  ).bind(word, String(number), whole === null ? null : String(whole), text),
  ...parts.map((place) =>
    env.DB.prepare('INSERT INTO scratch_parts VALUES (?, CAST(? AS INTEGER), ?)').bind(word, String(number), place),
  ),
]

/** As the lines of a part write it. */
const written = (number: bigint): unknown =>
  number > Number.MAX_SAFE_INTEGER || number < Number.MIN_SAFE_INTEGER ? { integer: String(number) } : Number(number)

async function roundTrip(rows: readonly Row[], isDescending: boolean): Promise<void> {
  await env.DB.batch([
    env.DB.prepare('DELETE FROM scratch'),
    env.DB.prepare('DELETE FROM scratch_parts'),
    ...rows.flatMap(insert),
  ])
  const direction = isDescending ? { isDescending } : {}
  const declared: TableDeclaration[] = [
    { ...owner, ...direction },
    { ...part, ...direction },
  ]
  await exportAll(contextOf('values', declared))
  await load(
    await loadingOf('values', { limits: { ...smallLimits, bytesOfStatement: rows.length % 2 === 0 ? 200 : 5000 } }),
  )
  for (const { name } of [owner, part]) {
    const whole = `SELECT *, hex(CAST(word AS BLOB)) AS exactly, CAST(number AS TEXT) AS digits FROM ${name} ORDER BY word, number`
    const [there, here] = [await env.DRILL.prepare(whole).all(), await env.DB.prepare(whole).all()]
    expect(there.results).toEqual(here.results)
  }
  const found = await readBackup('values')
  const keyOf = (word: unknown, number: unknown): string => JSON.stringify([word, number])
  const sorted = (list: string[]): string[] => list.toSorted()
  expect(sorted((found.get('scratch') ?? []).map((one) => JSON.stringify(one)))).toEqual(
    sorted(
      rows.map(({ word, number, whole, words: text, bytes }) =>
        JSON.stringify({
          word,
          number: written(number),
          whole: whole === null ? null : written(whole),
          words: text,
          bytes: bytes === null ? null : { bytes: btoa(String.fromCodePoint(...bytes)) },
        }),
      ),
    ),
  )
  const places = rows.flatMap(({ word, number, parts }) => parts.map((place) => keyOf(word, written(number)) + place))
  const foundPlaces = (found.get('scratch_parts') ?? []).map(
    (one) => keyOf(one['word'], one['number']) + String(one['place']),
  )
  expect(sorted(foundPlaces)).toEqual(sorted(places))
}

const rowsByKey = fc.uniqueArray(row, { selector: ({ word, number }) => `${number} ${word}`, maxLength: 25 })

it('values of every type come back', async () => {
  await makeTables()
  await fc.assert(fc.asyncProperty(rowsByKey, fc.boolean(), roundTrip), { numRuns: 25 })
  expect((await readManifest('values')).tables.map(({ name }) => name)).toEqual(['scratch', 'scratch_parts'])
})
