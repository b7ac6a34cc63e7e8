/**
 * Checks that the registry's bucket has every segment of the backup with its size: merges a listing with the rows. What
 * garbage collection deleted since is no finding, so it may go on: the registry then has no row of it any more.
 */
import { listObjects, type StoredObject } from '../../storage/objects.ts'
import { findNeededSegments, type NeededSegment } from '../content/content-store.ts'
import { awayPrefix } from '../load/load-store.ts'
import { stillOwned } from './drill-store.ts'
import { withFindings, type Finding } from './findings.ts'
import type { ProofProgress } from './progress.ts'
import type { Proving } from './proving.ts'

/** Checks the next segments. */
export async function checkSegments(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const { bucket, db, drill, limits } = proving
  const limit = limits.segmentsOfSlice
  const [after = ''] = at.after
  // The registry is asked after the listing: it takes the owner of a segment before it deletes the object.
  const { objects, isCut } = await listObjects(bucket, String(after), limit)
  const rows = await findNeededSegments(drill, String(after), limit, awayPrefix)
  const last = lastOf(isCut ? objects.at(-1)?.key : undefined, rows.length === limit ? rows.at(-1)?.key : undefined)
  const some = last === undefined ? rows : rows.filter(({ key }) => key <= last)
  const wrong = wrongSegments(some, objects)
  const owned = await stillOwned(
    db,
    wrong.map(({ key }) => key),
  )
  const found = wrong.filter(({ key }) => owned.has(key))
  const progress = {
    ...at,
    checked: { ...at.checked, segments: at.checked.segments + some.length },
    deletedSegments: at.deletedSegments + wrong.length - found.length,
    ...withFindings(at, found.map(findingOf)),
  }
  return last === undefined || rows.length === 0
    ? { ...progress, phase: 'sample', after: [], done: 0 }
    : { ...progress, after: [last] }
}

/** Returns up to which key both sides are known; undefined when both are known to their ends. */
const lastOf = (object: string | undefined, row: string | undefined): string | undefined =>
  object === undefined || (row !== undefined && row < object) ? row : object

interface WrongSegment extends NeededSegment {
  /** Undefined if there is no object. */
  readonly found: number | undefined
}

/** Selects the segments whose object is missing or has another size. */
export function wrongSegments(
  rows: readonly NeededSegment[],
  objects: readonly StoredObject[],
): readonly WrongSegment[] {
  const sizes = new Map(objects.map(({ key, sizeBytes }) => [key, sizeBytes]))
  return rows.flatMap((row) => {
    const found = sizes.get(row.key)
    return found === row.sizeBytes ? [] : [{ ...row, found }]
  })
}

function findingOf({ key, digest, sizeBytes, found }: WrongSegment): Finding {
  const owner = digest === null ? 'the registry itself' : `the blob ${digest}`
  return found === undefined
    ? { kind: 'segment-missing', key, owner }
    : { kind: 'segment-size', key, owner, found, wanted: sizeBytes }
}
