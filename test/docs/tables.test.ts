/** The page about the architecture and the lists for backups know each table of the database. */
import { expect, it } from 'vitest'
import { tables } from '../../src/installed.ts'
import { rowsOf } from '../support/schema.ts'

const existing = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`

it('each table of the database is declared: in src/db/tables.ts, or in the `tables` of a capability', async () => {
  const found = await rowsOf<{ name: string }>(existing)
  expect(found.map(({ name }) => name).sort()).toEqual(tables.map(({ name }) => name).sort())
})
