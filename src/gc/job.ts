/**
 * The jobs `gc` and `onlinegc`: a run of the collector under the lock of the cluster, which is fenced, with the
 * registry read-only (`gc`) or not. Each turn takes the lock again, so that an earlier, only slow worker of the same
 * job cannot delete any more.
 */
import * as z from 'zod'
import { asOfNow } from '../context.ts'
import { collectSlice, mostReviewsInSlice, nothingFreed, raiseFence, type Freed, type GcPolicy } from './collector.ts'
import { dryRunSlice } from './dry-run.ts'
import { acquireGcLease, releaseGcLease, renewGcLease, type GcLease } from '../replicas/gc-lease.ts'
import { parseDuration } from '../util/duration.ts'
import { sizeOf } from '../util/size.ts'
import { currentSettingsOf } from '../settings/settings.ts'
import { gcSettings } from './settings.ts'
import type { JobType, JobContext, JobSlice, Turn } from '../jobs/job-type.ts'

/** The reason that refused callers see. */
export const readOnlyReason = 'garbage collection'

const parameters = z.strictObject({ dryRun: z.boolean().default(false) })

const progress = z.object({
  /** Content that was used after this time is kept, however long the run takes. */
  cutoff: z.int(),
  freed: z.object({
    manifests: z.int(),
    links: z.int(),
    blobs: z.int(),
    segments: z.int(),
    bytes: z.int(),
  }),
  /** R2 failed to delete in a slice before. */
  leavesObjects: z.boolean().default(false),
  /** For a dry run: the totals so far, and where the next slice continues. */
  found: z.int().optional(),
  after: z.string().optional(),
})
type Progress = z.infer<typeof progress>

export const gcJob = collection(readOnlyReason)
export const onlineGcJob = collection(undefined)

/**
 * Builds a job type that collects garbage.
 *
 * @param closing the reason for read-only mode during the job; undefined leaves the registry writable
 */
function collection(closing: string | undefined): JobType {
  return {
    parameters,
    exclusionKey: (given) => (parameters.parse(given).dryRun ? null : 'gc'),
    isExclusive: true,
    joinsWaiting: false,
    deletes: (given) => (parameters.parse(given).dryRun ? 'nothing' : 'garbage'),
    begin: (context) => (isDryRun(context) ? dryRun(context) : collect(context, closing)),
    async abandon(context) {
      if (!isDryRun(context)) await releaseGcLease(asOfNow(context), { holder: context.job.id })
    },
    summary: (checkpoint) => summaryOf(progress.safeParse(checkpoint).data),
  }
}

const isDryRun = ({ job }: JobContext): boolean => parameters.parse(job.parameters).dryRun

/** Takes the lock and begins a turn of a collection. @throws RegistryError `no-majority` or `overloaded` */
async function collect(context: JobContext, closing: string | undefined): Promise<Turn> {
  const lock = await acquireGcLease(asOfNow(context), { holder: context.job.id, closing })
  if (typeof lock === 'string') return skipped(lock)
  const { token } = lock
  await raiseFence(context.db, token)
  const policy = await policyOf(context)
  return {
    lines: [beginning(lock, closing, policy)],
    async slice(checkpoint) {
      const at = progressOf(context, policy, checkpoint)
      const { db, bucket, clock } = context
      const { cutoff } = at
      const run = { db, bucket, policy, cutoff, token, leavesObjects: at.leavesObjects, now: clock() }
      const { freed, lines, leavesObjects, isDone } = await collectSlice(run, reviewsInSlice(context))
      return { checkpoint: { ...at, freed: sumOf(at.freed, freed), leavesObjects }, lines, isDone }
    },
    async beat() {
      await renewGcLease(asOfNow(context), token)
    },
    end: () => releaseGcLease(asOfNow(context), { token }),
  }
}

/** Retries with smaller pieces after the database was overloaded. */
const reviewsInSlice = ({ job: { deaths } }: JobContext): number =>
  Math.max(5, Math.floor(mostReviewsInSlice / 4 ** deaths))

const doNothing = async (): Promise<void> => {}

const skipped = (holder: string): Turn => ({
  lines: [`skipped: the job ${holder} is running, another garbage collection or a backup`],
  slice: undefined,
  beat: doNothing,
  end: doNothing,
})

async function dryRun(context: JobContext): Promise<Turn> {
  const policy = await policyOf(context)
  return {
    lines: ['dry run: deletes nothing and lists what a run would delete'],
    async slice(checkpoint): Promise<JobSlice> {
      const at = progressOf(context, policy, checkpoint)
      const run = { db: context.db, bucket: context.bucket, policy, cutoff: at.cutoff, now: context.clock() }
      const { lines, objects, bytes, next } = await dryRunSlice(run, at.after)
      const freed = { ...at.freed, bytes: at.freed.bytes + bytes }
      const found = (at.found ?? 0) + objects
      return { checkpoint: { ...at, freed, found, after: next }, isDone: next === undefined, lines }
    },
    beat: doNothing,
    end: doNothing,
  }
}

async function policyOf({ db, clock }: JobContext): Promise<GcPolicy> {
  const settings = await currentSettingsOf(db, clock(), gcSettings)
  return {
    graceMilliseconds: parseDuration(settings.gcGrace) ?? Infinity,
    keepUntagged: settings.gcKeepUntaggedManifests,
    deleteReferrers: settings.gcDeleteReferrers,
  }
}

function progressOf({ job }: JobContext, { graceMilliseconds }: GcPolicy, checkpoint: unknown): Progress {
  if (checkpoint !== undefined && checkpoint !== null) return progress.parse(checkpoint)
  return { cutoff: Math.floor(job.startedAt - graceMilliseconds), freed: nothingFreed, leavesObjects: false }
}

const sumOf = (one: Freed, other: Freed): Freed => ({
  manifests: one.manifests + other.manifests,
  links: one.links + other.links,
  blobs: one.blobs + other.blobs,
  segments: one.segments + other.segments,
  bytes: one.bytes + other.bytes,
})

function beginning({ closesRegistry }: GcLease, closing: string | undefined, policy: GcPolicy): string {
  const kept = `content used in the last ${policy.graceMilliseconds / 1000} seconds is kept`
  if (closesRegistry) return `the registry is read-only while this runs; ${kept}`
  return closing === undefined
    ? `the registry stays writable while this runs; ${kept}`
    : `the registry stays in the mode that an administrator has set while this runs; ${kept}`
}

function summaryOf(at: Progress | undefined): readonly string[] {
  if (at === undefined) return []
  const { manifests, links, blobs, segments, bytes } = at.freed
  if (at.found !== undefined) return [`found ${at.found} objects that a run would delete: ${exactSizeOf(bytes)}`]
  return [
    `deleted ${manifests} manifests, ${links} links of repositories to blobs, ${blobs} blobs and ${segments} segments: freed ${exactSizeOf(bytes)}`,
  ]
}

function exactSizeOf(bytes: number): string {
  const exact = `${bytes} bytes`
  const short = sizeOf(bytes)
  return short === exact ? exact : `${short} (${exact})`
}
