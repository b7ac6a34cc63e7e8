/** Asks SQLite how it would find the rows of each statement that some work runs. */
import { env } from 'cloudflare:workers'
import { openDatabase, type Database } from '../../src/db/database.ts'

/** By the text of each statement the steps of its plan, as EXPLAIN QUERY PLAN tells them. */
export type Plans = ReadonlyMap<string, readonly string[]>

/** @returns the plans of all statements that the work sends */
export async function plansOf(work: (db: Database) => Promise<unknown>): Promise<Plans> {
  const { binding, plans } = explainingDatabase()
  await work(openDatabase(binding))
  return plans
}

/** Stands in front of D1 and asks for the plan of each statement before it is sent. */
export function explainingDatabase(): { readonly binding: D1Database; readonly plans: Plans } {
  const plans = new Map<string, readonly string[]>()
  const explain = async (statement: object): Promise<void> => {
    const known = statements.get(statement)
    if (known === undefined || plans.has(known.sql)) return
    const plan = env.DB.prepare(`EXPLAIN QUERY PLAN ${known.sql}`).bind(...known.values)
    const { results } = await plan.all<{ detail: string }>()
    plans.set(
      known.sql,
      results.map(({ detail }) => detail),
    )
  }
  const statementOf = (original: D1PreparedStatement, sql: string, values: unknown[]): D1PreparedStatement => {
    const explained = new Proxy(original, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name === 'bind') return (...bound: unknown[]) => statementOf(target.bind(...bound), sql, bound)
        return async (...parameters: unknown[]): Promise<unknown> => {
          await explain(explained)
          return Reflect.apply(member, target, parameters)
        }
      },
    })
    statements.set(explained, { original, sql, values })
    return explained
  }
  const binding = new Proxy(env.DB, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => statementOf(target.prepare(sql), sql, [])
      if (name !== 'batch') throw new Error(`${String(name)} of D1 is not explained`)
      return async (batch: D1PreparedStatement[]) => {
        for (const statement of batch) await explain(statement)
        return target.batch(batch.map((statement) => statements.get(statement)?.original ?? statement))
      }
    },
  })
  return { binding, plans }
}

const statements = new WeakMap<object, { original: D1PreparedStatement; sql: string; values: unknown[] }>()
