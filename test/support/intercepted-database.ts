/** D1 with something that happens around each of its round trips: a delay, or a failure. */
import { env } from 'cloudflare:workers'

/** @param statements the texts of the batch, or the one statement */
export type RoundTrip = (statements: readonly string[], run: () => Promise<unknown>) => Promise<unknown>

/** What sends a statement by itself, in place of a batch. */
const sending = new Set<PropertyKey>(['all', 'first', 'raw', 'run'])

export function interceptedDatabase(around: RoundTrip, inner: D1Database = env.DB): D1Database {
  const originals = new WeakMap<object, { readonly statement: D1PreparedStatement; readonly text: string }>()
  const wrap = (statement: D1PreparedStatement, text: string): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values), text)
        if (!sending.has(name)) return member.bind(target) as unknown
        return (...parameters: unknown[]) =>
          around([text], async () => (await Reflect.apply(member, target, parameters)) as unknown)
      },
    })
    originals.set(wrapped, { statement, text })
    return wrapped
  }
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => wrap(target.prepare(text), text)
      if (name !== 'batch') throw new Error(`${String(name)} of D1 is not looked at`)
      return (statements: D1PreparedStatement[]) => {
        const batch = statements.map((wrapped) => originals.get(wrapped) ?? { statement: wrapped, text: '' })
        return around(
          batch.map(({ text }) => text),
          () => target.batch(batch.map(({ statement }) => statement)),
        )
      }
    },
  })
}

/** D1 that answers each time so much later. */
export const slowDatabase = (milliseconds: () => number): D1Database =>
  interceptedDatabase(async (_, run) => {
    await scheduler.wait(Math.max(0, milliseconds()))
    return run()
  })

/** D1 that says with each answer to a single statement that it holds so many bytes. */
export const databaseOfSize = (sizeBytes: number): D1Database =>
  interceptedDatabase(async (_, run) => {
    const answer = await run()
    if (typeof answer !== 'object' || answer === null || !('meta' in answer)) return answer
    return { ...answer, meta: Object.assign({}, answer.meta, { size_after: sizeBytes }) }
  })
