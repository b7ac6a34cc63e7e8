/** What a trim deletes of the events, beside what comes meanwhile. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { deleteEventsBefore, firstKept } from '../../../src/db/events/trimming.ts'
import { someEvents } from '../../support/event-consumers.ts'
import { rowsOf } from '../../support/schema.ts'

const db = openDatabase(env.DB)

const kept = async (): Promise<number[]> =>
  (await rowsOf<{ id: number }>('SELECT id FROM events ORDER BY id')).map(({ id }) => id)

it('the first event that stays is newer than the bound, or young', async () => {
  const [one = 0, two = 0, three = 0] = await someEvents(3, { publishedAt: 1000 })
  expect(await firstKept(db, 2000, one, 10)).toEqual({ publishedAt: 1000, id: two })
  expect(await firstKept(db, 2000, three, 10)).toEqual({ publishedAt: 2000, id: 0 })
  expect(await firstKept(db, 1000, one, 10)).toEqual({ publishedAt: 1000, id: 0 })
})

it('no event goes that is newer than the bound, also one of an earlier time that came after the look', async () => {
  const [one = 0, two = 0] = await someEvents(2, { publishedAt: 1000 })
  const place = await firstKept(db, 2000, one, 10)
  const [late = 0] = await someEvents(1, { publishedAt: 500 })
  expect((await deleteEventsBefore(db, place, one, 10)).events).toBe(1)
  expect(await kept()).toEqual([two, late])
})
