/**
 * Random histories of consumers: workers that crash between any two round trips, workers that are overtaken, events that
 * fail, and retention that deletes in between. Whatever happens, each event counts exactly once, in order.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { changeConsumers } from '../../src/db/events/consumers.ts'
import { deleteEventsBefore } from '../../src/db/events/trimming.ts'
import type { EventConsumer } from '../../src/events/consumer.ts'
import { consumeSlice } from '../../src/events/consumer-slice.ts'
import { testContext } from '../support/context.ts'
import {
  aConsumer,
  dropSeenTable,
  makeSeenTable,
  noteSeen,
  parkedBy,
  seenBy,
  someEvents,
  stateOf,
} from '../support/event-consumers.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { Random } from '../support/random.ts'

const db = openDatabase(env.DB)
const hour = 3_600_000
const poison = 'poison'

beforeAll(makeSeenTable)
afterAll(dropSeenTable)

type Fate = 'goes on' | 'crashes before' | 'crashes after'

/** A worker that stops before each round trip until it is told how that ends. One that crashed says nothing any more. */
class SteppedWorker {
  isOver = false
  #arrived = Promise.withResolvers<void>()
  #resume: ((fate: Fate) => void) | undefined

  constructor(work: (binding: D1Database) => Promise<unknown>) {
    const binding = interceptedDatabase(async (_, run) => {
      const fate = await new Promise<Fate>((resolve) => {
        this.#resume = resolve
        this.#arrived.resolve()
      })
      if (fate === 'crashes before') return this.#crash()
      const answer = await run()
      return fate === 'crashes after' ? this.#crash() : answer
    })
    void work(binding)
      .catch(() => undefined)
      .finally(() => this.#end())
  }

  #end(): void {
    this.isOver = true
    this.#arrived.resolve()
  }

  #crash(): Promise<never> {
    this.#end()
    return new Promise(() => {})
  }

  /** Waits until the worker stands before its first round trip. */
  async begin(): Promise<this> {
    await this.#arrived.promise
    return this
  }

  async step(fate: Fate): Promise<void> {
    this.#arrived = Promise.withResolvers<void>()
    this.#resume?.(fate)
    await this.#arrived.promise
  }
}

class History {
  readonly delivered: number[] = []
  readonly written: number[] = []
  readonly poisoned = new Set<number>()
  readonly deleted = new Set<number>()
  readonly creations = new Set<number>()
  now = 1000
  readonly #workers: SteppedWorker[] = []
  readonly #random: Random
  readonly consumers: Readonly<Record<string, EventConsumer>> = {
    counter: aConsumer('counter', {
      consume: (_context, events) => {
        if (events.some(({ objectName }) => objectName === poison)) throw new Error('poisoned')
        return { seen: noteSeen('counter', events) }
      },
    }),
    creations: aConsumer('creations', { mostEvents: 2, types: ['CREATE'] }),
    webhook: aConsumer('webhook', {
      mostEvents: 4,
      consume: async (_context, events) => {
        this.delivered.push(...events.map(({ id }) => id))
        return {}
      },
    }),
  }

  constructor(random: Random) {
    this.#random = random
  }

  async play(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const next = this.#random.weighted([
        [() => this.write(), 2],
        [() => this.start(), 3],
        [() => this.goOn(), 12],
        [() => this.wait(), 1],
        [() => this.trim(), 0.3],
      ])
      await next?.()
    }
  }

  async write(): Promise<void> {
    const isPoison = this.#random.isLucky(0.1)
    const type = this.#random.pick(['CREATE', 'DELETE'])
    const ids = await someEvents(1 + this.#random.below(3), { type, objectName: isPoison ? poison : 'v1' })
    for (const id of ids) {
      this.written.push(id)
      if (isPoison) this.poisoned.add(id)
      if (type === 'CREATE') this.creations.add(id)
    }
  }

  async start(): Promise<void> {
    const name = this.#random.pick(Object.keys(this.consumers))
    this.#workers.push(await new SteppedWorker((binding) => this.slice(name, binding)).begin())
  }

  async slice(name: string, binding: D1Database): Promise<boolean> {
    const consumer = this.consumers[name]
    if (consumer === undefined) throw new Error(`there is no consumer ${name}`)
    const context = testContext({ db: openDatabase(binding), clock: () => this.now })
    return (await consumeSlice(context, name, consumer, 0)).isDone
  }

  async goOn(): Promise<void> {
    const worker = this.#random.of(this.#workers.filter(({ isOver }) => !isOver))
    const fate = this.#random.weighted<Fate>([
      ['goes on', 8],
      ['crashes before', 1],
      ['crashes after', 1],
    ])
    await worker?.step(fate ?? 'goes on')
  }

  async wait(): Promise<void> {
    this.now += this.#random.below(hour)
  }

  async trim(): Promise<void> {
    const ids = await env.DB.prepare('SELECT id FROM events ORDER BY id LIMIT ?')
      .bind(1 + this.#random.below(4))
      .all<{ id: number }>()
    const last = ids.results.at(-1)?.id ?? 0
    await deleteEventsBefore(db, { publishedAt: Number.MAX_SAFE_INTEGER, id: 0 }, last, 100)
    for (const { id } of ids.results) this.deleted.add(id)
  }

  /** What workers do that do not crash, until nothing is left. */
  async settle(): Promise<void> {
    for (const name of Object.keys(this.consumers)) {
      for (let round = 0; round < 500; round++) {
        const isDone = await this.slice(name, env.DB).catch(() => false)
        if (isDone && (await isUpToDate(name))) break
        this.now += hour
      }
    }
  }
}

async function isUpToDate(name: string): Promise<boolean> {
  const { cursor, newest } = await stateOf(name)
  return cursor >= newest
}

const sorted = (ids: Iterable<number>): number[] => [...ids].sort((one, other) => one - other)

it('each event takes effect once and in order, or is parked or counted as missed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      await env.DB.batch(['seen', 'events', 'event_consumers'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
      const history = new History(new Random(seed))
      const joined = Object.entries(history.consumers).map(([name, { startsAt }]) => ({ name, startsAt }))
      await changeConsumers(db, { joined, left: [], forgotten: [], removedBefore: 0 }, history.now)
      await history.play(100)
      await history.settle()

      const counted = await seenBy('counter')
      const parked = await parkedBy('counter')
      expect(counted).toEqual(sorted(new Set(counted)))
      expect(parked.filter((id) => !history.poisoned.has(id))).toEqual([])
      const isLost = (id: number): boolean => !counted.includes(id) && !parked.includes(id)
      const lost = history.written.filter(isLost)
      expect(lost.filter((id) => !history.deleted.has(id))).toEqual([])
      expect((await stateOf('counter')).missed).toBe(lost.length)

      const created = await seenBy('creations')
      expect(created).toEqual(sorted(new Set(created)))
      expect(created.filter((id) => !history.creations.has(id))).toEqual([])
      expect([...history.creations].filter((id) => !created.includes(id) && !history.deleted.has(id))).toEqual([])

      const first = [...new Set(history.delivered)]
      expect(first).toEqual(sorted(first))
      expect(history.written.filter((id) => !first.includes(id) && !history.deleted.has(id))).toEqual([])
    }),
    { numRuns: 8 },
  )
})
