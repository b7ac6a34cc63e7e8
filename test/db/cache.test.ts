/** What an isolate keeps of what pulls look up, and which statements drop it. */
import { describe, expect, it } from 'vitest'
import { KeptAnswers, keptMilliseconds, mayTakeAway } from '../../src/db/cache.ts'
import { mostKeptAnswers, mostKeptCharacters } from '../../src/limits.ts'

const keep = (kept: KeptAnswers, key: string, characters = 0, now = 0): void =>
  kept.keep(key, key, characters, { now, drops: kept.drops })

describe('what is kept', () => {
  it('is found for seconds and no longer', () => {
    const kept = new KeptAnswers()
    keep(kept, 'a')
    expect([kept.find('a', keptMilliseconds - 1), kept.find('a', keptMilliseconds)]).toEqual(['a', undefined])
  })

  it('is gone after a drop, with what was looked up before it', () => {
    const kept = new KeptAnswers()
    const { drops } = kept
    keep(kept, 'a')
    kept.drop()
    kept.keep('b', 'b', 0, { now: 0, drops })
    expect([kept.find('a', 0), kept.find('b', 0), kept.size]).toEqual([
      undefined,
      undefined,
      { answers: 0, characters: 0 },
    ])
  })

  it('is bounded by number, and the oldest goes first', () => {
    const kept = new KeptAnswers()
    for (let at = 0; at <= mostKeptAnswers; at++) keep(kept, `key ${at}`)
    expect([kept.find('key 0', 0), kept.find('key 1', 0)]).toEqual([undefined, 'key 1'])
    expect(kept.size.answers).toBe(mostKeptAnswers)
  })

  it('is bounded by its length, that of its keys included', () => {
    const kept = new KeptAnswers()
    keep(kept, 'a', mostKeptCharacters - 2)
    keep(kept, 'b')
    expect(kept.size).toEqual({ answers: 2, characters: mostKeptCharacters })
    keep(kept, 'c')
    expect([kept.find('a', 0), kept.find('b', 0), kept.size]).toEqual([undefined, 'b', { answers: 2, characters: 2 }])
    keep(kept, 'd', mostKeptCharacters)
    expect(kept.find('d', 0)).toBeUndefined()
  })

  it('counts once what is kept again', () => {
    const kept = new KeptAnswers()
    keep(kept, 'a', 10)
    keep(kept, 'a', 20)
    expect(kept.size).toEqual({ answers: 1, characters: 21 })
  })
})

it('is dropped by what deletes, hides, moves or marks content, and not by a push, a pull or a login', () => {
  for (const text of [
    'DELETE FROM manifests WHERE digest = ?',
    '\n  DELETE FROM repository_blobs',
    "UPDATE repositories SET name = '~' || id",
    'UPDATE blobs SET lost_at = ?',
    'UPDATE repositories SET deleted_name = name, name = ?',
    'update "blobs" set "lost_at" = ?',
    'INSERT INTO settings (name, value) VALUES (?, ?)',
    'WITH gone AS (SELECT 1) DELETE FROM blobs',
  ]) {
    expect([text, mayTakeAway(text)]).toEqual([text, true])
  }
  for (const text of [
    'SELECT deleted_name FROM repositories',
    'INSERT INTO manifests (digest) VALUES (?) ON CONFLICT (digest) DO UPDATE SET pushed_at = 1',
    'UPDATE segments SET size_bytes = ? WHERE key = ?',
    'UPDATE manifests SET confirmed_at = ?',
    'DELETE FROM tags WHERE rowid IN (SELECT 1)',
    'DELETE FROM login_failures WHERE key = ?',
    'DELETE FROM sessions WHERE hash = ?',
    'UPDATE repositories SET pushes = pushes + 1 WHERE name = ?',
    'UPDATE repositories SET pulls = pulls + counted.count FROM counted',
  ]) {
    expect([text, mayTakeAway(text)]).toEqual([text, false])
  }
})
