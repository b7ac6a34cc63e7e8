/** A turn of the job `prove`. */
import { openDatabase } from '../../db/database.ts'
import type { TableDeclaration } from '../../db/tables.ts'
import type { JobContext, JobSlice, Turn } from '../../jobs/job-type.ts'
import { headBackupObject } from '../../storage/backups.ts'
import { recordProof } from '../event-store.ts'
import { backupError } from '../failures.ts'
import { manifestKey } from '../keys.ts'
import { isDamage } from '../load/failures.ts'
import { usualLoadLimits } from '../load/loading.ts'
import { summaryIn } from '../manifest.ts'
import { isForged } from '../sealing/failures.ts'
import { forgetDataKey, openBackup } from '../sealing/open.ts'
import { writeStanding } from '../standing/standing.ts'
import { findProofBefore } from '../under-way.ts'
import type { ProofOrder } from './action.ts'
import { linesBetween } from './log-lines.ts'
import { proofProgress, type ProofProgress } from './progress.ts'
import { beginProof, failedUnread, proofSlice, writeProof } from './prover.ts'
import type { ProofLimits, Proving } from './proving.ts'

/** How long a slice waits while another proof has the database of the drill. */
const waitMilliseconds = 1000

export const usualProofLimits: ProofLimits = {
  load: usualLoadLimits,
  partsOfSlice: 8,
  bytesOfSlice: 1024 * 1024,
  tablesOfSlice: 4,
  manifestsOfSlice: 50,
  segmentsOfSlice: 1000,
  sampledBlobs: 16,
  largestSampled: 256 * 1024 * 1024,
}

interface OpenedBackup {
  readonly proving: Proving
  /** The hash of its manifest. */
  readonly sha256: string
}

/** One worker's turn at a proof. It holds no lock: `segments.ts` says why garbage collection may go on. */
export class ProofTurn implements Turn {
  readonly lines: readonly string[]
  readonly #context: JobContext
  readonly #tables: readonly TableDeclaration[]
  readonly #order: ProofOrder
  /** Read once for all slices of the turn. */
  #read: OpenedBackup | undefined
  #isFirst = false
  #hasToldWaiting = false

  constructor(context: JobContext, tables: readonly TableDeclaration[], order: ProofOrder) {
    this.#context = context
    this.#tables = tables
    this.#order = order
    this.lines = [`${order.onlyHashes ? 'checks the hashes of' : 'proves'} the backup ${order.backup}`]
  }

  readonly slice = async (checkpoint: unknown): Promise<JobSlice> => {
    const other = await this.#proofBefore()
    if (other !== undefined) return this.#wait(checkpoint, other)
    const { proving, sha256 } = (this.#read ??= await this.#open())
    const before = this.#progress(checkpoint, proving, sha256)
    const after = await proofSlice(proving, before)
    const isDone = after.phase === 'done'
    if (isDone) await this.#tell(after)
    return { checkpoint: after, isDone, lines: linesBetween(before, after, proving.manifest) }
  }

  /** Finds the proof that has to end first. Once there is none, later ones wait for this one. */
  async #proofBefore(): Promise<string | undefined> {
    if (this.#isFirst) return undefined
    const { db, job } = this.#context
    const other = this.#order.onlyHashes ? undefined : await findProofBefore(db, job.id)
    this.#isFirst = other === undefined
    return other
  }

  async #wait(checkpoint: unknown, other: string): Promise<JobSlice> {
    const lines = this.#hasToldWaiting ? [] : [`waits for the proof of the job ${other}`]
    this.#hasToldWaiting = true
    await scheduler.wait(waitMilliseconds)
    return { checkpoint, isDone: false, lines }
  }

  async beat(): Promise<void> {}

  async end(): Promise<void> {}

  /** Reads the manifest. @throws Error for one that is damaged, after it has written this down */
  async #open(): Promise<OpenedBackup> {
    const { backups, bucket, db, clock, drill, secrets } = this.#context
    const { backup: id, onlyHashes } = this.#order
    if (drill === undefined && !onlyHashes) throw backupError({ kind: 'drill-missing' })
    const found = await headBackupObject(backups, manifestKey(id))
    const sha256 = summaryIn(found?.metadata ?? {})?.sha256 ?? ''
    try {
      const opened = await openBackup({ backups, secrets, id })
      if (opened === undefined) throw backupError({ kind: 'backup-unknown', id })
      const { manifest, sealing } = opened
      const proving: Proving = {
        backups,
        bucket,
        db,
        clock,
        // Who only checks hashes uses no database.
        drill: drill === undefined ? db : openDatabase(drill),
        manifest,
        sealing,
        tables: this.#tables,
        limits: usualProofLimits,
      }
      return { proving, sha256 }
    } catch (error) {
      if (!isDamage(error) && !isForged(error)) throw error
      await writeProof({ backups }, failedUnread(id, sha256, clock(), error.message))
      await this.#recordFailure()
      throw error
    }
  }

  #progress(checkpoint: unknown, { manifest }: Proving, sha256: string): ProofProgress {
    const before = checkpoint === undefined ? undefined : proofProgress.parse(checkpoint)
    if (before?.manifestSha256 === sha256) return before
    return beginProof(manifest, sha256, this.#context.clock(), this.#order.onlyHashes)
  }

  /** Tells what was found. @throws Error for a backup that failed, so that its job has failed too */
  async #tell({ onlyHashes, findings: [first], findingCount }: ProofProgress): Promise<void> {
    const { db, backups, clock } = this.#context
    const { backup: id } = this.#order
    if (first !== undefined) {
      await this.#recordFailure()
      const more = findingCount === 1 ? '' : ` (and ${findingCount - 1} more)`
      throw new Error(`the backup ${id} failed its proof: ${first}${more}`)
    }
    if (onlyHashes) return
    // From now on the registry itself cannot open it.
    await forgetDataKey({ backups, id })
    await recordProof(db, id, 'proven', clock())
    await writeStanding(backups)
  }

  async #recordFailure(): Promise<void> {
    const { db, backups, clock } = this.#context
    const { backup: id, onlyHashes } = this.#order
    if (!onlyHashes) await forgetDataKey({ backups, id })
    await recordProof(db, id, 'failed', clock())
    await writeStanding(backups)
  }
}
