/**
 * Finds out which images lost content: the segments that were loaded are compared with a listing of R2, so no object is
 * asked for by itself. A blob of which R2 lacks a segment is marked as lost, as a pull would mark it; a push of the same
 * content brings it back.
 */
import type { Context } from '../../context.ts'
import { listObjects } from '../../storage/objects.ts'
import { segmentsPrefix } from '../../storage/segments.ts'
import { isAnyLost, lostImages, markLoadedLost, segmentsOf } from './content-store.ts'
import type { ContentProgress, ImagesProgress } from './progress.ts'
import type { LostImage } from './report.ts'

/** R2 lists so many objects with one call. */
const objectsOfSlice = 1000
const rowsOfSlice = 2000
/** Each is looked at with all that it lists. */
const manifestsOfSlice = 1000

type ContentContext = Pick<Context, 'db' | 'bucket' | 'now'>

/** Compares the next segments. */
export async function checkContent({ db, bucket, now }: ContentContext, at: ContentProgress): Promise<ContentProgress> {
  const after = at.after ?? ''
  const listed = await listObjects(bucket, after === '' ? segmentsPrefix : after, objectsOfSlice)
  const objects = listed.objects.filter(({ key }) => key.startsWith(segmentsPrefix))
  const lastObject = listed.isCut && objects.length === listed.objects.length ? objects.at(-1)?.key : undefined
  const rows = await segmentsOf(db, after, lastObject, rowsOfSlice)
  const lastRow = rows.length === rowsOfSlice ? rows.at(-1)?.key : undefined
  const sizes = new Map(objects.map(({ key, sizeBytes }) => [key, sizeBytes]))
  const missing = rows.filter(({ key, sizeBytes }) => sizes.get(key) !== sizeBytes)
  const digests = [...new Set(missing.map(({ blobDigest }) => blobDigest))]
  if (digests.length > 0) await markLoadedLost(db, digests, now)
  return {
    ...at,
    after: lastRow ?? lastObject ?? null,
    compared: at.compared + rows.length,
    missing: at.missing + missing.length,
  }
}

export interface LostPage {
  readonly lost: readonly LostImage[]
  /** Undefined after the last page. */
  readonly after: ImagesProgress['after'] | undefined
  readonly searched: number
}

/** Finds the next images that lost content. */
export async function findLostImages({ db }: ContentContext, at: ImagesProgress): Promise<LostPage> {
  const [id, digest] = at.after
  if (id === 0 && digest === '' && !(await isAnyLost(db))) return { lost: [], after: undefined, searched: 0 }
  const { lost, next, searched } = await lostImages(db, at.after, manifestsOfSlice)
  return { lost, after: next === undefined ? undefined : [...next], searched }
}
