/** Retention beside consumers: what one has not seen stays, within a bound, and what it misses is counted. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { changeConsumers } from '../../src/db/events/consumers.ts'
import { moveCursor } from '../../src/db/events/consumption.ts'
import { mostHeldBack } from '../../src/events/consumer-decisions.ts'
import { trimHistory } from '../../src/events/retention.ts'
import { currentSettings } from '../../src/settings/settings.ts'
import { rowsReadBy } from '../support/counting.ts'
import { someEvents, stateOf } from '../support/event-consumers.ts'
import { rowsOf } from '../support/schema.ts'

const db = openDatabase(env.DB)
const day = 24 * 3_600_000
/** Begins an hour, at which events are also trimmed by their number. */
const now = 1000 * day

const trim = async (keep = 100_000): Promise<number> => {
  const settings = { ...(await currentSettings(db, now)), repoEventHistoryToKeep: keep }
  return (await trimHistory({ db, now, isTimeOver: () => false }, settings)).events
}

const kept = async (): Promise<number[]> =>
  (await rowsOf<{ id: number }>('SELECT id FROM events ORDER BY id')).map(({ id }) => id)

/** A consumer that has seen the events up to this one. */
async function aReader(name: string, cursor: number): Promise<void> {
  await changeConsumers(db, { joined: [{ name, startsAt: 'oldest' }], left: [], forgotten: [], removedBefore: 0 }, now)
  await env.DB.prepare('UPDATE event_consumers SET cursor = ? WHERE name = ?').bind(cursor, name).run()
}

/** As if so many events had come after the others. */
const comeLater = async (count: number): Promise<number> => {
  const [id = 0] = await someEvents(1, { publishedAt: now })
  await env.DB.prepare('UPDATE events SET id = id + ? WHERE id = ?').bind(count, id).run()
  return id + count
}

describe('retention', () => {
  it('leaves what a consumer has not seen, by age and by number', async () => {
    const ids = await someEvents(6)
    await aReader('ahead', ids[4] ?? 0)
    await aReader('behind', ids[1] ?? 0)
    expect(await trim()).toBe(2)
    expect(await kept()).toEqual(ids.slice(2))
    await env.DB.prepare('UPDATE events SET published_at = ?').bind(now).run()
    expect(await trim(1)).toBe(0)
    await env.DB.prepare('UPDATE event_consumers SET cursor = ?')
      .bind(ids[3] ?? 0)
      .run()
    expect(await trim(1)).toBe(2)
    expect(await kept()).toEqual(ids.slice(4))
    expect([(await stateOf('ahead')).missed, (await stateOf('behind')).missed]).toEqual([0, 0])
  })

  it('takes what is too far behind, counts it for each consumer that missed it, and says so', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue()
    const ids = await someEvents(5)
    const last = await comeLater(mostHeldBack - 2)
    await aReader('ahead', last)
    await aReader('behind', ids[0] ?? 0)
    await aReader('middle', ids[1] ?? 0)
    const bound = last - mostHeldBack
    const gone = ids.filter((id) => id <= bound)
    expect(gone.length).toBeGreaterThan(1)
    expect(await trim()).toBe(gone.length)
    expect(await kept()).toEqual([...ids.filter((id) => id > bound), last])
    const missed = [(await stateOf('ahead')).missed, (await stateOf('behind')).missed, (await stateOf('middle')).missed]
    expect(missed).toEqual([0, gone.length - 1, Math.max(0, gone.length - 2)])
    expect(said.mock.calls).toContainEqual(['events were deleted before the consumer behind looked at them'])
    expect(said.mock.calls.flat().join('\n')).not.toContain('ahead')
    said.mockRestore()
  })

  it('does not wait for a consumer whose capability was taken out, and counts what it missed', async () => {
    vi.spyOn(console, 'error').mockReturnValueOnce()
    await aReader('gone', 0)
    await changeConsumers(db, { joined: [], left: ['gone'], forgotten: [], removedBefore: 0 }, now)
    await someEvents(4)
    expect(await trim()).toBe(4)
    expect((await stateOf('gone')).missed).toBe(4)
  })

  it('makes a worker look again that has read what is deleted now: nothing is both consumed and missed', async () => {
    vi.spyOn(console, 'error').mockReturnValueOnce()
    const ids = await someEvents(2)
    await aReader('slow', 0)
    const seen = await stateOf('slow')
    await comeLater(2 * mostHeldBack)
    await trim()
    expect(await moveCursor(db, seen, ids[1] ?? 0, {})).toBe(false)
    expect(await stateOf('slow')).toMatchObject({ cursor: 0, missed: 2 })
  })

  it('reads nothing more for consumers that are up to date', async () => {
    const ids = await someEvents(300, { publishedAt: now })
    const read = (): Promise<number> =>
      rowsReadBy(async (counted) =>
        trimHistory({ db: counted, now: now + 60_000, isTimeOver: () => false }, await currentSettings(db, now)),
      )
    const before = await read()
    await aReader('counter', ids.at(-1) ?? 0)
    expect((await read()) - before).toBeLessThan(10)
  })

  it('reads what it deletes beside a consumer that is stuck, however many events wait for it', async () => {
    const ids = await someEvents(3000)
    await aReader('stuck', ids[9] ?? 0)
    const tick = (): Promise<number> =>
      rowsReadBy(async (counted) =>
        trimHistory({ db: counted, now: now + 60_000, isTimeOver: () => false }, await currentSettings(db, now)),
      )
    expect(await tick()).toBeLessThan(150)
    expect(await kept()).toEqual(ids.slice(10))
    expect(await tick()).toBeLessThan(50)
    // Of the same time, and of a time of its own.
    await env.DB.prepare('UPDATE events SET published_at = id').run()
    expect(await tick()).toBeLessThan(50)
    await env.DB.prepare('UPDATE event_consumers SET cursor = ?')
      .bind(ids[29] ?? 0)
      .run()
    expect(await tick()).toBeLessThan(250)
    expect(await kept()).toEqual(ids.slice(30))
  })
})
