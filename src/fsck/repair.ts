/**
 * The job `fsck`: checks one page a slice and logs its findings. With `repair` it marks blobs of which R2 has lost
 * bytes, so that clients send them again, and takes the marks of restored ones. It deletes nothing, unless `deleteUnknown` says that
 * objects without a row are to go: these become garbage, which the sweep of uploads deletes.
 */
import * as z from 'zod'
import type { Stores } from '../context.ts'
import { segmentsPrefix } from '../storage/segments.ts'
import { condemnObjects, segmentsOfBlob } from './store.ts'
import { markAllLost, markIncomplete, takeMark } from '../db/content/lost-content.ts'
import type { Digest } from '../names.ts'
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
})

export interface FsckSlice {
  readonly checkpoint: unknown
  readonly isDone: boolean
  readonly lines: readonly string[]
}

/** Younger segments are not marked, as R2 and D1 are read one after the other. */
const graceMilliseconds = 10 * 60 * 1000

/** Checks the next page, and repairs its findings if wanted. @param before the checkpoint of the previous page */
export async function fsckSlice(
  stores: Stores & { readonly now: number; readonly parameters: unknown },
  before: unknown,
): Promise<FsckSlice> {
  const { content, repair, deleteUnknown } = fsckParameters.parse(stores.parameters)
  const done = checkpoint.parse(before ?? {})
  const { findings, next } = await fsckPage(stores, done.cursor, content)
  const repaired = repair ? await repairAll(stores, findings) : { marked: [], unmarked: [] }
  const condemned = deleteUnknown ? await condemnAll(stores, findings) : []
  const after = {
    cursor: next,
    findings: done.findings + findings.length,
    marked: done.marked + repaired.marked.length,
    unmarked: done.unmarked + repaired.unmarked.length,
    condemned: done.condemned + condemned.length,
  }
  const isDone = next === undefined
  return {
    checkpoint: after,
    isDone,
    lines: [
      ...findings.map(({ kind, subject, repository, why }) => `${kind}: ${subject} ${repository}: ${why}`),
      ...repaired.marked.map((digest) => `marked as lost: blob ${digest}`),
      ...repaired.unmarked.map((digest) => `no longer marked as lost: blob ${digest}`),
      ...condemned.map((key) => `is deleted with the next sweep: object ${key}`),
      ...(isDone ? [summaryOf(after, { repair, deleteUnknown })] : []),
    ],
  }
}

function summaryOf(
  { findings, marked, unmarked, condemned }: z.infer<typeof checkpoint>,
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
 * Repairs findings, each of which was confirmed by a second look. The statements leave alone what changed since.
 *
 * @returns the digests of the blobs that were marked and unmarked
 */
async function repairAll(
  stores: Stores & { readonly now: number },
  findings: readonly Finding[],
): Promise<{ marked: readonly Digest[]; unmarked: readonly Digest[] }> {
  const repairs = findings.flatMap(({ repair }) => (repair === undefined ? [] : [repair]))
  const lost = repairs.flatMap((repair) => ('mark' in repair ? [repair.mark] : []))
  const incomplete = repairs.flatMap((repair) => ('markIncomplete' in repair ? [repair.markIncomplete] : []))
  const doubtful = repairs.flatMap((repair) => ('unmark' in repair ? [repair.unmark] : []))
  const { db, now } = stores
  const marked = [
    ...(lost.length === 0 ? [] : await markAllLost(db, lost, now - graceMilliseconds, now)),
    ...(incomplete.length === 0 ? [] : await markIncomplete(db, incomplete, now)),
  ]
  const unmarked: Digest[] = []
  for (const digest of doubtful) if (await isRestored(stores, digest)) unmarked.push(digest)
  return { marked: marked.map(({ digest }) => digest), unmarked }
}

async function isRestored({ bucket, db }: Stores, digest: Digest): Promise<boolean> {
  const segments = (await segmentsOfBlob(db, digest)) ?? []
  const reading = await hashBlob(bucket, digest, segments)
  if (!('actual' in reading) || reading.actual !== digest) return false
  return takeMark(
    db,
    digest,
    segments.map(({ key }) => key),
  )
}
