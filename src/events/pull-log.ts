/**
 * Records pulls as events at little cost: an isolate gathers the pulls of a few seconds and writes them in one batch,
 * after their answers. Pulls of the same content by the same caller become one event with a count. An isolate that is
 * killed loses the pulls of those seconds.
 */
import type { Context } from '../context.ts'
import { loggable, type Database } from '../db/database.ts'
import { recordPulls, type CountedPull } from '../db/events/pulls.ts'

export interface Pull extends Omit<CountedPull, 'count'> {}

/** The most pulls of one batch: far fewer than its one parameter of 2 MB holds. */
const mostGathered = 1000

/** A writer that is later than this counts as dead: the runtime ended it with its request. */
const lateWriterMilliseconds = 5000

interface Gathering {
  readonly pulls: Map<string, CountedPull>
  /** When the writer that was started last writes, in milliseconds since 1970. */
  readonly writesAt: number
}

/** Gathered pulls, by the database they go to. */
const gathering = new WeakMap<Database, Gathering>()

/** Takes note of a pull, answered or refused; never fails and never waits. */
export function notePull(context: Context, pull: Pull): void {
  const { pulls } = currentGathering(context)
  const missing = pull.missingSignatures?.join(' ') ?? ''
  const outcome = pull.isRefused === true ? 'refused' : 'answered'
  const key = `${pull.actorId ?? ''}\n${pull.repository}\n${pull.tag ?? ''}\n${pull.digest}\n${missing}\n${outcome}`
  pulls.set(key, { ...pull, count: (pulls.get(key)?.count ?? 0) + 1 })
  // The next pull begins again; these are written when their time comes.
  if (pulls.size >= mostGathered) gathering.delete(context.db)
}

/** Takes note of a pull once it is known which signatures it lacks; without them, when that cannot be told. */
export async function noteReportedPull(
  context: Context,
  pull: Pull,
  findMissing: () => Promise<readonly string[]>,
): Promise<void> {
  try {
    notePull(context, { ...pull, missingSignatures: await findMissing() })
  } catch (error) {
    console.error('which signatures a pull lacks:', loggable(error))
    notePull(context, pull)
  }
}

/** Returns the gathering of a living writer. A new writer takes over what a dead one left. */
function currentGathering(context: Context): Gathering {
  const { db, now, pullLogSeconds } = context
  const known = gathering.get(db)
  if (known !== undefined && now < known.writesAt + lateWriterMilliseconds) return known
  const current = { pulls: new Map(known?.pulls), writesAt: now + pullLogSeconds * 1000 }
  // Should the writer be late and not dead, it finds nothing: no pull counts twice.
  known?.pulls.clear()
  gathering.set(db, current)
  context.background(writeLater(context, current))
  return current
}

async function writeLater({ db, now, pullLogSeconds }: Context, own: Gathering): Promise<void> {
  await scheduler.wait(pullLogSeconds * 1000)
  if (gathering.get(db) === own) gathering.delete(db)
  if (own.pulls.size > 0) await recordPulls(db, [...own.pulls.values()], now)
}
