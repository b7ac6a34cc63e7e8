import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { rememberedTag, rememberTag, type Resolution } from '../../src/events/resolved-tags.ts'
import { parseDigest, parseRepositoryName, parseTag } from '../../src/names.ts'

const db = openDatabase(env.DB)
const minute = 60_000

const resolution = (caller: string, repository = 'alice/app'): Resolution => ({
  caller,
  repository: parseRepositoryName(repository),
  digest: parseDigest(`sha256:${'a'.repeat(64)}`),
})

it('a tag is remembered for the caller that asked for it, the last one, for five minutes', () => {
  rememberTag(db, resolution('bob'), parseTag('v1'), 0)
  rememberTag(db, resolution('bob'), parseTag('v2'), minute)
  expect(rememberedTag(db, resolution('bob'), 6 * minute - 1)).toBe('v2')
  expect(rememberedTag(db, resolution('bob'), 6 * minute)).toBeUndefined()
  expect(rememberedTag(db, resolution('carol'), minute)).toBeUndefined()
  expect(rememberedTag(db, resolution('bob', 'alice/other'), minute)).toBeUndefined()
})

it('of more than a thousand the oldest is forgotten', () => {
  for (let at = 0; at < 1001; at++) rememberTag(db, resolution(`caller ${at}`), parseTag('v1'), 0)
  expect(rememberedTag(db, resolution('caller 0'), 1)).toBeUndefined()
  expect(rememberedTag(db, resolution('caller 1'), 1)).toBe('v1')
  expect(rememberedTag(db, resolution('caller 1000'), 1)).toBe('v1')
})

it('a tag that is remembered again is no longer the oldest', () => {
  for (let at = 0; at < 1000; at++) rememberTag(db, resolution(`other ${at}`), parseTag('v1'), 0)
  rememberTag(db, resolution('other 0'), parseTag('v2'), 0)
  rememberTag(db, resolution('one more'), parseTag('v1'), 0)
  expect(rememberedTag(db, resolution('other 0'), 1)).toBe('v2')
  expect(rememberedTag(db, resolution('other 1'), 1)).toBeUndefined()
})
