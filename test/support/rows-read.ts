/** Counts the rows that functions of `src/db` read, by what D1 itself says. */
import { env } from 'cloudflare:workers'
import { openDatabase, type Database } from '../../src/db/database.ts'

const originals = new WeakMap<object, D1PreparedStatement>()

/** Runs the work with a database that counts. */
export async function rowsReadBy(work: (db: Database) => Promise<unknown>): Promise<number> {
  let rows = 0
  const count = <Result extends D1Result>(result: Result): Result => {
    rows += result.meta.rows_read
    return result
  }
  const counting = (statement: D1PreparedStatement): D1PreparedStatement => {
    const stand = new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => counting(target.bind(...values))
        if (name === 'all' || name === 'run') return async () => count(await target[name]())
        throw new Error(`nobody counts ${String(name)} of a statement`)
      },
    })
    originals.set(stand, statement)
    return stand
  }
  const binding = new Proxy(env.DB, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => counting(target.prepare(sql))
      if (name !== 'batch') throw new Error(`nobody counts ${String(name)} of D1`)
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements.map((statement) => originals.get(statement) ?? statement))
        return results.map(count)
      }
    },
  })
  await work(openDatabase(binding))
  return rows
}
