/** Compares the rows of segments with the objects of R2. */
import type { Stores } from '../context.ts'
import { checkedSegments, segmentsStillOwned, type CheckedSegment } from './store.ts'
import { mapInParallel } from '../util/parallel.ts'
import { listObjects, objectSize, type StoredObject } from '../storage/objects.ts'
import {
  dangling,
  missingObject,
  unknownObject,
  wrongObjectSize,
  wrongPlace,
  type Finding,
  type Key,
  type Step,
} from './findings.ts'

const mostHeads = 6

/**
 * Lists the objects before it reads the rows. A row exists before its object and outlives it, so an object that has no
 * row and still exists is unknown to the registry.
 */
export async function checkObjects({ bucket, db }: Stores, [after = '']: Key, limit: number): Promise<Step> {
  const { objects, isCut } = await listObjects(bucket, String(after), limit)
  const lastObject = isCut ? objects.at(-1)?.key : undefined
  const rows = await checkedSegments(db, String(after), lastObject, limit)
  const lastRow = rows.length === limit ? rows.at(-1)?.key : undefined
  // Of both sides the same stretch of keys.
  const last = lastRow ?? lastObject
  const compared = compareObjects(lastRow === undefined ? objects : objects.filter(({ key }) => key <= lastRow), rows)
  const findings = [
    ...rows.flatMap(wrongRow),
    ...(await stillUnknown(bucket, compared.unknown)),
    ...(await stillWrong({ bucket, db }, compared.doubtful)),
  ]
  return {
    findings,
    checked: { objects: compared.count, segments: rows.length },
    last: last === undefined ? undefined : [last],
  }
}

interface Compared {
  readonly unknown: readonly StoredObject[]
  /** Rows whose object is missing or has another size. */
  readonly doubtful: readonly CheckedSegment[]
  readonly count: number
}

/** What is still being written, and what belongs to nothing and is about to be deleted, may have an object or not. */
export function compareObjects(objects: readonly StoredObject[], rows: readonly CheckedSegment[]): Compared {
  const sizes = new Map(objects.map(({ key, sizeBytes }) => [key, sizeBytes]))
  const known = new Set(rows.map(({ key }) => key))
  return {
    unknown: objects.filter(({ key }) => !known.has(key)),
    doubtful: rows.filter((row) => isSettled(row) && sizes.get(row.key) !== row.sizeBytes),
    count: objects.length,
  }
}

const isSettled = ({ sessionId, blobDigest, sizeBytes }: CheckedSegment): boolean =>
  sizeBytes !== null && (sessionId !== null || blobDigest !== null)

/** It may have been deleted since it was listed, and its row before that was looked for. */
async function stillUnknown(bucket: R2Bucket, unknown: readonly StoredObject[]): Promise<Finding[]> {
  const found = await mapInParallel(unknown, mostHeads, async ({ key }) => {
    const sizeBytes = await objectSize(bucket, key)
    return sizeBytes === undefined ? [] : [unknownObject(key, sizeBytes)]
  })
  return found.flat()
}

/** What was stored after the list was made is there by now; what was let go since is no finding. */
async function stillWrong({ bucket, db }: Stores, rows: readonly CheckedSegment[]): Promise<Finding[]> {
  if (rows.length === 0) return []
  const sizes = await mapInParallel(rows, mostHeads, ({ key }) => objectSize(bucket, key))
  const owned = await segmentsStillOwned(
    db,
    rows.map(({ key }) => key),
  )
  return rows.flatMap((row, at) => {
    const actual = sizes[at]
    if (!owned.has(row.key) || actual === row.sizeBytes) return []
    const owner = ownerOf(row)
    return [
      actual === undefined
        ? missingObject(row.key, owner)
        : wrongObjectSize(row.key, actual, row.sizeBytes ?? 0, owner),
    ]
  })
}

export const ownerOf = ({ blobDigest, sessionId }: Pick<CheckedSegment, 'blobDigest' | 'sessionId'>): string =>
  blobDigest === null ? `the upload ${sessionId ?? ''}` : `blob ${blobDigest}`

function wrongRow({ key, blobDigest, offsetBytes, previousEnd, isDangling, sessionId }: CheckedSegment): Finding[] {
  return [
    ...(isDangling === 1
      ? [dangling(`segment ${key}`, '', blobDigest === null ? `the upload ${sessionId ?? ''}` : `blob ${blobDigest}`)]
      : []),
    ...(blobDigest !== null && previousEnd !== null && previousEnd !== offsetBytes
      ? [wrongPlace(blobDigest, offsetBytes, previousEnd)]
      : []),
  ]
}
