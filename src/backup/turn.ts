/**
 * A turn of the job `backup`: exports the registry under the lock of garbage collection, so that no run takes bytes away
 * meanwhile, and then deletes old backups and what unfinished ones left. Pushes and deletions go on.
 */
import * as z from 'zod'
import { asOfNow } from '../context.ts'
import { readFence } from '../db/gc-fence.ts'
import { exportOrder, type Aggregate, type TableDeclaration } from '../db/tables.ts'
import type { JobContext, JobSlice, Turn } from '../jobs/job-type.ts'
import { currentSettingsOf } from '../settings/settings.ts'
import { acquireGcLease, releaseGcLease, renewGcLease, type GcLease } from '../replicas/gc-lease.ts'
import { usualLimits } from './boundaries.ts'
import { copyLimitsOf, usualCopyLimits } from './content/copied.ts'
import { linesOfContent } from './content/lines.ts'
import { ContentPages } from './content/pages.ts'
import { recordBackup } from './event-store.ts'
import { beginExport, exportProgress, exportSlice, type ExportContext, type ExportProgress } from './exporter.ts'
import { backupParameters } from './parameters.ts'
import { sumsOf, type Manifest } from './manifest.ts'
import { orderProof } from './proof/order.ts'
import { beforeCleanUp, cleanUpProgress, cleanUpSlice } from './retention/slices.ts'
import { readSchema } from './rows-store.ts'
import { beginProtection, resumeProtection, type ProtectedBackup, type Protection } from './sealing/protection.ts'
import { sealingSettings } from './sealing/recipients.ts'
import { backupSettings } from './settings.ts'

/** How long a slice waits while a garbage collection has the lock. */
const waitMilliseconds = 1000

const checkpointSchema = z.object({
  /** The token of the last garbage collection before the export. Each raises it before it deletes anything. */
  fence: z.int().optional(),
  /** In the place of `fence` in checkpoints of earlier versions: the lock was held without a gap until then. */
  lockedUntil: z.int().optional(),
  /** Another worker began the job, or the export began again, so that parts may be left which no manifest names. */
  mayHaveParts: z.boolean(),
  /** Null once the manifest is written. */
  exporting: exportProgress.nullable(),
  cleaningUp: cleanUpProgress,
})
type Checkpoint = z.infer<typeof checkpointSchema>

/** One worker's turn at a backup. */
export class BackupTurn implements Turn {
  readonly lines: readonly string[]
  readonly #context: JobContext
  readonly #order: readonly Aggregate[]
  readonly #pages: ContentPages
  #lock: GcLease | undefined
  /** As it was when this turn took the lock. No collection begins while it is held. */
  #fence = 0
  #protection: Protection | undefined
  #isFirstSlice = true
  #hasToldWaiting = false

  constructor(context: JobContext, tables: readonly TableDeclaration[]) {
    this.#context = context
    this.#order = exportOrder(tables)
    this.#pages = new ContentPages(context.db, usualCopyLimits.rowsOfPage)
    this.lines = [`begins the backup ${context.job.id}; the registry stays writable`]
  }

