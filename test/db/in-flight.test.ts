/** Look-ups that many requests share: each is told what was read after it came, and none waits for one that died. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { lookUpTurnMilliseconds, shared } from '../../src/db/in-flight.ts'
import { mostSharedQuestions } from '../../src/limits.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'

let db: Database
let looks = 0
let value = 0

beforeEach(() => {
  db = openDatabase(interceptedDatabase((_, run) => run(), env.DB))
  looks = 0
  value = 0
})

/** Takes what is there when it begins, and a while to answer. */
async function look(): Promise<number> {
  looks++
  const read = value
  await scheduler.wait(30)
  return read
}
const ask = (question = 'what'): Promise<number> => shared(db, [question], look)

describe('a look-up that many make at the same time', () => {
  it('is made once for the first of them and once for all others', async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => ask()))).toEqual(Array.from({ length: 50 }, () => 0))
    expect(looks).toBe(2)
  })

  it('tells nothing that was read before the request came', async () => {
    const first = ask()
    value = 1
    const others = [ask(), ask()]
    await first
    value = 2
    expect(await Promise.all([...others, ask()])).toEqual([2, 2, 2])
    expect(await first).toBe(0)
  })

  it('is not kept', async () => {
    await ask()
    value = 1
    expect([await ask(), looks]).toEqual([1, 2])
  })

  it('answers no other question, and none about another database', async () => {
    const other = openDatabase(interceptedDatabase((_, run) => run(), env.DB))
    await Promise.all([ask(), ask('who'), shared(other, ['what'], look)])
    expect(looks).toBe(3)
  })
})

describe('a look-up that fails', () => {
  const failing = (failures: number) => async (): Promise<string> => {
    looks++
    const fails = looks <= failures
    await scheduler.wait(10)
    if (fails) throw new Error(`failure ${looks}`)
    return 'found'
  }
  const askAll = (failures: number) =>
    Promise.allSettled(Array.from({ length: 20 }, () => shared(db, ['what'], failing(failures))))

  it('fails for its own request alone, when the next one succeeds', async () => {
    const outcomes = await askAll(1)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(looks).toBe(2)
  })

  it('is made a few times in all when it goes on failing', async () => {
    const outcomes = await askAll(100)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(looks).toBeLessThan(6)
  })
})

describe('a look-up that never ends, since its request was ended', () => {
  const never = () => new Promise<number>(() => undefined)

  it('holds up the others for a while, and then they look themselves', async () => {
    void shared(db, ['what'], never)
    const begun = Date.now()
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([0, 0, 0])
    expect(Date.now() - begun).toBeGreaterThan(lookUpTurnMilliseconds / 2)
    expect(looks).toBe(1)
  })

  it.each([
    ['is waited for while there are as many as may be', mostSharedQuestions - 1, true],
    ['is forgotten when there is one more', mostSharedQuestions, false],
  ])('%s', async (_, others, isWaitedFor) => {
    const { promise: end, resolve } = Promise.withResolvers<undefined>()
    const begun = Date.now()
    const all = [['what'], ...Array.from({ length: others }, (_number, at) => [at])]
    const waiting = all.map((question) => shared(db, question, () => end))
    await ask()
    expect(Date.now() - begun > lookUpTurnMilliseconds / 2).toBe(isWaitedFor)
    resolve(undefined)
    await Promise.all(waiting)
  })

  it('is passed over also by those who wait for one that never began', async () => {
    void shared(db, ['what'], never)
    void shared(db, ['what'], never)
    expect(await Promise.all([ask(), ask()])).toEqual([0, 0])
  })
})
