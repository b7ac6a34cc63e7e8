/** D1 as it is under load: one query at a time, each of which takes a while, and a queue that refuses what finds no room. */
import { interceptedDatabase } from './intercepted-database.ts'

export interface QueuedDatabase {
  readonly database: D1Database
  /** How many round trips were asked for, and how many of these were refused. */
  readonly counted: { asked: number; refused: number }
}

export function queuedDatabase({
  milliseconds,
  mostQueued,
}: {
  readonly milliseconds: number
  readonly mostQueued: number
}): QueuedDatabase {
  const counted = { asked: 0, refused: 0 }
  let queued = 0
  let last: Promise<unknown> = Promise.resolve()
  const database = interceptedDatabase(async (_, run) => {
    counted.asked++
    if (queued >= mostQueued) {
      counted.refused++
      throw new Error('D1_ERROR: D1 DB is overloaded. Too many requests queued.')
    }
    queued++
    const turn = last.then(async () => {
      await scheduler.wait(milliseconds)
      return run()
    })
    last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      queued--
    }
  })
  return { database, counted }
}
