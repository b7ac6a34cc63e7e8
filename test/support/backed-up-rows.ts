/** Rows as a backup has them, for what brings them back into a repository that was made again. */
import type { BackedUpRows } from '../../src/registry/repository-return.ts'
import { rowsOf } from './schema.ts'

/** Copies the rows that tables have now. */
export async function backedUpNow(...tables: readonly string[]): Promise<BackedUpRows> {
  const copies = new Map<string, readonly object[]>()
  for (const table of tables) copies.set(table, await rowsOf(`SELECT * FROM ${table}`))
  return {
    rowsOf: (table, form, isWanted) =>
      Promise.resolve((copies.get(table) ?? []).map((row) => form.parse(row)).filter(isWanted)),
    documentIn: () => Promise.resolve(undefined),
  }
}
