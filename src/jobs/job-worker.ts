/**
 * Runs one job in one worker: slice by slice until the job or the worker's time ends. Each slice is saved when it is done,
 * so the next worker continues from the row however this one ends.
 */
import { isOverloaded, isReadOnly, loggable, wasInterrupted } from '../db/database.ts'
import { endJob, renewLease, saveSlice, type Ending } from '../db/jobs/held-jobs.ts'
import type { JobRecord } from '../db/jobs/jobs.ts'
import { putOffJob } from '../db/jobs/waiting-jobs.ts'
import { readWriteGate } from '../db/write-gate.ts'
import { RegistryError } from '../errors.ts'
import { ExpectedError } from '../failures/failure.ts'
import { isUnavailable } from '../storage/transient-errors.ts'
import { isoTime } from '../util/iso-time.ts'
import type { JobsContext, JobType, JobContext, Turn } from './job-type.ts'
import { beatMilliseconds, leaseMilliseconds, reasonToWait, retryDelay, verdictOn, type Verdict } from './decisions.ts'
import { whileHeld, type Sleep } from './holding.ts'

export interface Worker extends JobsContext {
  /** Twelve hexadecimal digits, as a replica of DTR's has: one an invocation. */
  readonly workerId: string
  /** The time at which its turn ends. */
  readonly endsAt: number
  /** The share of its turn that it has used. */
  readonly spent: { slices: number; readonly calls: number }
  /** Jobs that it has left to another worker. */
  readonly left: Set<string>
  readonly sleep: Sleep
}

/** Between two slices. */
const breathMilliseconds = 1
/** The bounds of a job's log: later lines are not recorded, and longer ones are cut. */
const longestLog = 100_000
const longestLine = 2000

/** Writes a line of the log, with its time. */
export const logged = (time: number, line: string): string =>
  `${isoTime(time)} ${line.length > longestLine ? `${line.slice(0, longestLine)}…` : line}`

interface Saving {
  /** Undefined: as it was. */
  readonly checkpoint?: unknown
  readonly lines: readonly string[]
  readonly deaths: number
  /** Null: no worker has the job. */
  readonly leaseUntil: number | null
}

/** One worker at one job, as it is held now. */
export class JobWorker {
  readonly #worker: Worker
  readonly #action: JobType
  readonly #context: JobContext
  #job: JobRecord
  #turn: Turn | undefined
  #beatenAt = 0
  /** Another worker has the job now, and with it the locks of the job. */
  #isOvertaken = false

  constructor(worker: Worker, job: JobRecord, action: JobType) {
    this.#worker = worker
    this.#action = action
    this.#job = job
    const parameters: unknown = JSON.parse(job.parameters)
    const known = { id: job.id, startedAt: job.startedAt ?? worker.clock(), parameters, deaths: job.deaths }
    this.#context = { ...worker, job: known }
  }

  async work(): Promise<void> {
    try {
      while (await this.#step()) {
        this.#worker.spent.slices += this.#action.weight ?? 1
        // With `npm start`, D1 and R2 share this process, so other requests must get a turn between slices.
        await scheduler.wait(breathMilliseconds)
      }
    } catch (error) {
      await this.#stumble(error)
    }
  }

