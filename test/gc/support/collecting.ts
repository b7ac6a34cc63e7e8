/** Runs the garbage collector for tests: whole runs, with the time and the settings that a test wants. */
import { env } from 'cloudflare:workers'
import { openDatabase } from '../../../src/db/database.ts'
import { collectSlice, raiseFence, type Freed, type GcPolicy, type GcRun } from '../../../src/gc/collector.ts'
import { dryRunSlice } from '../../../src/gc/dry-run.ts'

export const defaultPolicy: GcPolicy = { graceMilliseconds: 1000, keepUntagged: false, deleteReferrers: true }

/** Later than anything that a test does, so that nothing is too young to go. */
export const noGrace = (): number => Date.now() + 60_000

let lastToken = 0

export interface Wanted {
  readonly cutoff?: number
  readonly policy?: Partial<GcPolicy>
  readonly bindings?: { readonly DB: D1Database; readonly BUCKET: R2Bucket }
  readonly limit?: number
  readonly now?: number
}

/** A run with a lock of its own. By default nothing is too young to go. */
export async function beginRun({
  cutoff = noGrace(),
  policy = {},
  bindings = env,
  now = Date.now(),
}: Wanted = {}): Promise<GcRun> {
  const db = openDatabase(bindings.DB)
  const token = ++lastToken
  await raiseFence(db, token)
  return {
    db,
    bucket: bindings.BUCKET,
    policy: { ...defaultPolicy, ...policy },
    cutoff,
    token,
    leavesObjects: false,
    now,
  }
}

export interface Outcome {
  readonly freed: Freed
  readonly lines: readonly string[]
  readonly reviewed: number
}

/** A run from its beginning to its end, which must come. */
export async function collect(wanted: Wanted = {}): Promise<Outcome> {
  return finishRun(await beginRun(wanted), wanted.limit)
}

export async function finishRun(run: GcRun, limit?: number): Promise<Outcome> {
  let freed: Freed = { manifests: 0, links: 0, blobs: 0, segments: 0, bytes: 0 }
  const lines: string[] = []
  let reviewed = 0
  for (let slices = 0; slices < 5000; slices++) {
    const slice = await collectSlice(run, limit)
    freed = sumOf(freed, slice.freed)
    lines.push(...slice.lines)
    reviewed += slice.reviewed
    if (slice.isDone) return { freed, lines, reviewed }
  }
  throw new Error('a run of the collector does not end')
}

const sumOf = (a: Freed, b: Freed): Freed => ({
  manifests: a.manifests + b.manifests,
  links: a.links + b.links,
  blobs: a.blobs + b.blobs,
  segments: a.segments + b.segments,
  bytes: a.bytes + b.bytes,
})

/** All pages of a dry run, its lines in the words of a real one. */
export async function dryRun(
  { cutoff = noGrace(), policy = {} }: Wanted = {},
  db = openDatabase(env.DB),
): Promise<{ lines: string[]; objects: number; bytes: number }> {
  const run = { db, bucket: env.BUCKET, policy: { ...defaultPolicy, ...policy }, cutoff, now: Date.now() }
  const lines: string[] = []
  let objects = 0
  let bytes = 0
  let after: string | undefined
  do {
    const page = await dryRunSlice(run, after)
    lines.push(...page.lines.map((line) => line.replace(/^would delete/, 'deleted')))
    objects += page.objects
    bytes += page.bytes
    after = page.next
  } while (after !== undefined)
  return { lines, objects, bytes }
}
