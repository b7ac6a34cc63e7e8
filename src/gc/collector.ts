/**
 * The garbage collector, slice by slice: reviews the queued content, and deletes what no tag leads to. A deletion
 * queues the content that it releases, with which the next slice continues.
 */
import type { Keeping } from '../db/content/ancestry.ts'
import { applyDecisions, raiseToken, type Collected, type Decisions } from './store.ts'
import { loggable, type Database } from '../db/database.ts'
import { readDue, type BlobFacts, type DueReviews } from './review-store.ts'
import { RegistryError } from '../errors.ts'
import type { Digest } from '../names.ts'
import { decideBlob, decideLink, decideManifest, type ManifestDecision } from './liveness.ts'
import { lineOf } from './log-lines.ts'
import { isUnavailable } from '../storage/transient-errors.ts'
import { deleteStored, sweepAbandoned } from '../registry/upload-sweep.ts'

/** The settings that define garbage. */
export interface GcPolicy extends Keeping {
  readonly graceMilliseconds: number
}

export interface GcRun {
  readonly db: Database
  readonly bucket: R2Bucket
  readonly policy: GcPolicy
  /** Content that was used after this time is kept. Fixed for the run, so that a run ends. */
  readonly cutoff: number
  /** The fencing token of the lock. */
  readonly token: number
  /** R2 failed to delete in a slice before: the objects wait until the rows are decided. */
  readonly leavesObjects: boolean
  readonly now: number
}

/** The deleted content. */
export interface Freed {
  readonly manifests: number
  readonly links: number
  readonly blobs: number
  readonly segments: number
  /** The bytes of blobs whose objects are deleted, and of segments that never belonged to one. */
  readonly bytes: number
}

export const nothingFreed: Freed = { manifests: 0, links: 0, blobs: 0, segments: 0, bytes: 0 }

export interface Slice {
  readonly freed: Freed
  /** The number of reviews that were read. */
  readonly reviewed: number
  /** A line of the job's log for each deletion. */
  readonly lines: readonly string[]
  /** For the next slice of the run. */
  readonly leavesObjects: boolean
  readonly isDone: boolean
}

/** The number of reviews of each kind. */
export const mostReviewsInSlice = 200

/** One slice deletes at most this many objects, unless a single blob has more. */
const mostSegments = 1000

/**
 * Does a bounded part of a run.
 *
 * @param limit how many reviews of each kind
 * @throws RegistryError `gc-lock-lost` when another run has begun since
 */
export async function collectSlice(run: GcRun, limit = mostReviewsInSlice): Promise<Slice> {
  const { db, bucket, policy, cutoff, token } = run
  const due = await readDue(db, cutoff, policy, limit)
  requireFence(run, due.fence)
  const reviewed = due.manifests.length + due.links.length + due.blobs.length
  if (reviewed === 0) return collectLeftovers(run)
  const collected = await applyDecisions(db, { cutoff, token, keeping: policy }, decide(due, run))
  requireFence(run, collected.fence)
  const stored = run.leavesObjects
    ? undefined
    : await unlessUnavailable(deleteStored({ bucket, db }, collected.segments))
  const lines = [...linesOf(collected), ...outageLines(run, stored)]
  return { freed: freedBy(collected, stored), reviewed, lines, leavesObjects: stored === undefined, isDone: false }
}

/**
 * Deletes segments without an owner: of abandoned uploads, and of blobs whose objects a slice did not delete. The run does
 * not wait for the end of an outage, as it may keep the registry closed.
 */
async function collectLeftovers(run: GcRun): Promise<Slice> {
  const { leavesObjects } = run
  const swept = await unlessUnavailable(sweepAbandoned(run))
  if (swept === undefined) {
    const lines = outageLines(run, swept)
    return { freed: nothingFreed, reviewed: 0, lines, leavesObjects: true, isDone: true }
  }
  const { sessions, segments, bytes } = swept
  return {
    freed: { ...nothingFreed, segments, bytes },
    reviewed: 0,
    lines: segments === 0 ? [] : [lineOf('deleted', { kind: 'segments', segments, bytes })],
    leavesObjects,
    isDone: sessions === 0 && segments === 0,
  }
}

