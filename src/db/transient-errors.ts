/**
 * Reads D1's passing errors, in this one place, and tries again what may be sent again. Cloudflare's documentation
 * ("Debug D1", "Retry queries") names the texts; "Exceeded maximum DB size" is not among them, since it does not pass.
 */
import { pauseAfter } from '../util/timeout.ts'
import { droppingKept } from './cache.ts'

/** The first try and two more. */
const tries = 3

/** D1 did not begin: its queue was full, or it was not there. Any statement may be sent again. */
const refused =
  /D1 DB is overloaded|too many requests queued|requests queued for too long|Internal error while starting up D1 DB|Cannot resolve D1 DB/i

/** The answer was lost: D1 may have done what was asked. */
const interrupted =
  /Network connection lost|storage operation exceeded timeout|Internal error in D1 DB storage|D1 DB exceeded its CPU time limit|exceeded memory|code was updated/i

export const isRefused = (message: string): boolean => refused.test(message)
export const isInterrupted = (message: string): boolean => interrupted.test(message)

/**
 * Asks D1, up to three times.
 *
 * @param isRepeatable whether asking twice changes and answers the same as asking once
 * @throws the error of the last try
 */
export async function askDatabase<Result>(
  ask: () => Promise<Result>,
  isRepeatable: () => boolean | Promise<boolean>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      const message = error instanceof Error ? error.message : ''
      const mayAsk = isRefused(message) || (isInterrupted(message) && (await isRepeatable()))
      if (attempt === tries || !mayAsk) throw error
      await pauseAfter(attempt)
    }
  }
}

/** Tells whether the text of a statement only reads. */
export const isReading = (text: string): boolean =>
  /^\s*(SELECT|WITH)\b/i.test(text) && !/\b(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(text)

/** Methods that send a single statement. */
const sending: ReadonlySet<PropertyKey> = new Set(['all', 'first', 'raw', 'run'])

/** Wraps D1 so that a statement is sent again if it only reads or was not begun. Batches go through `runBatch`. */
export const patientBinding = (binding: D1Database): D1Database =>
  new Proxy(binding, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => patientStatement(target, target.prepare(text), text)
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })

function patientStatement(binding: D1Database, statement: D1PreparedStatement, text: string): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'bind') return (...values: unknown[]) => patientStatement(binding, target.bind(...values), text)
      if (!sending.has(name)) return member.bind(target) as unknown
      const send = async (...parameters: unknown[]) => (await Reflect.apply(member, target, parameters)) as unknown
      return (...parameters: unknown[]) =>
        droppingKept(binding, [text], () =>
          askDatabase(
            () => send(...parameters),
            () => isReading(text),
          ),
        )
    },
  })
}
