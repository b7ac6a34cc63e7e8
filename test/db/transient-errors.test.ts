import { describe, expect, it } from 'vitest'
import { isOverloaded, runBatch, openDatabase } from '../../src/db/database.ts'
import { askDatabase, isReading } from '../../src/db/transient-errors.ts'
import { sql } from 'drizzle-orm'
import { interruptedTexts, passingTexts, refusedTexts } from '../support/passing-texts.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'

/** Fails the first times, then answers how often it was asked. */
function failing(message: string, times: number) {
  let asked = 0
  const ask = async () => {
    if (++asked <= times) throw new Error(message)
    return asked
  }
  return { ask, asked: () => asked }
}

describe('what D1 did not do', () => {
  it.each(refusedTexts)('is asked again whatever it is: %s', async (text) => {
    expect(await askDatabase(failing(text, 2).ask, () => false)).toBe(3)
  })

  it('fails after three tries', async () => {
    const { ask, asked } = failing(refusedTexts[0], 3)
    await expect(askDatabase(ask, () => true)).rejects.toThrow('overloaded')
    expect(asked()).toBe(3)
  })
})

describe('what D1 may have done', () => {
  it.each(interruptedTexts)('is asked again only where twice is the same as once: %s', async (text) => {
    expect(await askDatabase(failing(text, 2).ask, () => true)).toBe(3)
    const { ask, asked } = failing(text, 1)
    await expect(askDatabase(ask, () => false)).rejects.toThrow(text)
    expect(asked()).toBe(1)
  })
})

it.each(['D1_ERROR: Exceeded maximum DB size', 'UNIQUE constraint failed: tags.name'])(
  'what does not pass is not asked again: %s',
  async (text) => {
    const { ask, asked } = failing(text, 1)
    await expect(askDatabase(ask, () => true)).rejects.toThrow(text)
    expect([asked(), isOverloaded(new Error(text))]).toEqual([1, false])
  },
)

it.each(passingTexts)('what passes is told as such: %s', (text) => {
  expect(isOverloaded(new Error('query failed', { cause: new Error(`D1_ERROR: ${text}`) }))).toBe(true)
})

it('a batch is repeated when it only reads, or is marked', async () => {
  const sent: number[] = []
  const database = () => {
    let failures = 1
    return openDatabase(
      interceptedDatabase((statements, run) => {
        sent.push(statements.length)
        if (failures-- > 0) throw new Error(interruptedTexts[0])
        return run()
      }),
    )
  }
  const read = sql`SELECT 1 AS one`
  const write = sql`UPDATE settings SET value = '1' WHERE name = 'none'`
  await runBatch(database(), { first: read, second: read })
  await runBatch(database(), { read, write }, 'repeatable')
  await expect(runBatch(database(), { read, writes: [write, write] })).rejects.toThrow(interruptedTexts[0])
  expect(sent).toEqual([2, 2, 2, 2, 3])
})

it.each([
  ['select "a" from "b"', true],
  ['\n  WITH a AS (SELECT 1) SELECT updated_at FROM a', true],
  ['WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a', false],
  ['insert into "a" values (1)', false],
  ['DELETE FROM a', false],
])('%s only reads: %s', (text, expected) => {
  expect(isReading(text)).toBe(expected)
})
