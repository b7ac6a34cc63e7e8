/**
 * The job `fsck`: checks one page a slice and logs its findings. With `repair` it marks blobs of which R2 has lost
 * bytes, so that clients send them again, and takes the marks of restored ones. It deletes nothing, unless `deleteUnknown` says that
 * objects without a row are to go: these become garbage, which the sweep of uploads deletes.
 */
import * as z from 'zod'
import type { Stores } from '../context.ts'
import { segmentsPrefix, type SegmentPlace } from '../storage/segments.ts'
import { condemnObjects, segmentsOfBlobs } from './store.ts'
import { markAllLost, markIncomplete, takeMark } from '../db/content/lost-content.ts'
import { parseDigest, type Digest } from '../names.ts'
import { fsckPage } from './fsck.ts'
import type { Finding } from './findings.ts'
import { hashBlob } from '../storage/hash-blob.ts'

export const fsckParameters = z.strictObject({
  content: z.boolean().default(false),
  repair: z.boolean().default(false),
  /** Deletes objects that no row refers to, as those of pushes after the backup that was restored. */
  deleteUnknown: z.boolean().default(false),
})

const checkpoint = z.object({
  cursor: z.string().optional(),
  findings: z.int().default(0),
  marked: z.int().default(0),
  unmarked: z.int().default(0),
  condemned: z.int().default(0),
  /** Marked blobs whose bytes are still to be read: the mark of those that were restored is taken. */
  doubtful: z.array(z.string().transform(parseDigest)).default([]),
  /** All pages are checked, and only the doubtful blobs are left. */
  isChecked: z.boolean().default(false),
})
type Progress = z.infer<typeof checkpoint>

export interface FsckSlice {
  readonly checkpoint: unknown
  readonly isDone: boolean
  readonly lines: readonly string[]
}

/** Younger segments are not marked, as R2 and D1 are read one after the other. */
const graceMilliseconds = 10 * 60 * 1000

/** After so many bytes of doubtful blobs a slice ends; a blob is read as a whole, however large. */
const usualBytesOfSlice = 64 * 1024 * 1024

/**
 * Checks the next page, and repairs its findings if wanted. Marked blobs of a page are read in slices of their own.
 *
 * @param before the checkpoint of the previous slice
 */
export async function fsckSlice(
  stores: Stores & { readonly now: number; readonly parameters: unknown },
  before: unknown,
  bytesOfSlice = usualBytesOfSlice,
): Promise<FsckSlice> {
  const parameters = fsckParameters.parse(stores.parameters)
  const at = checkpoint.parse(before ?? {})
  const { after, lines } =
    at.doubtful.length > 0 ? await unmarkSome(stores, at, bytesOfSlice) : await checkPage(stores, at, parameters)
  const isDone = after.isChecked && after.doubtful.length === 0
  return { checkpoint: after, isDone, lines: isDone ? [...lines, summaryOf(after, parameters)] : lines }
}

interface Step {
  readonly after: Progress
  readonly lines: readonly string[]
}

async function checkPage(
  stores: Stores & { readonly now: number },
  at: Progress,
  { content, repair, deleteUnknown }: z.infer<typeof fsckParameters>,
): Promise<Step> {
  const { findings, next } = await fsckPage(stores, at.cursor, content)
  const marked = repair ? await markAll(stores, findings) : []
  const condemned = deleteUnknown ? await condemnAll(stores, findings) : []
  return {
    after: {
      ...at,
      cursor: next,
      findings: at.findings + findings.length,
      marked: at.marked + marked.length,
      condemned: at.condemned + condemned.length,
      doubtful: repair ? findings.flatMap((finding) => doubtfulIn(finding)) : [],
      isChecked: next === undefined,
    },
    lines: [
      ...findings.map(({ kind, subject, repository, why }) => `${kind}: ${subject} ${repository}: ${why}`),
      ...marked.map((digest) => `marked as lost: blob ${digest}`),
      ...condemned.map((key) => `is deleted with the next sweep: object ${key}`),
    ],
  }
}

const doubtfulIn = ({ repair }: Finding): readonly Digest[] =>
  repair !== undefined && 'unmark' in repair ? [repair.unmark] : []

function summaryOf(
  { findings, marked, unmarked, condemned }: Progress,
  { repair, deleteUnknown }: Pick<z.infer<typeof fsckParameters>, 'repair' | 'deleteUnknown'>,
): string {
  return [
    findings === 0 ? 'no findings' : `findings: ${findings}`,
    ...(repair ? [`marked as lost: ${marked} blobs; restored: ${unmarked} blobs`] : []),
    ...(deleteUnknown ? [`deleted as unknown: ${condemned} objects`] : []),
  ].join('; ')
}

/** Gives unknown objects up to the sweep. One that got a row meanwhile stays. @returns the keys of the others */
async function condemnAll(
  { db, now }: Stores & { readonly now: number },
  findings: readonly Finding[],
): Promise<readonly string[]> {
  const unknown = findings.flatMap(({ repair }) =>
    repair !== undefined && 'condemn' in repair && repair.condemn.key.startsWith(segmentsPrefix)
      ? [repair.condemn]
      : [],
  )
  return unknown.length === 0 ? [] : condemnObjects(db, unknown, now)
}

/**
 * Marks what is lost, each of which was confirmed by a second look. The statements leave alone what changed since.
 *
 * @returns the digests of the marked blobs
 */
async function markAll(
  { db, now }: Stores & { readonly now: number },
  findings: readonly Finding[],
): Promise<readonly Digest[]> {
  const repairs = findings.flatMap(({ repair }) => (repair === undefined ? [] : [repair]))
  const lost = repairs.flatMap((repair) => ('mark' in repair ? [repair.mark] : []))
  const incomplete = repairs.flatMap((repair) => ('markIncomplete' in repair ? [repair.markIncomplete] : []))
  const marked = [
    ...(lost.length === 0 ? [] : await markAllLost(db, lost, now - graceMilliseconds, now)),
    ...(incomplete.length === 0 ? [] : await markIncomplete(db, incomplete, now)),
  ]
  return marked.map(({ digest }) => digest)
}

/** Reads doubtful blobs, and takes the marks of those that are whole. */
async function unmarkSome({ bucket, db }: Stores, at: Progress, bytesOfSlice: number): Promise<Step> {
  const places = await segmentsOfBlobs(db, at.doubtful)
  const unmarked: Digest[] = []
  let bytes = 0
  let looked = 0
  for (const digest of at.doubtful) {
    if (bytes >= bytesOfSlice) break
    looked++
    const segments = places.get(digest) ?? []
    bytes += segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    if (await isRestored({ bucket, db }, digest, segments)) unmarked.push(digest)
  }
  return {
    after: { ...at, unmarked: at.unmarked + unmarked.length, doubtful: at.doubtful.slice(looked) },
    lines: unmarked.map((digest) => `no longer marked as lost: blob ${digest}`),
  }
}

/** Hashes a blob, and takes its mark if it is whole. @returns whether it had the mark and was whole */
async function isRestored({ bucket, db }: Stores, digest: Digest, segments: readonly SegmentPlace[]): Promise<boolean> {
  const reading = await hashBlob(bucket, digest, segments)
  if (!('actual' in reading) || reading.actual !== digest) return false
  return takeMark(
    db,
    digest,
    segments.map(({ key }) => key),
  )
}
