/**
 * Does a restoration slice by slice. Its row says what is done, so a slice that died is done again; and a worker has to have
 * the lease of the row in each batch that changes tables, so one that was slow changes nothing after another went on.
 */
import type { Context } from '../../context.ts'
import { keptAnswers } from '../../db/cache.ts'
import { isOutrun } from '../../db/database.ts'
import { errorsOf, ExpectedError } from '../../failures/failure.ts'
import { restoreFailures } from './failures.ts'
import { readReport, storeReport, type Report } from './report.ts'
import { type Restoration, findRestoration, takeUp } from './restoration.ts'
import { dropRestoration, releaseLease, saveProgress } from './restoration-store.ts'
import { doStep, type RestoreContext } from './steps.ts'

const refusal = errorsOf(restoreFailures)

/** Longer than any slice: a statement of D1 takes 30 seconds at most. */
const leaseMilliseconds = 60_000

export type Outcome =
  | { readonly kind: 'done'; readonly report: Report }
  /** `busy`: another worker does the next slice. */
  | { readonly kind: 'running' | 'busy'; readonly restoration: Restoration }

/**
 * Tells how far a restoration is.
 *
 * @throws ExpectedError `restore-unknown`, or `restore-failed` for one that has changed nothing
 */
export async function restorationNow({ db, backups }: Context, id: string): Promise<Outcome> {
  const restoration = await findRestoration(db)
  if (restoration?.id === id) return { kind: 'running', restoration }
  const report = await readReport(backups, id)
  if (report === undefined) throw refusal({ kind: 'restore-unknown', id })
  if (report.failure !== null) throw refusal({ kind: 'restore-failed', why: report.failure })
  return { kind: 'done', report }
}

/**
 * Does the next slice.
 *
 * @throws ExpectedError as `restorationNow`, and `restore-stuck` for a backup that is refused while the tables are away
 */
export async function restoreSlice(context: RestoreContext, id: string): Promise<Outcome> {
  const { db } = context
  const holder = crypto.randomUUID()
  const now = context.clock()
  const restoration = await takeUp(db, id, { holder, until: now + leaseMilliseconds }, now)
  if (restoration === undefined) return asBusy(await restorationNow(context, id))
  try {
    const done = await doStep(context, restoration, holder)
    if (done.kind === 'finished') return { kind: 'done', report: done.report }
    await saveProgress(db, holder, done.progress)
    return { kind: 'running', restoration: { ...restoration, progress: done.progress } }
  } catch (error) {
    if (isOutrun(error)) return asBusy(await restorationNow(context, id))
    throw await leave(context, restoration, holder, error)
  } finally {
    // What the isolate keeps was true of other rows.
    keptAnswers(db.binding).drop()
  }
}

const asBusy = (outcome: Outcome): Outcome => (outcome.kind === 'running' ? { ...outcome, kind: 'busy' } : outcome)

/**
 * Gives the restoration up if the backup is refused before anything was changed; it can be tried again otherwise.
 *
 * @returns the error for the caller
 */
async function leave(
  { db, backups }: Context,
  restoration: Restoration,
  holder: string,
  error: unknown,
): Promise<unknown> {
  if (!isRefused(error) || restoration.tablesAreAway) {
    await releaseLease(db, holder)
    return isRefused(error) ? refusal({ kind: 'restore-stuck', why: error.message }, { cause: error }) : error
  }
  await storeReport(backups, failedReport(restoration, error.message), restoration.tokenHash)
  await dropRestoration(db, holder)
  return refusal({ kind: 'restore-failed', why: error.message }, { cause: error })
}

/** Tells whether trying again would fail in the same way. */
const isRefused = (error: unknown): error is ExpectedError =>
  error instanceof ExpectedError && error.type.isOutage !== true && error.type.status !== 429

const failedReport = ({ id, backup, begunBy, begunAt }: Restoration, failure: string): Report => ({
  id,
  backup,
  begunBy,
  begunAt,
  finishedAt: null,
  backupMadeAt: null,
  rows: {},
  dropped: {},
  revoked: [],
  unknownRevocations: [],
  segmentsPutBack: 0,
  missingSegments: 0,
  lostImages: [],
  epoch: null,
  failure,
})
