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
 * Compares a page of objects with the rows of their segments. Lists the objects first: a row exists before its object
 * and outlives it, so an object without a row that still exists is unknown to the registry.
 */
export async function checkObjects({ bucket, db }: Stores, [after = '']: Key, limit: number): Promise<Step> {
  const { objects, isCut } = await listObjects(bucket, String(after), limit)
  const lastObject = isCut ? objects.at(-1)?.key : undefined
  const rows = await checkedSegments(db, String(after), lastObject, limit)
  const lastRow = rows.length === limit ? rows.at(-1)?.key : undefined
  // Compares the same range of keys on both sides.
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

/**
 * Compares objects with rows of the same range of keys. Leaves out segments that are still being written or have no
 * owner: these may have an object or not.
 */
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

/**
 * Reports the unknown objects that still exist. An object may have been deleted since it was listed, and its row with
 * it.
 */
async function stillUnknown(bucket: R2Bucket, unknown: readonly StoredObject[]): Promise<Finding[]> {
  const found = await mapInParallel(unknown, mostHeads, async ({ key }) => {
    const sizeBytes = await objectSize(bucket, key)
    return sizeBytes === undefined ? [] : [unknownObject(key, sizeBytes)]
  })
  return found.flat()
}

/**
 * Reports the doubtful rows that are still wrong. An object may have been stored since the list was made, and a segment
 * that has lost its owner is no finding.
 */
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