/** Waits for deletions of objects. @returns undefined during an outage of R2: objects without an owner are found later */
async function unlessUnavailable<Result>(deletions: Promise<Result>): Promise<Result | undefined> {
  try {
    return await deletions
  } catch (error) {
    if (!isUnavailable(error)) throw error
    console.error('a garbage collection leaves objects to the cron trigger:', loggable(error.cause))
    return undefined
  }
}

/** Tells of an outage once in a run. */
const outageLines = ({ leavesObjects }: GcRun, deleted: unknown): string[] =>
  deleted === undefined && !leavesObjects
    ? ['the storage does not delete at present: the objects go later, with the cron trigger at the latest']
    : []

function requireFence({ token }: GcRun, fence = 0): void {
  if (fence !== token) throw new RegistryError({ kind: 'gc-lock-lost', token: fence })
}

function decide({ manifests, links, blobs }: DueReviews, { cutoff, policy }: GcRun): Decisions {
  const ofManifests = sorted(manifests, (facts) => decideManifest(facts, cutoff, policy))
  const ofLinks = sorted(links, (facts) => decideLink(facts, cutoff))
  const ofBlobs = sorted(blobs, decideBlob)
  return {
    manifests: ofManifests,
    links: ofLinks,
    blobs: { delete: withinLimit(ofBlobs.delete), forget: ofBlobs.forget.map(({ digest }) => digest) },
  }
}

interface Sorted<Facts> {
  readonly delete: Facts[]
  readonly forget: Facts[]
  readonly wait: (Facts & { readonly since: number })[]
  readonly indexesFirst: Facts[]
}

function sorted<Facts extends object>(
  all: readonly Facts[],
  decideOn: (facts: Facts) => ManifestDecision,
): Sorted<Facts> {
  const found: Sorted<Facts> = { delete: [], forget: [], wait: [], indexesFirst: [] }
  for (const facts of all) {
    const decision = decideOn(facts)
    if (decision.kind === 'wait') found.wait.push({ ...facts, since: decision.since })
    else found[decision.kind].push(facts)
  }
  return found
}

/** Takes blobs until they have too many segments. The others stay due. */
function withinLimit(blobs: readonly BlobFacts[]): Digest[] {
  let segments = 0
  return blobs
    .filter(({ segmentCount }, at) => {
      segments += segmentCount
      return at === 0 || segments <= mostSegments
    })
    .map(({ digest }) => digest)
}

/** Counts what a slice deleted. @param stored undefined if objects are left, whose bytes count when they are deleted */
function freedBy({ manifests, links, blobs }: Collected, stored: { readonly segments: number } | undefined): Freed {
  return {
    manifests: manifests.length,
    links: links.length,
    blobs: blobs.length,
    segments: stored?.segments ?? 0,
    bytes: stored === undefined ? 0 : blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

const linesOf = ({ manifests, links, blobs }: Collected): string[] => [
  ...manifests.map((manifest) => lineOf('deleted', { kind: 'manifest', ...manifest })),
  ...links.map((link) => lineOf('deleted', { kind: 'link', ...link })),
  ...blobs.map((blob) => lineOf('deleted', { kind: 'blob', ...blob })),
]

/**
 * Lets only the token of a fresh lock delete. Earlier holders of the lock cannot delete any more.
 *
 * @throws RegistryError `gc-lock-lost` when there is a later one
 */
export async function raiseFence(db: Database, token: number): Promise<void> {
  const fence = (await raiseToken(db, token)) ?? 0
  if (fence !== token) throw new RegistryError({ kind: 'gc-lock-lost', token: fence })
}
