/**
 * The lookups of a pull: requests that ask the same at the same time share one, and answers that cannot change are kept
 * for seconds (see `db/in-flight.ts` and `db/cache.ts`).
 */
import type { Context } from '../context.ts'
import { findBlob, type Blob } from '../db/content/blobs.ts'
import { keptAnswers } from '../db/cache.ts'
import { findManifest, type FoundManifest } from '../db/content/manifests.ts'
import { groundValues, type HeldRepository } from '../db/access/rights.ts'
import { shared } from '../db/in-flight.ts'
import type { Digest, Reference } from '../names.ts'
import type { SegmentPlace } from '../storage/segments.ts'

/** The characters of an answer for each segment, as a guess. */
const charactersOfSegment = 100

/** Looks up a manifest; by tag each time, as a tag moves. */
export async function lookUpManifest(
  context: Context,
  held: HeldRepository,
  reference: Reference,
): Promise<FoundManifest> {
  const look: Look<FoundManifest> = {
    question: ['manifest', held.repository, groundValues(held), reference],
    ask: () => findManifest(context.db, held, reference),
    charactersToKeep: (found) => (typeof found === 'string' || found.isLost ? undefined : charactersOf(found.content)),
  }
  return 'tag' in reference ? shared(context.db, look.question, look.ask) : lookUpKept(context, look)
}

export async function lookUpBlob(context: Context, held: HeldRepository, digest: Digest): Promise<Blob | undefined> {
  return lookUpKept<Blob | undefined>(context, {
    question: ['blob', held.repository, groundValues(held), digest],
    ask: () => findBlob(context.db, held, digest),
    charactersToKeep: (found) => (found === undefined || found.isLost ? undefined : charactersOf(found.segments)),
  })
}

interface Look<Answer> {
  readonly question: readonly unknown[]
  readonly ask: () => Promise<Answer>
  /** Returns the length of an answer; undefined for one that is not kept. */
  readonly charactersToKeep: (answer: Answer) => number | undefined
}

const charactersOf = (content: string | readonly SegmentPlace[]): number =>
  typeof content === 'string' ? content.length : content.length * charactersOfSegment

async function lookUpKept<Answer>({ db, now }: Context, look: Look<Answer>): Promise<Answer> {
  const kept = keptAnswers(db.binding)
  const key = JSON.stringify(look.question)
  const found = kept.find(key, now)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the key says of which kind the answer is
  if (found !== undefined) return found as Answer
  return shared(db, look.question, async () => {
    const { drops } = kept
    const answer = await look.ask()
    const characters = look.charactersToKeep(answer)
    if (characters !== undefined) kept.keep(key, answer, characters, { now, drops })
    return answer
  })
}
