/**
 * D1 with the limits of Cloudflare's, which the local one does not all have: 100 parameters, texts and rows of 2,000,000
 * bytes, statements of 100,000 bytes.
 */
import { env } from 'cloudflare:workers'
import { openDatabase, type Database } from '../../src/db/database.ts'

const mostParameters = 100
const mostBytes = 2_000_000
const mostStatementBytes = 100_000

const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return new TextEncoder().encode(value).length
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value.byteLength : 8
}

function refuse(what: string, size: number, most: number): void {
  if (size > most) throw new Error(`D1_ERROR: ${what} of ${size}, and ${most} are the most: SQLITE_TOOBIG`)
}

function checkRows(result: unknown): void {
  if (Array.isArray(result)) for (const one of result) checkRows(one)
  else if (typeof result === 'object' && result !== null && 'results' in result && Array.isArray(result.results)) {
    for (const row of result.results as object[]) {
      refuse(
        'a row',
        Object.values(row)
          .map(bytesOf)
          .reduce((sum, bytes) => sum + bytes, 0),
        mostBytes,
      )
    }
  }
}

async function checked(answer: unknown): Promise<unknown> {
  const result = await answer
  checkRows(result)
  return result
}

const originals = new WeakMap<object, D1PreparedStatement>()

function strictStatement(inner: D1PreparedStatement): D1PreparedStatement {
  const statement = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...given: unknown[]): unknown => {
        if (name !== 'bind') return checked(Reflect.apply(member, target, given))
        refuse('a statement with parameters', given.length, mostParameters)
        for (const value of given) refuse('a parameter in bytes', bytesOf(value), mostBytes)
        return strictStatement(target.bind(...given))
      }
    },
  })
  originals.set(statement, inner)
  return statement
}

/** Refuses in a test what D1 refuses on Cloudflare. */
export const strictBinding = (inner: D1Database = env.DB): D1Database =>
  new Proxy(inner, {
    get(target, name) {
      if (name === 'prepare') {
        return (sql: string) => {
          refuse('a statement in bytes', bytesOf(sql), mostStatementBytes)
          return strictStatement(target.prepare(sql))
        }
      }
      if (name !== 'batch') throw new Error(`${String(name)} of D1 is not looked at`)
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements.map((strict) => originals.get(strict) ?? strict))
        checkRows(results)
        return results
      }
    },
  })

export const strictDatabase = (): Database => openDatabase(strictBinding())
