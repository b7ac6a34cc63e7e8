import { expect, it } from 'vitest'
import { keysFor } from '../../src/auth/keys.ts'
import { VerifiedTokens } from '../../src/auth/verified-tokens.ts'
import { mostVerifiedCharacters, mostVerifiedTokens } from '../../src/limits.ts'

const grant = { account: undefined, access: [] }
const keyOf = async (secret: string) =>
  (await keysFor({ current: secret.repeat(32), previous: undefined }, 'token')).current
const key = await keyOf('a')
const check = { key, grant, from: 1000, until: 2000 }

it('a check is found by its own key alone, for the time for which it holds', async () => {
  const tokens = new VerifiedTokens()
  tokens.remember('token', check)
  expect(tokens.find('token', key, 1000)).toBe(check)
  expect(tokens.find('token', key, 999)).toBeUndefined()
  expect(tokens.find('token', key, 2000)).toBeUndefined()
  expect(tokens.find('token', await keyOf('b'), 1000)).toBeUndefined()
  expect(tokens.find('other', key, 1000)).toBeUndefined()
})

it('no more tokens are remembered than the bound', () => {
  const tokens = new VerifiedTokens()
  for (let at = 0; at < mostVerifiedTokens; at++) tokens.remember(`token ${at}`, check)
  expect(tokens.size.tokens).toBe(mostVerifiedTokens)
  tokens.remember('one more', check)
  expect(tokens.size.tokens).toBe(1)
  expect(tokens.find('one more', key, 1000)).toBe(check)
})

it('no more characters are remembered than the bound, however few the tokens are', () => {
  const tokens = new VerifiedTokens()
  const half = mostVerifiedCharacters / 2
  tokens.remember('a'.repeat(half), check)
  tokens.remember('b'.repeat(half), check)
  expect(tokens.size).toEqual({ tokens: 2, characters: mostVerifiedCharacters })
  tokens.remember('c', check)
  expect(tokens.size).toEqual({ tokens: 1, characters: 1 })
  tokens.remember('d'.repeat(mostVerifiedCharacters + 1), check)
  expect(tokens.size.characters).toBeLessThanOrEqual(mostVerifiedCharacters)
})

it('a token that is verified again counts once', () => {
  const tokens = new VerifiedTokens()
  for (let round = 0; round < 3; round++) tokens.remember('token', check)
  expect(tokens.size).toEqual({ tokens: 1, characters: 5 })
})
