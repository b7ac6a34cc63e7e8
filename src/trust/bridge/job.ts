/**
 * The job `trust_bridge` restates what Notary signs, repository by repository, and withdraws what it signs no more. A
 * repository is due after each change of its trust data, when a document of it expires, and when the key or the setting
 * changes. What was done is found again, so a job that ended anywhere is repeated.
 */
import * as z from 'zod'
import { encryptionKeysFor } from '../../auth/keys.ts'
import { asOfNow } from '../../context.ts'
import { ExpectedError } from '../../failures/failure.ts'
import type { JobContext, JobsContext, JobSlice } from '../../jobs/job-type.ts'
import { passes } from '../../jobs/job-worker.ts'
import { isRepositoryName } from '../../names.ts'
import { isUnavailable } from '../../storage/transient-errors.ts'
import type { Secrets } from '../../variables.ts'
import { ownJob } from '../own-job.ts'
import type { Progress, Signing } from './bridge.ts'
import { registryKey } from './registry-key.ts'
import { endComparison, findDue, insertBridgeJob, readState, type Due } from './restatement-store.ts'
import { lazily } from '../../util/lazy.ts'

const loadBridge = lazily(() => import('./bridge.ts'))

export const bridgeAction = 'trust_bridge'

/** After a refusal, such as that of a namespace that is full. */
const pauseMilliseconds = 3_600_000

/** A repository that is begun would be the first of each turn while R2 fails in it. */
const outageMilliseconds = 5 * 60_000

const checkpoint = z.object({
  at: z
    .object({
      repositoryId: z.int(),
      repository: z.string().refine(isRepositoryName),
      changes: z.int(),
      after: z.string(),
    })
    .optional(),
  made: z.int().default(0),
  withdrawn: z.int().default(0),
})

/** Brings some images up to date, of one repository. */
export async function bridgeSlice(context: JobContext, before: unknown): Promise<JobSlice> {
  const { db } = context
  const { at, made, withdrawn } = checkpoint.parse(before ?? {})
  const { state, signing } = await signingNow(context)
  const due = at ?? (await findDue(db, state, context.clock()))
  if (due === undefined) {
    const line = `restated ${made} images, and withdrew what is said of ${withdrawn}`
    return { checkpoint: { made, withdrawn }, isDone: true, lines: [line] }
  }
  const progress = await attempt(context, due, at?.after ?? '', signing)
  const done = { made: made + progress.made, withdrawn: withdrawn + progress.withdrawn }
  if (progress.next !== undefined) {
    return { checkpoint: { at: { ...due, after: progress.next }, ...done }, isDone: false, lines: progress.lines }
  }
  const now = context.clock()
  await endComparison(db, due, state, now, progress.pause === undefined ? undefined : now + progress.pause)
  return { checkpoint: done, isDone: false, lines: [...progress.lines, ...linesOfLost(due, signing)] }
}

/** Finds out by which key images are restated. Makes the first one. */
async function signingNow(context: JobContext): Promise<{ readonly state: string; readonly signing: Signing }> {
  const state = await readState(context.db, await secretNames(context.secrets))
  if (state === 'off') return { state, signing: { signedWith: '', key: undefined } }
  const key = await registryKey(asOfNow(context))
  const current = state === 'none' ? (key?.fingerprint ?? state) : state
  return { state: current, signing: { signedWith: current.replace('lost ', ''), key } }
}

const linesOfLost = ({ repository }: Due, { signedWith, key }: Signing): string[] =>
  signedWith !== '' && key === undefined
    ? [`${repository}: the registry’s own key does not open, so nothing was restated: see the alerts`]
    : []

/**
 * Goes on with the other repositories when one is refused, or when R2 fails in one that is begun.
 *
 * @returns also for how long the repository is put off; undefined if it is not
 * @throws what passes, as it is no refusal
 */
async function attempt(
  context: JobContext,
  due: Due,
  after: string,
  signing: Signing,
): Promise<Progress & { readonly pause: number | undefined }> {
  const { restateSome } = await loadBridge()
  try {
    return { ...(await restateSome(context, due, after, signing)), pause: undefined }
  } catch (error) {
    const isPutOff = after !== '' && isUnavailable(error)
    if (!(error instanceof ExpectedError) || (passes(error) && !isPutOff)) throw error
    const lines = [`${due.repository}: ${error.message}`]
    return { made: 0, withdrawn: 0, lines, next: undefined, pause: isPutOff ? outageMilliseconds : pauseMilliseconds }
  }
}

export async function secretNames(secrets: Secrets): Promise<string[]> {
  const { current, previous } = await encryptionKeysFor(secrets, 'trust')
  return [current, previous].flatMap((key) => key?.name ?? [])
}

/** Makes the job while there is work for it. */
export async function makeBridgeJob(context: Pick<JobsContext, 'db' | 'clock' | 'secrets'>): Promise<void> {
  await beginBridgeJob(context)
}

/** Makes the job while there is work for it. @returns its id; undefined when there is none, or when it is under way */
export async function beginBridgeJob({
  db,
  clock,
  secrets,
}: Pick<JobsContext, 'db' | 'clock' | 'secrets'>): Promise<string | undefined> {
  const now = clock()
  return insertBridgeJob(db, ownJob(bridgeAction, now), await secretNames(secrets), now)
}