  /** Does the next step of the job. @returns whether there is more to do for this worker */
  async #step(): Promise<boolean> {
    const verdict = this.#verdict()
    if (verdict.kind === 'rest') {
      await this.#turn?.beat()
      return this.#leave([])
    }
    if (verdict.kind === 'end') return this.#end({ status: verdict.status, lines: [verdict.line] })
    const reason = await this.#reasonToWait()
    if (reason !== undefined) return this.#wait(reason)
    return this.#turn === undefined ? this.#begin() : this.#slice(this.#turn)
  }

  #verdict(): Verdict {
    const { spent, endsAt, clock } = this.#worker
    return verdictOn(this.#job, { ...spent, endsAt }, clock())
  }

  async #reasonToWait(): Promise<string | undefined> {
    const deletes = this.#action.deletes(this.#context.job.parameters)
    if (deletes === 'nothing') return undefined
    return reasonToWait(await readWriteGate(this.#worker.db), deletes, this.#worker.clock())
  }

  async #begin(): Promise<boolean> {
    this.#turn = await this.#whileHeld(this.#action.begin(this.#context))
    if (this.#turn === undefined) return false
    this.#beatenAt = this.#worker.clock()
    const { lines, slice } = this.#turn
    if (slice === undefined) return this.#end({ status: 'canceled', lines })
    // A cancellation that arrived meanwhile is seen here, before the slice does anything.
    const isFirst = this.#job.checkpoint === null
    return this.#save({ lines: isFirst ? lines : [], deaths: this.#job.deaths, leaseUntil: this.#lease() })
  }

  async #slice({ slice }: Turn): Promise<boolean> {
    await this.#beat()
    const done = slice && (await this.#whileHeld(slice(this.#checkpoint())))
    if (done === undefined) return false
    const { checkpoint, lines, isDone } = done
    const isKept = await this.#save({ checkpoint, lines, deaths: 0, leaseUntil: this.#lease() })
    return isKept && isDone ? this.#end({ status: 'done', lines: [] }) : isKept
  }

  /** Saves the job, which renews its lease and reads its status. @returns whether the job was canceled */
  async #isCanceled(): Promise<boolean> {
    await this.#save({ lines: [], deaths: this.#job.deaths, leaseUntil: this.#lease() })
    return this.#job.status === 'cancel_request'
  }

  #lease(): number {
    return this.#worker.clock() + leaseMilliseconds
  }

  #checkpoint(): unknown {
    return this.#job.checkpoint === null ? undefined : JSON.parse(this.#job.checkpoint)
  }

  async #beat(): Promise<void> {
    const now = this.#worker.clock()
    if (now - this.#beatenAt < beatMilliseconds) return
    await this.#turn?.beat()
    this.#beatenAt = now
  }

  /** Waits for work, and keeps the job meanwhile. @returns undefined when another worker has the job */
  async #whileHeld<Result>(work: Promise<Result>): Promise<Result | undefined> {
    const { sleep, clock } = this.#worker
    return whileHeld(work, { sleep, clock, renew: async () => this.#renew() })
  }

  /**
   * Renews the lease of the job, and what its turn holds. A failure is left to the next renewal: what is lost meanwhile is
   * refused when the slice is saved, and before the next one.
   *
   * @returns whether this worker still has the job, as far as it knows
   */
  async #renew(): Promise<boolean> {
    // It asks D1 as a slice does.
    this.#worker.spent.slices++
    try {
      if (!(await renewLease(this.#worker.db, this.#job, this.#lease()))) return false
      await this.#turn?.beat()
      this.#beatenAt = this.#worker.clock()
    } catch (error) {
      console.warn('what a job holds could not be renewed, and is tried again in ten seconds:', loggable(error))
    }
    return true
  }

  /** Saves the checkpoint, the lines and the lease of the job. @returns whether the job is still this worker's */
  async #save({ checkpoint = this.#checkpoint(), lines, deaths, leaseUntil }: Saving): Promise<boolean> {
    const now = this.#worker.clock()
    const text = checkpoint === undefined ? null : JSON.stringify(checkpoint)
    const written = this.#fitting(lines.map((line) => logged(now, line)))
    const slice = { checkpoint: text, lines: written, now, deaths, leaseUntil }
    const status = await saveSlice(this.#worker.db, this.#job, slice)
    if (status === undefined) return false
    const lineCount = this.#job.lineCount + written.length
    this.#job = { ...this.#job, status, checkpoint: text, deaths, lineCount }
    return true
  }

  /** Returns as many lines as the log still takes. */
  #fitting(lines: readonly string[]): readonly string[] {
    const room = longestLog - this.#job.lineCount
    if (lines.length < room || lines.length === 0) return lines
    if (room <= 0) return []
    return [...lines.slice(0, room - 1), logged(this.#worker.clock(), 'the log is full: later lines are not recorded')]
  }

  /** Leaves the job to the next worker. */
  async #leave(lines: readonly string[], deaths = this.#job.deaths): Promise<false> {
    this.#worker.left.add(this.#job.id)
    await this.#save({ lines, deaths, leaseUntil: null })
    return false
  }

  /** Gives the job back until it may continue. Releases its locks first, so that no other job waits for them. */
  async #wait(reason: string): Promise<false> {
    await this.#release().catch(note)
    const now = this.#worker.clock()
    const line = logged(now, `waits: ${reason}`)
    await putOffJob(this.#worker.db, this.#job, { reason, line, now })
    return false
  }

  async #end({ status, lines }: Pick<Ending, 'status' | 'lines'>, retry?: Ending['retry']): Promise<false> {
    const now = this.#worker.clock()
    // Releases the locks first: a finished job holds none. If the release fails, they expire.
    const left = await this.#release().then(
      () => [],
      (error: unknown) => [`its locks could not be released and expire in a minute: ${messageOf(error)}`],
    )
    if (retry === undefined) await this.#action.ended?.(this.#context).catch(note)
    const all = [...lines, ...this.#action.summary(this.#checkpoint()), ...left]
    await endJob(this.#worker.db, this.#job, { status, now, retry, lines: all.map((line) => logged(now, line)) })
    return false
  }

  async #release(): Promise<void> {
    if (this.#turn !== undefined) await this.#turn.end()
    // A turn that failed to begin may have taken something.
    else if (!this.#isOvertaken) await this.#action.abandon(this.#context)
  }

  /** Waits after a transient failure. Any other failure ends the job and may schedule a retry. */
  async #stumble(cause: unknown): Promise<void> {
    this.#isOvertaken = isLost(cause)
    if (passes(cause)) {
      // The line in the log of the job does not say what R2 said.
      if (isUnavailable(cause)) console.error('a job waits for the storage:', loggable(cause.cause))
      // Its locks must not block other jobs meanwhile.
      await this.#release().catch(note)
      // What overloads the database on every attempt is aborted in the end. A database that did not even begin is busy with
      // something else.
      const deaths = this.#job.deaths + (isTooMuch(cause) && wasInterrupted(cause) ? 1 : 0)
      await this.#leave([`waits for another worker: ${messageOf(cause)}`], deaths).catch(note)
      return
    }
    // A cancellation releases the lock while a slice runs, which then fails.
    if (this.#isOvertaken && (await this.#isCanceled())) {
      await this.#step()
      return
    }
    note(cause)
    const { job, line } = retryOf(this.#job, this.#worker.clock())
    await this.#end({ status: 'errored', lines: [`failed: ${messageOf(cause)}`, ...line] }, job)
  }
}

/** Makes the next try of a failed job, if it has retries left. */
function retryOf(job: JobRecord, now: number): { readonly job: Ending['retry']; readonly line: readonly string[] } {
  if (job.retriesLeft <= 0) return { job: undefined, line: [] }
  const { retriesTotal, action, exclusionKey, capacityMap, parameters, deadline, stopTimeout } = job
  const retriesLeft = job.retriesLeft - 1
  const retry = {
    id: crypto.randomUUID(),
    retryFromId: job.id,
    action,
    exclusionKey,
    scheduledAt: now + retryDelay(retriesTotal - retriesLeft),
    retriesLeft,
    retriesTotal,
    capacityMap,
    parameters,
    deadline,
    stopTimeout,
  }
  const when = isoTime(retry.scheduledAt)
  return { job: retry, line: [`the job ${retry.id} retries it at ${when}`] }
}

const passingKinds: ReadonlySet<string> = new Set(['no-majority', 'overloaded', 'read-only', 'storage-unavailable'])

/** Tells whether a failure is transient: then the job waits, as it is not the cause. */
export function passes(error: unknown): boolean {
  if (error instanceof RegistryError) return passingKinds.has(error.failure.kind)
  return isTooMuch(error) || isReadOnly(error)
}

const isTooMuch = (error: unknown): boolean => !(error instanceof ExpectedError) && isOverloaded(error)
const isLost = (error: unknown): boolean => error instanceof RegistryError && error.failure.kind === 'gc-lock-lost'

/** Returns the message of anything thrown, without the query parameters that errors of the database quote. */
export function messageOf(error: unknown): string {
  const shown = loggable(error)
  try {
    return String(shown instanceof Error ? shown.message : shown)
  } catch {
    return 'an error without a message'
  }
}

const note = (error: unknown): void => console.error('a job failed:', loggable(error))
