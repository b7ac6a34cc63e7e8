/**
 * Look-ups that many requests of an isolate make at the same time, such as those of a thousand nodes that pull one image:
 * D1 runs one query at a time, so identical ones are asked once. A request that finds one under way waits for the next
 * one, with all others that came meanwhile: what it is told was read after it came, as if it had asked by itself. So
 * nothing needs to be dropped, and rights may be looked up like this too.
 *
 * The runtime forbids that requests touch each other's promises, and may end a request while others wait for what it looks
 * up. So only plain data goes from one to another: those who wait look whether it is there. A look-up is kept alive beyond
 * its request, and who has waited too long asks again.
 */
import { waitUntil } from 'cloudflare:workers'
import { mostSharedQuestions } from '../limits.ts'
import type { Database } from './database.ts'

type Outcome = { readonly answer: unknown } | { readonly error: unknown }

interface Look {
  /** Undefined until it has ended. */
  outcome: Outcome | undefined
}

/** The look-ups of one question. */
interface Turns {
  readonly running: Look
  /** Begins when the other one has ended, for all who came meanwhile. */
  next: Look | undefined
}

/** By the database, so that nothing is shared that should not be; and by the question. */
const turnsByDatabase = new WeakMap<Database, Map<string, Turns>>()

/** A look-up that takes longer may have been ended with its request, so the next one begins beside it. */
export const lookUpTurnMilliseconds = 2000

/** The next one waits for its turn, and then looks. */
const nextTurnPatienceMilliseconds = 2 * lookUpTurnMilliseconds

/**
 * Asks, or takes the answer of another request that asks the same later than now.
 *
 * @param question what tells this look-up from all others, its parameters included
 * @param look reads, or changes what may as well be done once for many
 */
export async function shared<Answer>(
  db: Database,
  question: readonly unknown[],
  look: () => PromiseLike<Answer>,
): Promise<Answer> {
  const known = turnsOf(db)
  const key = JSON.stringify(question)
  for (let failures = 0; ;) {
    const turns = known.get(key)
    if (turns?.next === undefined) {
      const answer = lookInTurn(known, key, turns, look)
      waitUntil(answer.catch(() => undefined))
      return answer
    }
    const outcome = await outcomeOf(turns.next, nextTurnPatienceMilliseconds)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the question says of which kind the answer is
    if (outcome !== undefined && 'answer' in outcome) return outcome.answer as Answer
    // The request that sent the look-up may have failed for other reasons.
    if (outcome !== undefined && failures++ > 0) throw outcome.error
    // The next one never began.
    if (outcome === undefined && known.get(key) === turns) known.delete(key)
  }
}

async function lookInTurn<Answer>(
  known: Map<string, Turns>,
  key: string,
  before: Turns | undefined,
  look: () => PromiseLike<Answer>,
): Promise<Answer> {
  const own: Look = { outcome: undefined }
  if (before !== undefined) {
    before.next = own
    await outcomeOf(before.running, lookUpTurnMilliseconds)
  }
  const turns: Turns = { running: own, next: undefined }
  // A request that was ended leaves its question behind.
  if (known.size >= mostSharedQuestions && !known.has(key)) known.clear()
  known.set(key, turns)
  try {
    const answer = await look()
    own.outcome = { answer }
    return answer
  } catch (error) {
    own.outcome = { error }
    throw error
  } finally {
    if (turns.next === undefined && known.get(key) === turns) known.delete(key)
  }
}

/** As long as a query takes. A timer costs a third of what a request does, so there are to be few of them. */
const firstLookPauseMilliseconds = 10

/** Looks again and again, each time after as long as it has waited. @returns undefined when it takes too long */
async function outcomeOf(look: Look, milliseconds: number): Promise<Outcome | undefined> {
  for (let waited = 0; look.outcome === undefined && waited < milliseconds;) {
    const pause = Math.max(firstLookPauseMilliseconds, waited)
    await scheduler.wait(pause)
    waited += pause
  }
  return look.outcome
}

function turnsOf(db: Database): Map<string, Turns> {
  const known = turnsByDatabase.get(db)
  if (known !== undefined) return known
  const fresh = new Map<string, Turns>()
  turnsByDatabase.set(db, fresh)
  return fresh
}
