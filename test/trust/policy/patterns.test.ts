/** Patterns of identities: SQL and JavaScript match the same texts, however long. */
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { longestIdentityPattern } from '../../../src/limits.ts'
import { matchesPattern } from '../../../src/trust/policy/decision-store.ts'
import { matchesPattern as matchesInMemory } from '../../../src/trust/signatures/identities.ts'

type Pair = readonly [text: string, pattern: string]

async function matched(pairs: readonly Pair[]): Promise<boolean[]> {
  const rows = await openDatabase(env.DB).all<{ isMatch: number }>(sql`
    SELECT ${matchesPattern(sql`(pair.value ->> 0)`, sql`(pair.value ->> 1)`)} AS isMatch
    FROM json_each(${JSON.stringify(pairs)}) AS pair ORDER BY pair.key`)
  return rows.map(({ isMatch }) => isMatch === 1)
}

const inMemory = (pairs: readonly Pair[]): boolean[] => pairs.map(([text, pattern]) => matchesInMemory(pattern, text))

it.each<[text: string, pattern: string, isMatch: boolean]>([
  ['abc', 'abc', true],
  ['abc', 'ab', false],
  ['ab', 'abc', false],
  ['abc', 'ABC', false],
  ['', '*', true],
  ['abc', 'a*', true],
  ['xabc', 'a*', false],
  ['abc', '*c', true],
  ['abcx', '*c', false],
  ['aba', 'ab*ba', false],
  ['abba', 'ab*ba', true],
  ['a-b-c', 'a*b*c', true],
  ['a-c-b', 'a*b*c', false],
  ['a[b]?c', 'a[b]?*', true],
  ['aé😀b', 'a*😀b', true],
])('%j by the pattern %j: %j', async (text, pattern, isMatch) => {
  const pairs: Pair[] = [[text, pattern]]
  expect([await matched(pairs), inMemory(pairs)]).toEqual([[isMatch], [isMatch]])
})

it('any texts, by any patterns', async () => {
  const of = (...characters: string[]) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 9 })
  const pairs = fc.sample(fc.tuple(of('a', 'b', 'é'), of('a', 'b', 'é', '*', '*')), 3000)
  const found = await matched(pairs)
  expect(found).toEqual(inMemory(pairs))
  expect(found.filter((isMatch) => isMatch).length).toBeGreaterThan(100)
})

it('patterns as long as they may be', async () => {
  const long = 'a'.repeat(longestIdentityPattern - 2)
  expect(
    await matched([
      [`${long}--${long}`, `${long}*`],
      [`b${long}`, `${long}*`],
    ]),
  ).toEqual([true, false])
})
