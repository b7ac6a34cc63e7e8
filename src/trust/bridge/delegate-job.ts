/**
 * The job `trust_delegate` makes the registry sign as a delegate: it looks at the collections that are due, as something
 * changed there, and at each once a day, so that nothing that it signed expires.
 */
import * as z from 'zod'
import type { Alert } from '../../capability.ts'
import { asOfNow, type Context } from '../../context.ts'
import { loggable } from '../../db/database.ts'
import type { coreObjectTypes } from '../../db/events/object-types.ts'
import type { EventConsumer } from '../../events/consumer.ts'
import type { JobContext, JobsContext, JobSlice } from '../../jobs/job-type.ts'
import { passes } from '../../jobs/job-worker.ts'
import { isUnavailable } from '../../storage/transient-errors.ts'
import { ownJob } from '../own-job.ts'
import { delegateProblems } from './delegate-problems.ts'
import {
  allDue,
  dropDelegate,
  dueOf,
  findDueDelegates,
  findStuck,
  insertDelegateJob,
  noteLook,
  type DueDelegate,
} from './delegates-store.ts'
import { lazily } from '../../util/lazy.ts'

const loadDelegating = lazily(() => import('./delegating.ts'))

export const delegateAction = 'trust_delegate'

/** Each costs about ten round trips to D1. */
const collectionsOfSlice = 5
/** The others have their turns before one whose documents R2 does not give. */
const outageMilliseconds = 5 * 60_000
const hourMilliseconds = 3_600_000
const dayMilliseconds = 24 * hourMilliseconds

const progress = z.object({ looked: z.int().default(0), published: z.int().default(0) })

/** Looks at some of the collections that are due. */
export async function delegateSlice(context: JobContext, checkpoint: unknown): Promise<JobSlice> {
  const before = progress.parse(checkpoint ?? {})
  const due = await findDueDelegates(context.db, context.clock(), collectionsOfSlice)
  const lines: string[] = []
  let published = 0
  for (const one of due) {
    const outcome = await lookAndNote(asOfNow(context), one)
    lines.push(...outcome.lines)
    published += outcome.published
  }
  const done = { looked: before.looked + due.length, published: before.published + published }
  // What was signed is looked at once more.
  const isDone = due.length === 0
  const last = `looked ${done.looked} times at collections, and signed ${done.published} times`
  return { checkpoint: done, isDone, lines: isDone ? [...lines, last] : lines }
}

async function lookAndNote(
  context: Context,
  due: DueDelegate,
): Promise<{ readonly lines: readonly string[]; readonly published: number }> {
  // The cron trigger knows the job in every isolate, and few run it.
  const { lookAt } = await loadDelegating()
  try {
    const { isDelegate, signed, problem, lines } = await lookAt(context, due)
    if (isDelegate) await noteLook(context.db, due, context.now + dayMilliseconds, problem)
    else await dropDelegate(context.db, due)
    if (signed.length === 0) return { lines, published: 0 }
    return { lines: [...lines, `${due.gun}: signed ${signed.join(' and ')}`], published: 1 }
  } catch (error) {
    if (isUnavailable(error)) {
      console.error(`R2 does not give what is needed to sign in ${due.gun}, which is looked at again in five minutes`)
      await noteLook(context.db, due, context.now + outageMilliseconds, null)
    }
    if (passes(error)) throw error
    // The others are not kept from their turn.
    console.error(`the registry cannot sign in ${due.gun}, and tries again in an hour:`, loggable(error))
    await noteLook(context.db, due, context.now + hourMilliseconds, null)
    return { lines: [`${due.gun}: an error, so it is looked at again in an hour`], published: 0 }
  }
}

/** Makes the job while a collection is due. */
export async function makeDelegateJob({ db, clock }: Pick<JobsContext, 'db' | 'clock'>): Promise<void> {
  const now = clock()
  await insertDelegateJob(db, ownJob(delegateAction, now), now)
}

/**
 * Makes collections due after events that may change what is accepted: of tags, rights, teams, keys and policies. Facts of
 * signatures, which have no events, do so by triggers.
 */
export const delegateEvents: EventConsumer = {
  startsAt: 'newest',
  types: ['CREATE', 'UPDATE', 'DELETE'],
  mostEvents: 500,
  consume(_context, events) {
    const telling = events.filter(({ type, objectType }) => !isHarmless(type, objectType))
    const repositories = [...new Set(telling.flatMap(({ repository }) => repository ?? []))]
    if (telling.some(({ repository }) => repository === null)) return { due: allDue() }
    return repositories.length === 0 ? {} : { due: dueOf(repositories) }
  },
}

/** Tells whether an event changes nothing of what is accepted. A new account has no rights yet. */
const isHarmless = (type: string, objectType: string): boolean =>
  tellsNothing.has(objectType) || (type === 'CREATE' && objectType === 'account')

const tellsNothing: ReadonlySet<string> = new Set<keyof typeof coreObjectTypes>([
  'blob',
  'token',
  'settings',
  'job',
  'cron',
  'consumer',
  'login',
])

/** Lists what keeps the registry from signing as a delegate. */
export async function delegateAlerts({ db }: Pick<Context, 'db'>): Promise<readonly Alert[]> {
  const stuck = await findStuck(db)
  return stuck.map(({ problem, gun, count }) => ({
    id: `trust_delegate_${problem.replaceAll('-', '_')}`,
    class: 'warning',
    message: delegateProblems[problem]({ gun, others: count - 1 }),
  }))
}
