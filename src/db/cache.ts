/**
 * What a pull looks up by a digest, a manifest or the place of a blob, does not change: an isolate keeps it for seconds,
 * so that a thousand nodes that pull one image ask D1 about it once. Each key has what the right to it was given on, so
 * an answer is for those alone whose right the look-up would have found to hold. What is not there is never kept.
 *
 * Deletion drops everything, at once in the isolate that deletes: `mayTakeAway` looks at each statement that is sent, so
 * that no way to delete can forget to. Another isolate learns of it when the seconds are over.
 */
import { mostKeptAnswers, mostKeptCharacters } from '../limits.ts'

export const keptMilliseconds = 5000

interface Kept {
  readonly answer: unknown
  readonly characters: number
  /** Milliseconds since 1970. */
  readonly until: number
}

export class KeptAnswers {
  /** Those that end first come first. */
  readonly #answers = new Map<string, Kept>()
  #characters = 0
  #drops = 0

  /** How much is kept. */
  get size(): { readonly answers: number; readonly characters: number } {
    return { answers: this.#answers.size, characters: this.#characters }
  }

  /** Grows whenever everything is dropped: a look-up that began before may have read what is gone by now. */
  get drops(): number {
    return this.#drops
  }

  find(key: string, now: number): unknown {
    const found = this.#answers.get(key)
    return found !== undefined && now < found.until ? found.answer : undefined
  }

  /** @param drops what it was when the look-up began */
  keep(key: string, answer: unknown, characters: number, { now, drops }: { now: number; drops: number }): void {
    const total = key.length + characters
    if (drops !== this.#drops || total > mostKeptCharacters) return
    this.#forget(key)
    this.#characters += total
    this.#answers.set(key, { answer, characters: total, until: now + keptMilliseconds })
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= mostKeptAnswers && this.#characters <= mostKeptCharacters) return
      this.#forget(oldest)
    }
  }

  drop(): void {
    this.#drops++
    this.#answers.clear()
    this.#characters = 0
  }

  #forget(key: string): void {
    const found = this.#answers.get(key)
    if (found === undefined) return
    this.#answers.delete(key)
    this.#characters -= found.characters
  }
}

/** By the database, so that nothing is shared that should not be. */
const keptByDatabase = new WeakMap<D1Database, KeptAnswers>()

export function keptAnswers(binding: D1Database): KeptAnswers {
  const known = keptByDatabase.get(binding)
  if (known !== undefined) return known
  const kept = new KeptAnswers()
  keptByDatabase.set(binding, kept)
  return kept
}

/**
 * A statement after which a kept answer may be wrong: it deletes, takes the name of a repository away, marks a blob as lost
 * or gives it other segments, or changes whether pulls need a majority. What each push, pull or login does is left out, as
 * hardly anything would be kept: pushes and pulls are counted, a push deletes the tags that its limit drops, of which no
 * kept answer tells, and a login deletes failures and old sessions.
 */
const takingAway = new RegExp(
  [
    String.raw`\bDELETE\b(?!\s+FROM\s+(?:tags|login_failures|sessions)\b)`,
    String.raw`\bUPDATE\s+"?blobs\b`,
    String.raw`\bUPDATE\s+"?repositories\b(?!\s+SET\s+(?:pulls|pushes)\b)`,
    String.raw`\bINTO\s+"?settings\b`,
  ].join('|'),
  'i',
)

export const mayTakeAway = (text: string): boolean => takingAway.test(text)

/** Sends what may take away, and drops what is kept when that is done, or may be done. */
export async function droppingKept<Result>(
  binding: D1Database,
  texts: readonly string[],
  send: () => Promise<Result>,
): Promise<Result> {
  if (!texts.some(mayTakeAway)) return send()
  try {
    return await send()
  } finally {
    keptAnswers(binding).drop()
  }
}
