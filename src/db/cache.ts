/**
 * Keeps what pulls look up by digest, which does not change, in the isolate for seconds: a thousand nodes that pull one
 * image ask D1 about it once. A key contains the ground of the right, so an answer serves only rights for which the
 * look-up would hold. A missing thing is never kept.
 *
 * A deletion drops everything, at once in the isolate that deletes: `mayTakeAway` looks at each statement that is sent,
 * so no way to delete can forget to. Another isolate notices after the seconds are over.
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
  /** In the order in which they end. */
  readonly #answers = new Map<string, Kept>()
  #characters = 0
  #drops = 0

  /** Returns how much is kept. */
  get size(): { readonly answers: number; readonly characters: number } {
    return { answers: this.#answers.size, characters: this.#characters }
  }

  /** Returns how often everything was dropped: a look-up that began before a drop may have read deleted content. */
  get drops(): number {
    return this.#drops
  }

  find(key: string, now: number): unknown {
    const found = this.#answers.get(key)
    return found !== undefined && now < found.until ? found.answer : undefined
  }

  /**
   * Keeps an answer, unless it is too long or everything was dropped since its look-up began.
   *
   * @param drops the number when the look-up began
   */
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

/** Kept answers, by the database. */
const keptByDatabase = new WeakMap<D1Database, KeptAnswers>()

export function keptAnswers(binding: D1Database): KeptAnswers {
  const known = keptByDatabase.get(binding)
  if (known !== undefined) return known
  const kept = new KeptAnswers()
  keptByDatabase.set(binding, kept)
  return kept
}

/**
 * Statements after which a kept answer may be wrong: they delete, take the name of a repository away, mark a blob as
 * lost or give it other segments, or change whether pulls need a majority. Left out is what each push, pull or login
 * does, as otherwise hardly anything would be kept: counting pushes and pulls, dropping tags beyond the limit, which
 * are in no kept answer, and deleting failed logins and old sessions.
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

/** Sends statements. Drops all kept answers afterwards if a statement may take content away, even if it failed. */
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
