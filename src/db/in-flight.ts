/**
 * Shares look-ups that many requests of an isolate make at once, as when a thousand nodes pull one image: D1 runs one
 * query at a time, so identical ones are asked once. A request that finds a look-up under way waits for the next one,
 * together with all that came meanwhile. Its answer was read after the request came, as if it had asked by itself. So
 * nothing needs to be dropped, and rights may be looked up like this too.
 *
 * The runtime forbids requests to touch each other's promises, and may end a request while others wait for its look-up.
 * So requests share only plain data, and those that wait look whether it is there. A look-up is kept alive beyond its
 * request, and a request that has waited too long asks again.
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
  /** Begins when the running one has ended, for all requests that came meanwhile. */
  next: Look | undefined
}

/** The look-ups under way, by database and question. */
const turnsByDatabase = new WeakMap<Database, Map<string, Turns>>()

/** A longer look-up may have been ended with its request, so the next one begins beside it. */
export const lookUpTurnMilliseconds = 2000

/** The time that the next look-up has to wait for its turn and to end. */
const nextTurnPatienceMilliseconds = 2 * lookUpTurnMilliseconds

/**
 * Looks something up, or takes the answer of a look-up of another request that begins after this call.
 *
 * @param question what tells this look-up from all others, its parameters included
 * @param look reads, or makes a change that need be made only once for many requests
 * @throws the error of `look`
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

/** About the time of a query. A timer costs a third of a request, so there are few of them. */
const firstLookPauseMilliseconds = 10

/** Waits for a look-up in pauses that double the time waited. @returns undefined when it takes too long */
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
