/**
 * The job `trust_facts` makes the facts of signatures again when public keys or trust roots change, so that they do not
 * depend on what was registered when a signature came. A signature of cosign does not say which key made it, so a new key is
 * tried at every signature that no key fits yet; a change of the roots checks all. After an update of the registry it reads
 * until when the trust data holds that was published before.
 */
import * as z from 'zod'
import { asOfNow } from '../../context.ts'
import type { JobContext, JobsContext, JobSlice } from '../../jobs/job-type.ts'
import { ownJob } from '../own-job.ts'
import type { Trusted } from './checking.ts'
import { deleteEndedFacts, findDue, insertFactsJob } from './facts-store.ts'
import { lazily } from '../../util/lazy.ts'

const loadChecking = lazily(() => import('./checking.ts'))
const loadExpiries = lazily(() => import('../notary/unknown-expiries.ts'))

export const factsAction = 'trust_facts'

/** Each costs about five round trips to D1, and one read of R2. */
const signaturesOfSlice = 20
const factsOfSlice = 500

const progress = z.object({ checked: z.int().default(0), facts: z.int().default(0), ended: z.int().default(0) })

/** Deletes some facts that count no more, and checks some signatures. */
export async function factsSlice(context: JobContext, checkpoint: unknown): Promise<JobSlice> {
  // The cron trigger knows the job in every isolate, and few run it.
  const { checkSignature, findTrusted } = await loadChecking()
  const { learnExpiries } = await loadExpiries()
  const before = progress.parse(checkpoint ?? {})
  // Only of a registry that is older than what it keeps of expiries.
  const learned = await learnExpiries(asOfNow(context))
  const ended = await deleteEndedFacts(context.db, context.clock(), factsOfSlice)
  const due = await findDue(context.db, signaturesOfSlice)
  const known = new Map<string, Trusted>()
  let facts = 0
  for (const signature of due) {
    const whose = `${signature.repositoryId} ${signature.pushedBy}`
    const trusted = known.get(whose) ?? (await findTrusted(context, signature))
    known.set(whose, trusted)
    facts += await checkSignature(asOfNow(context), signature, trusted)
  }
  const done = { checked: before.checked + due.length, facts: before.facts + facts, ended: before.ended + ended }
  const isDone = due.length === 0 && ended === 0 && learned === 0
  const line = `checked ${done.checked} signatures, which have ${done.facts} facts; ${done.ended} facts ended`
  return { checkpoint: done, isDone, lines: isDone ? [line] : [] }
}

/** Makes the job while there is work for it. */
export async function makeFactsJob({ db, clock }: Pick<JobsContext, 'db' | 'clock'>): Promise<void> {
  const now = clock()
  await insertFactsJob(db, ownJob(factsAction, now), now)
}
