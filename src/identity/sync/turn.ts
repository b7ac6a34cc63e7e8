/**
 * One worker's turn at a sync of the directory. What "changes nothing" means: until the picture is whole and was judged, a
 * run writes only what it has gathered, and that has no effect. So a directory that dies or hangs, a search that shrank
 * and a cancellation before then leave every account, team and right as it was. Afterwards the directory is not asked
 * again: the changes are made from what was gathered, each slice in one transaction, by one worker after the other.
 */
import type { JobContext, JobSlice, Turn } from '../../jobs/job-type.ts'
import { messageOf, passes } from '../../jobs/job-worker.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { applyAdministrators, applyFound, applyMembers, applyVanished, type Applying } from './applying.ts'
import { beginning, checkpointSchema, enter, isGathering, type Checkpoint, type Step } from './checkpoint.ts'
import { syncError } from './failures.ts'
import { Gathering } from './gathering.ts'
import { whyNotUsers } from './guards.ts'
import { syncParameters } from './parameters.ts'
import { syncSettings } from './settings.ts'
import type { SyncSource } from './source.ts'
import { sweepStaging } from './staging-store.ts'
import { readSearchCounts, recordDone, recordUndone } from './state-store.ts'
import { countKnownUsers } from './users-store.ts'
import { leftOf, summaryOf } from './words.ts'

export class SyncTurn implements Turn {
  readonly lines: readonly string[]
  readonly #context: JobContext
  readonly #source: SyncSource
  readonly #gathering: Gathering
  readonly #isDryRun: boolean
  readonly #isForced: boolean

  constructor(context: JobContext, source: SyncSource) {
    const { dryRun, force } = syncParameters.parse(context.job.parameters)
    this.#context = context
    this.#source = source
    this.#gathering = new Gathering(context, context.job.id, source)
    this.#isDryRun = dryRun
    this.#isForced = force
    this.lines = [dryRun ? 'looks what a sync with the directory would do' : 'begins a sync with the directory']
  }

  readonly slice = async (saved: unknown): Promise<JobSlice> => {
    const before = saved === undefined ? undefined : checkpointSchema.parse(saved)
    const { checkpoint, lines } = await this.#step(before)
    return { checkpoint, lines, isDone: checkpoint.phase === 'clean' && checkpoint.at === 1 }
  }

  async beat(): Promise<void> {}

  async end(): Promise<void> {
    await this.#source.close()
  }

  async #step(before: Checkpoint | undefined): Promise<Step> {
    const { fingerprint } = this.#source
    if (before === undefined) return { checkpoint: beginning(fingerprint, this.#context.clock()), lines: [] }
    if (before.fingerprint !== fingerprint && isGathering(before.phase)) {
      return {
        checkpoint: beginning(fingerprint, this.#context.clock()),
        lines: ['begins again: the settings of the directory have changed'],
      }
    }
    return this.#phases[before.phase](before)
  }

  readonly #phases: Readonly<Record<Checkpoint['phase'], (checkpoint: Checkpoint) => Promise<Step>>> = {
    sweep: async (checkpoint) => this.#sweep(checkpoint, 'others', enter(checkpoint, 'users')),
    users: async (checkpoint) => this.#recordingFailure(async () => this.#gathering.users(checkpoint)),
    targets: async (checkpoint) => this.#recordingFailure(async () => this.#gathering.targets(checkpoint)),
    judge: async (checkpoint) => this.#judge(checkpoint),
    held: async (checkpoint) => this.#hold(checkpoint),
    found: async (checkpoint) => applyFound(await this.#applying(), checkpoint),
    vanished: async (checkpoint) => applyVanished(await this.#applying(), checkpoint),
    administrators: async (checkpoint) => applyAdministrators(await this.#applying(), checkpoint),
    teams: async (checkpoint) => applyMembers(await this.#applying(), checkpoint, 'teams'),
    owners: async (checkpoint) => applyMembers(await this.#applying(), checkpoint, 'owners'),
    finish: async (checkpoint) => this.#finish(checkpoint),
    clean: async (checkpoint) => this.#sweep(checkpoint, 'own', { ...checkpoint, at: 1 }),
  }

  async #sweep(checkpoint: Checkpoint, which: 'own' | 'others', after: Checkpoint): Promise<Step> {
    const isMore = await sweepStaging(this.#context.db, this.#context.job.id, which)
    return { checkpoint: isMore ? checkpoint : after, lines: [] }
  }

  async #minimumShare(): Promise<number> {
    const { db, clock } = this.#context
    return (await currentSettingsOf(db, clock(), syncSettings)).ldapSyncMinimumShare
  }

  async #applying(): Promise<Applying> {
    const { db, clock } = this.#context
    return {
      db,
      clock,
      isDryRun: this.#isDryRun,
      makesAccounts: this.#source.makesAccounts,
      minimumShare: this.#isForced ? undefined : await this.#minimumShare(),
    }
  }

  async #judge(checkpoint: Checkpoint): Promise<Step> {
    const reasons = await this.#reasons(checkpoint)
    const go = enter(checkpoint, 'found')
    if (reasons.length === 0) return { checkpoint: go, lines: [] }
    if (this.#isForced) return { checkpoint: go, lines: reasons.map((reason) => `goes on, as it is forced: ${reason}`) }
    return { checkpoint: { ...enter(checkpoint, 'held'), reasons: [...reasons] }, lines: [] }
  }

  async #reasons({ parts }: Checkpoint): Promise<readonly string[]> {
    const { db } = this.#context
    const before = await readSearchCounts(
      db,
      parts.map(({ search }) => search),
    )
    const words = new Map(this.#source.searches.map((search) => [search.fingerprint, search.words]))
    const searches = parts.map(({ search, found }) => ({
      search: words.get(search) ?? search,
      found,
      before: before.get(search) ?? 0,
    }))
    const users = await countKnownUsers(
      db,
      parts.map(({ part }) => part),
    )
    return whyNotUsers(searches, users, await this.#minimumShare())
  }

  async #hold({ reasons }: Checkpoint): Promise<never> {
    const error = syncError({ kind: 'directory-sync-held', reasons })
    await this.#recordUndone('held', error.message)
    throw error
  }

  /** Gathers, and records the failure of a directory that does not answer, for the alert. */
  async #recordingFailure(gather: () => Promise<Step>): Promise<Step> {
    try {
      return await gather()
    } catch (error) {
      if (!passes(error)) await this.#recordUndone('failed', messageOf(error))
      throw error
    }
  }

  async #recordUndone(outcome: 'held' | 'failed', reason: string): Promise<void> {
    if (this.#isDryRun) return
    const { db, clock, job } = this.#context
    await recordUndone(db, { outcome, reason, jobId: job.id, now: clock() })
  }

  async #finish(checkpoint: Checkpoint): Promise<Step> {
    const { db, clock, job } = this.#context
    const { parts: searches, left, counts, startedAt } = checkpoint
    const done = { jobId: job.id, searches, left: leftOf(left), counts, startedAt, now: clock() }
    if (!this.#isDryRun) await recordDone(db, done)
    return { checkpoint: enter(checkpoint, 'clean'), lines: [summaryOf(counts, this.#isDryRun)] }
  }
}
