/** D1 that fails as Cloudflare's does, at the round trips that a test names. */
import { interceptedDatabase } from './intercepted-database.ts'

/** D1 did not begin what it was asked. */
export const refusedTexts = [
  'D1 DB is overloaded. Too many requests queued.',
  'D1 DB is overloaded. Requests queued for too long.',
  'Internal error while starting up D1 DB storage caused object to be reset.',
  'Cannot resolve D1 DB due to transient issue on remote node.',
] as const

/** D1 may have done it. */
export const interruptedTexts = [
  'Network connection lost.',
  'D1 DB storage operation exceeded timeout which caused object to be reset.',
  'Internal error in D1 DB storage caused object to be reset.',
  'D1 DB exceeded its CPU time limit and was reset.',
  'Isolate Has exceeded Memory Size.',
  "D1 DB's code was updated.",
] as const

export const passingTexts = [...refusedTexts, ...interruptedTexts]

export interface DatabaseFault {
  readonly text: string
  /** How many round trips succeed before. */
  readonly after: number
  /** Whether everything is done before, and only the answer is lost. */
  readonly isDone: boolean
}

export interface FaultyDatabase {
  readonly database: D1Database
  readonly hasFailed: () => boolean
}

/** One round trip fails, once. */
export function faultyDatabase({ text, after, isDone }: DatabaseFault): FaultyDatabase {
  let toSucceed = after
  let hasFailed = false
  const database = interceptedDatabase(async (_, run) => {
    if (hasFailed || toSucceed-- > 0) return run()
    hasFailed = true
    if (isDone) await run()
    throw new Error(`D1_ERROR: ${text}`)
  })
  return { database, hasFailed: () => hasFailed }
}
