/**
 * Pulls as events, at a cost that a pull does not feel: an isolate gathers those of a few seconds and writes them in one
 * batch, after the answers have gone out. Pulls of the same thing by the same caller become one event that says how many
 * they were. What is lost, should an isolate be killed, is the pulls of those seconds.
 */
import type { Context } from '../context.ts'
import type { Database } from '../db/database.ts'
import { recordPulls, type CountedPull } from '../db/events/pulls.ts'

export interface Pull extends Omit<CountedPull, 'count'> {}

/** A batch has one parameter of 2 MB at most, far more than so many pulls need. */
const mostGathered = 1000

/** How much later than announced a writer may come before it counts as dead: its request was ended with it. */
const lateWriterMilliseconds = 5000

interface Gathering {
  readonly pulls: Map<string, CountedPull>
  /** When the writer that was started last is to write. */
  readonly writesAt: number
}

/** By the database they will be written to, so that nothing is shared that should not be. */
const gathering = new WeakMap<Database, Gathering>()

/** Takes note of a pull; never fails and never waits. */
export function notePull(context: Context, pull: Pull): void {
  const { pulls } = currentGathering(context)
  const key = `${pull.actorId ?? ''}\n${pull.repository}\n${pull.tag ?? ''}\n${pull.digest}`
  pulls.set(key, { ...pull, count: (pulls.get(key)?.count ?? 0) + 1 })
  // The next pull begins again; these are written when their time comes.
  if (pulls.size >= mostGathered) gathering.delete(context.db)
}

/** What is gathered, by a writer that lives: what a dead one leaves behind another one writes. */
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
