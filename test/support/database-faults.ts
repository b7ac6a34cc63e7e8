/** D1 that fails as Cloudflare's does, at the round trips that a test names. */
import { interceptedDatabase } from './intercepted-database.ts'

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
