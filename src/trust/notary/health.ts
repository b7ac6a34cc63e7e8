/** The health of the trust server, which anyone may ask for, as often as they like. */
import type { Context } from '../../context.ts'
import type { Database } from '../../db/database.ts'
import { shared } from '../../db/in-flight.ts'
import { keysInDanger, type KeysInDanger } from './reseal.ts'

/** How long an isolate repeats its answer. */
const healthMilliseconds = 5000

interface Kept {
  readonly keys: KeysInDanger
  /** Milliseconds since 1970. */
  readonly until: number
}

/** The last answers, by the database. */
const kept = new WeakMap<Database, Kept>()

/** Counts the keys that do not open. An isolate asks D1 once in some seconds, whatever the traffic. */
export async function healthOfKeys(context: Pick<Context, 'db' | 'secrets' | 'now'>): Promise<KeysInDanger> {
  const { db, now } = context
  const known = kept.get(db)
  if (known !== undefined && now < known.until) return known.keys
  const keys = await shared(db, ['trust health'], () => keysInDanger(context))
  kept.set(db, { keys, until: now + healthMilliseconds })
  return keys
}

/** Lets the next request ask D1 again, for tests whose registry is another one than that of the tests before. */
export function forgetHealth(db: Database): void {
  kept.delete(db)
}
