/** The health of the trust server, which anyone may ask for, as often as they like. */
import type { Context } from '../../context.ts'
import type { Database } from '../../db/database.ts'
import { shared } from '../../db/in-flight.ts'
import { keysInDanger, sentenceOfLost, sentenceOfOwn, sentenceOfWaiting, type KeysInDanger } from './reseal.ts'

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

/** What the health says, by its subjects. */
export interface ToldHealth {
  readonly isWell: boolean
  readonly told: Readonly<Record<string, string>>
}

/** Says which keys are lost, and which need the previous secret: these sign, so that is no failure. */
export function toldOfHealth({ needPrevious, lost, isOwnLost }: KeysInDanger): ToldHealth {
  const lacking = { ...(lost > 0 && { keys: sentenceOfLost(lost) }), ...(isOwnLost && { registryKey: sentenceOfOwn }) }
  const waiting = needPrevious > 0 && { previousSecret: sentenceOfWaiting(needPrevious) }
  return { isWell: Object.keys(lacking).length === 0, told: { ...lacking, ...waiting } }
}

/** Lets the next request ask D1 again, for tests whose registry is another one than that of the tests before. */
export function forgetHealth(db: Database): void {
  kept.delete(db)
}
