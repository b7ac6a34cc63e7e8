/** Batches whose results have the names of their statements. */
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { expect, expectTypeOf, it } from 'vitest'
import { openDatabase, runBatch } from '../../src/db/database.ts'

const db = openDatabase(env.DB)
const addSetting = (name: string) => sql`INSERT INTO settings (name, value) VALUES (${name}, 'true')`
const settings = sql<{ name: string }>`SELECT name FROM settings ORDER BY name`

it('each statement of a batch has its result under its name, in whatever order D1 was sent them', async () => {
  const { before, added, after } = await runBatch(db, { before: settings, added: addSetting('a'), after: settings })
  expectTypeOf(after.rows).toEqualTypeOf<{ name: string }[]>()
  expect(before).toMatchObject({ rows: [], first: undefined })
  expect(added.changes).toBe(1)
  expect(after).toMatchObject({ rows: [{ name: 'a' }], first: { name: 'a' } })
})

it('a list of statements has a list of results, and what follows keeps its own', async () => {
  const { added, none, after } = await runBatch(db, {
    added: [addSetting('a'), addSetting('b')],
    none: [],
    after: settings,
  })
  expect(added.map(({ changes }) => changes)).toEqual([1, 1])
  expect(none).toEqual([])
  expect(after.rows).toEqual([{ name: 'a' }, { name: 'b' }])
})

it('a statement that is left out has no result, and what follows keeps its own', async () => {
  const add = (isWanted: boolean) => runBatch(db, { added: isWanted ? addSetting('a') : undefined, after: settings })
  const left = await add(false)
  expectTypeOf(left.added).toBeNullable()
  expect(left.added).toBeUndefined()
  expect(left.after.rows).toEqual([])
  const added = await add(true)
  expect(added.added?.changes).toBe(1)
  expect(added.after.rows).toEqual([{ name: 'a' }])
})

it('a batch of which one statement fails changes nothing', async () => {
  await expect(runBatch(db, { added: addSetting('a'), again: addSetting('a') })).rejects.toThrow('UNIQUE')
  expect((await runBatch(db, { settings })).settings.rows).toEqual([])
})
