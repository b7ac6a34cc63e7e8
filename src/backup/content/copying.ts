/** Copies a page of content to the bucket of backups, and writes down what the bucket then has of it. */
import * as z from 'zod'
import type { LastingContext } from '../../context.ts'
import { algorithmOf, hexOf, type Digest } from '../../names.ts'
import { headBackupObject, listBackupObjects, putBackupObject, type BackupBucket } from '../../storage/backups.ts'
import type { Copy } from '../../storage/copying.ts'
import { piecesOf, SegmentLost } from '../../storage/reading.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { inventoryKey } from '../keys.ts'
import { sha256Of } from '../manifest.ts'
import { copyFirst, copyState, nextOf, type CopyLimits } from './copied.ts'
import { readBodies, readPlaces } from './content-store.ts'
import type { Inventory } from './described.ts'
import type { Entry } from './pages.ts'

export interface ContentContext extends Pick<LastingContext, 'db' | 'bucket' | 'backups'> {
  readonly limits: CopyLimits
}

/** How far a page is. */
export const pageProgress = z.object({
  /** The last object that was dealt with, copied or not; empty for none. */
  upTo: z.string(),
  copying: copyState.nullable(),
})
export type PageProgress = z.infer<typeof pageProgress>

/** An object that the bucket of backups should have. */
export interface Wanted {
  readonly key: string
  readonly sizeBytes: number
}

export interface PageSlice<One extends Wanted> {
  readonly at: PageProgress
  readonly copied: readonly Wanted[]
  /** Once all of the page is dealt with: those that the bucket has. */
  readonly found?: readonly One[]
  readonly absent?: readonly One[]
}

/**
 * Does the next step of a page: copies some objects that the bucket lacks, or finds that none is left.
 *
 * @param describe says where the bytes of some objects are
 */
export async function copyPage<One extends Wanted>(
  { backups, limits }: Pick<ContentContext, 'backups' | 'limits'>,
  prefix: string,
  page: readonly One[],
  at: PageProgress,
  describe: (some: readonly One[]) => Promise<readonly Copy[]>,
): Promise<PageSlice<One>> {
  const sizes = await sizesOf(backups, prefix, page)
  const isFound = ({ key, sizeBytes }: One): boolean => sizes.get(key) === sizeBytes
  const lacking = page.filter((one) => one.key > at.upTo && !isFound(one))
  if (lacking.length === 0) {
    return { at, copied: [], found: page.filter(isFound), absent: page.filter((one) => !isFound(one)) }
  }
  const some = await describe(nextOf(lacking, limits))
  const { last, copying, copied } = await copyFirst(backups, some, at.copying, limits)
  const upTo = copying === null ? (last?.key ?? at.upTo) : at.upTo
  return { at: { upTo, copying }, copied }
}

/** Lists the sizes of those objects that the bucket has. @param page in the order of the keys */
export async function sizesOf(
  backups: BackupBucket,
  prefix: string,
  page: readonly Wanted[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = new Set(page.map(({ key }) => key))
  const upTo = page.at(-1)?.key ?? ''
  const sizes = new Map<string, number>()
  let from: string | undefined = beforeKey(page[0]?.key ?? '')
  while (from !== undefined && from < upTo) {
    const { objects, next } = await listBackupObjects(backups, prefix, from)
    for (const { key, sizeBytes } of objects) if (wanted.has(key)) sizes.set(key, sizeBytes)
    from = next
  }
  return sizes
}

/** Returns a text that stands before a key, and hardly any other key between them. */
const beforeKey = (key: string): string => key.slice(0, -1)

/** Describes the copies of blobs and manifests. */
export async function copiesOf(
  { db, bucket }: ContentContext,
  entries: readonly (Entry & Wanted)[],
): Promise<readonly Copy[]> {
  const manifests = entries.flatMap((entry) => entry.manifests)
  const blobs = entries.filter((entry) => entry.manifests.length === 0)
  const bodies = manifests.length === 0 ? new Map<Digest, string>() : await readBodies(db, manifests)
  const places = await readPlaces(
    db,
    blobs.map(({ digest }) => digest),
  )
  return entries.map(({ digest, key, sizeBytes, manifests: own }) => ({
    key,
    sizeBytes,
    ...(algorithmOf(digest) === 'sha256' && { sha256: hexOf(digest) }),
    pieces: (start: number, end: number) =>
      own.length === 0
        ? piecesOf(bucket, wholeOf(places.get(digest) ?? [], { key, sizeBytes }), start, end)
        : [async () => openText(bodies.get(digest), key)],
  }))
}

/** Checks that the segments of a blob are all of it. @throws SegmentLost */
function wholeOf(segments: readonly SegmentPlace[], blob: Wanted): readonly SegmentPlace[] {
  const whole = segments.reduce((sum, one) => sum + one.sizeBytes, 0)
  if (whole !== blob.sizeBytes) throw new SegmentLost(blob)
  return segments
}

function openText(text: string | undefined, key: string): ReadableStream {
  const { body } = new Response(text)
  // It was deleted meanwhile.
  if (text === undefined || body === null) throw new SegmentLost({ key, sizeBytes: 0 })
  return body
}

/** Stores the list of a page, unless an earlier backup has the same. */
export async function storeInventory(backups: BackupBucket, found: readonly Wanted[]): Promise<Inventory | undefined> {
  const [first] = found
  const last = found.at(-1)
  if (first === undefined || last === undefined) return undefined
  const text = found.map(({ key }) => `${key}\n`).join('')
  const object = inventoryKey(await sha256Of(new TextEncoder().encode(text)))
  if ((await headBackupObject(backups, object)) === undefined) await putBackupObject(backups, object, text)
  return { object, first: first.key, last: last.key, count: found.length }
}
