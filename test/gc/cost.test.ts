/** What a run costs follows what there is to delete, and not what there is: asserted from the rows that D1 says it read. */
import { env } from 'cloudflare:workers'
import { expect, it, onTestFinished } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { beginRun, finishRun } from './support/collecting.ts'
import { countRows } from '../support/content.ts'
import { rowsReadBy } from '../support/counting.ts'
import { countReviews } from '../support/garbage.ts'
import { aRepository, namespaces } from '../support/people.ts'

const garbage = 1000
const layersOfAnImage = 10

/** An SQL expression. @param kind hexadecimal characters, so that several calls do not name the same */
const digestOf = (kind: string, number: string): string =>
  `'sha256:' || printf('%s%0${64 - kind.length}d', '${kind}', ${number})`

/** Statements that make images of ten layers each, as pushes would. */
function images(kind: string, count: number, { tagged }: { tagged: boolean }): string[] {
  const numbers = (rows: number): string =>
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})`
  const blobs = count * layersOfAnImage
  const repository = `(SELECT id FROM repositories WHERE name = 'alice/app')`
  const blob = digestOf(kind, 'i')
  const manifest = (number: string): string => digestOf(`${kind}f`, number)
  const tags = `
    INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
    ${numbers(count)} SELECT ${repository}, '${kind}' || i, ${manifest('i')}, '', 0 FROM n`
  return [
    `INSERT INTO blobs (digest, size_bytes, session_id, created_at) ${numbers(blobs)} SELECT ${blob}, 10, '', 0 FROM n`,
    `INSERT INTO segments (key, blob_digest, offset_bytes, size_bytes, created_at)
     ${numbers(blobs)} SELECT '${kind}' || i, ${blob}, 0, 10, 0 FROM n`,
    `INSERT INTO repository_blobs (repository_id, digest, linked_at)
     ${numbers(blobs)} SELECT ${repository}, ${blob}, 0 FROM n`,
    `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     ${numbers(count)} SELECT ${repository}, ${manifest('i')}, '', 10, '{}', '', 0 FROM n`,
    `INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest)
     ${numbers(blobs)} SELECT ${repository}, ${manifest(`i / ${layersOfAnImage}`)}, ${blob} FROM n`,
    ...(tagged ? [tags] : []),
  ]
}

const run = (statements: readonly string[]): Promise<D1Result[]> =>
  env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))

/** Without queueing what changes, as if a run had looked at it already; which is also much faster. */
async function runWithoutTriggers(statements: readonly string[]): Promise<void> {
  const { results: triggers } = await env.DB.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all<{
    name: string
    sql: string
  }>()
  await run([...triggers.map(({ name }) => `DROP TRIGGER ${name}`), ...statements, ...triggers.map(({ sql }) => sql)])
}

/** Deletes a hundred images with a thousand layers. @returns how many rows D1 read for that */
async function costOfGarbage(): Promise<number> {
  await run(images('b', garbage / layersOfAnImage, { tagged: false }))
  const begun = await beginRun()
  const collect = async (db: Database) => {
    expect((await finishRun({ ...begun, db })).freed.blobs).toBe(garbage)
  }
  const rowsRead = await rowsReadBy(collect)
  expect(await countReviews()).toBe(0)
  return rowsRead
}

it('a run reads hardly more rows among 300,000 live blobs than among 10,000', async () => {
  // The storage is emptied row by row before the next test, which would take too long.
  const tables = ['tags', 'manifest_blobs', 'manifests', 'repository_blobs', 'segments', 'blobs']
  onTestFinished(() => runWithoutTriggers(tables.map((table) => `DELETE FROM ${table}`)), 60_000)
  await namespaces('alice')
  await aRepository('alice/app')
  await runWithoutTriggers(images('a', 1000, { tagged: true }))
  const few = await costOfGarbage()
  await runWithoutTriggers(images('c', 29_000, { tagged: true }))
  expect(await countRows('blobs')).toBe(300_000)
  const many = await costOfGarbage()
  expect(await countRows('blobs')).toBe(300_000)
  expect(few).toBeGreaterThan(garbage)
  expect(many).toBeLessThanOrEqual(few * 1.5)
}, 60_000)

it('a run reviews pushed content once, and nothing when nothing has happened', async () => {
  await namespaces('alice')
  await aRepository('alice/app')
  await run(images('a', 100, { tagged: true }))
  expect((await finishRun(await beginRun())).reviewed).toBe(1100)
  const begun = await beginRun()
  expect(await rowsReadBy((db) => finishRun({ ...begun, db }))).toBeLessThan(20)
})