  readonly slice = async (checkpoint: unknown): Promise<JobSlice> => {
    const before = checkpoint === undefined ? undefined : checkpointSchema.parse(checkpoint)
    const holder = await this.#takeLock()
    if (holder !== undefined) return this.#wait(checkpoint, holder)
    const lock = this.#lock
    if (lock === undefined) throw new Error('the lock was taken and is gone')
    const isResumed = this.#isFirstSlice && before !== undefined
    this.#isFirstSlice = false
    const why = before?.exporting && isResumed ? await this.#whyAgain(before, before.exporting) : undefined
    if (before === undefined || why !== undefined) {
      const exporting = await this.#begin(lock)
      const lines = why === undefined ? [] : [`begins again: ${why}`]
      const isRepeated = before !== undefined
      return going({ fence: this.#fence, mayHaveParts: isRepeated, exporting, cleaningUp: beforeCleanUp }, lines)
    }
    const { exporting, cleaningUp } = before
    const at = { fence: this.#fence, mayHaveParts: before.mayHaveParts || isResumed, exporting, cleaningUp }
    return at.exporting === null ? this.#cleanUp(at) : this.#export(lock, at, at.exporting)
  }

  async beat(): Promise<void> {
    if (this.#lock !== undefined) this.#lock = await renewGcLease(asOfNow(this.#context), this.#lock.token)
  }

  async end(): Promise<void> {
    if (this.#lock !== undefined) await releaseGcLease(asOfNow(this.#context), { token: this.#lock.token })
  }

  /** Takes the lock, unless this turn has it. @returns the job that has it, if it is another one */
  async #takeLock(): Promise<string | undefined> {
    if (this.#lock !== undefined) return undefined
    const lock = await acquireGcLease(asOfNow(this.#context), { holder: this.#context.job.id, closing: undefined })
    if (typeof lock === 'string') return lock
    this.#lock = lock
    this.#fence = await readFence(this.#context.db)
    return undefined
  }

  async #wait(checkpoint: unknown, holder: string): Promise<JobSlice> {
    const lines = this.#hasToldWaiting ? [] : [`waits for the garbage collection of the job ${holder}`]
    this.#hasToldWaiting = true
    await scheduler.wait(waitMilliseconds)
    return { checkpoint, isDone: false, lines }
  }

  #exportContext({ token: lockToken }: GcLease, protection: Protection): ExportContext {
    const { db, bucket, backups, clock, job } = this.#context
    const { id } = job
    const content = { db, bucket, backups, limits: copyLimitsOf(backups), id, pages: this.#pages }
    const run = { db, backups, limits: usualLimits, id, order: this.#order, now: clock() }
    return { ...run, lockToken, protection, content }
  }

  /** Decides whether the backup has content: as its parameters say, or else as the settings do. */
  async #wantsContent(): Promise<boolean> {
    const { content } = backupParameters.parse(this.#context.job.parameters)
    const { db, now } = asOfNow(this.#context)
    return content ?? (await currentSettingsOf(db, now, backupSettings)).backupContent
  }

  async #begin(lock: GcLease): Promise<ExportProgress> {
    const { db, clock } = this.#context
    const { backupRecipients } = await currentSettingsOf(db, clock(), sealingSettings)
    this.#protection = await beginProtection(this.#protected(), backupRecipients)
    return beginExport(this.#exportContext(lock, this.#protection), await this.#wantsContent())
  }

  #protected(): ProtectedBackup {
    const { backups, secrets, job } = this.#context
    return { backups, secrets, id: job.id }
  }

  /** Tells why what was exported and what follows do not fit together; undefined if they do. */
  async #whyAgain(before: Checkpoint, { schema, encryption }: ExportProgress): Promise<string | undefined> {
    if (this.#mayHaveCollected(before)) return 'the lock was given away, and a garbage collection may have run'
    if ((await readSchema(this.#context.db)) !== schema) return 'the database was migrated meanwhile'
    this.#protection = await resumeProtection(this.#protected(), encryption)
    return this.#protection === undefined ? 'the registry cannot open the data key with which it was begun' : undefined
  }

  #mayHaveCollected({ fence, lockedUntil = 0 }: Checkpoint): boolean {
    return fence === undefined ? this.#context.clock() > lockedUntil : fence !== this.#fence
  }

  async #export(lock: GcLease, at: Checkpoint, progress: ExportProgress): Promise<JobSlice> {
    if (this.#protection === undefined) throw new Error('the protection was begun and is gone')
    const run = this.#exportContext(lock, this.#protection)
    const { progress: exporting, manifest } = await exportSlice(run, progress)
    if (manifest === undefined) return going({ ...at, exporting }, [])
    const { id, schema, encryption } = manifest
    await recordBackup(run.db, { id, schema, isEncrypted: encryption !== null }, run.now)
    return going({ ...at, exporting: null }, linesOf(manifest))
  }

  async #cleanUp(at: Checkpoint): Promise<JobSlice> {
    const { progress, isDone, lines } = await cleanUpSlice(this.#context, at.cleaningUp, at.mayHaveParts)
    const what = isDone ? await orderProof(this.#context) : []
    return { checkpoint: { ...at, cleaningUp: progress }, isDone, lines: [...lines, ...what] }
  }
}

const going = (checkpoint: Checkpoint, lines: readonly string[]): JobSlice => ({ checkpoint, isDone: false, lines })

function linesOf(manifest: Manifest): readonly string[] {
  const { rows, parts, newParts, bytes, newBytes } = sumsOf(manifest)
  return [
    `wrote the backup ${manifest.id}: ${rows} rows in ${parts} parts, ${bytes} bytes`,
    `${newParts} parts are new, ${newBytes} bytes; the others are those of earlier backups`,
    ...linesOfContent(manifest.content),
    protectionLine(manifest),
  ]
}

const protectionLine = ({ encryption }: Manifest): string =>
  encryption === null
    ? 'the backup is not encrypted: who can read the bucket reads hashes of passwords and tokens. Set "backupRecipients" to encrypt the next ones'
    : `the backup is encrypted for ${encryption.recipients.join(', ')}`
