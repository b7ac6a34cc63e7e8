/** Makes the parts of a backup: reads the next rows, and stores what the bucket lacks. */
import type { Database } from '../db/database.ts'
import type { Aggregate } from '../db/tables.ts'
import { putBackupObject, readBackupObject, type BackupBucket } from '../storage/backups.ts'
import { cutRows, type PartLimits } from './boundaries.ts'
import { compressed, decompressed } from './gzip.ts'
import { linesOf } from './lines.ts'
import { sha256Of, type Part } from './manifest.ts'
import { measureRows, readRows, type Columns, type Key } from './rows-store.ts'
import type { Sealing } from './sealing/sealing.ts'

/** The lines of the next part, before they are stored. */
interface Lines {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly rows: Readonly<Record<string, number>>
  readonly first: Key
  readonly last: Key
}

/** Where the rows come from, and where the parts go. */
export interface Exporting {
  readonly db: Database
  readonly backups: BackupBucket
  readonly limits: PartLimits
  readonly sealing: Sealing
}

export interface NextPart {
  /** Undefined when no row is left, or all that were there were deleted just now. */
  readonly part: Part | undefined
  /** The last key that was read. */
  readonly last: Key | undefined
  /** No row follows the part. */
  readonly isLast: boolean
}

/** Reads and stores the next part of a table. @param after the last key of the part before */
export async function nextPart(
  exporting: Exporting,
  aggregate: Aggregate,
  columns: Columns,
  after: Key | undefined,
): Promise<NextPart> {
  const { limits, db } = exporting
  const counts: Record<string, number> = {}
  let text = ''
  let bytes = 0
  let first: Key | undefined
  let last = after
  let isLast = false
  for (let page = 0; page < limits.mostPages && !isLast; page++) {
    const measured = await measureRows(db, aggregate, columns, last, limits.rowsOfPage)
    const cut = cutRows(measured, bytes, limits)
    const upTo = measured[cut.count - 1]?.key
    isLast = measured.length < limits.rowsOfPage && cut.count === measured.length
    if (upTo === undefined) break
    const read = linesOf(aggregate, columns, await readRows(db, aggregate, columns, last, upTo))
    text += read.text
    for (const [name, count] of Object.entries(read.counts)) counts[name] = (counts[name] ?? 0) + count
    bytes = cut.bytes
    first ??= measured[0]?.key
    last = upTo
    if (cut.isEnd) break
  }
  if (text === '' || first === undefined || last === undefined) return { part: undefined, last, isLast }
  const lines = { bytes: new Uint8Array(new TextEncoder().encode(text)), rows: counts, first, last }
  return { part: await storePart(exporting, aggregate.table.name, lines), last, isLast }
}

/** Stores a part, unless the bucket has it whole. @throws RegistryError `storage-unavailable` */
async function storePart(exporting: Exporting, table: string, { bytes, first, last, rows }: Lines): Promise<Part> {
  const { backups, sealing } = exporting
  const sha256 = await sealing.digestOf(bytes)
  const object = sealing.objectOf(sha256)
  const described = {
    table,
    ...(await sealing.hideKeys(object, { first: [...first], last: [...last] })),
    rows,
    sha256,
    bytes: bytes.length,
    object,
  }
  const found = await findPart(exporting, described)
  if (found !== undefined) {
    return { ...described, storedSha256: await sha256Of(found), storedBytes: found.length, isNew: !sealing.isShared }
  }
  const stored = await sealing.seal(object, await compressed(bytes))
  await putBackupObject(backups, object, stored)
  return { ...described, storedSha256: await sha256Of(stored), storedBytes: stored.length, isNew: true }
}

/** What gzip and encryption add to lines that do not become shorter. */
const mostAdded = 64 * 1024

/**
 * Reads a part that an earlier backup has. It is read whole and not only asked for: one that the bucket has damaged would
 * be in each backup that follows, until its rows change.
 *
 * @returns undefined if the bucket does not have it, or has other bytes
 */
async function findPart(
  { backups, sealing }: Exporting,
  { object, sha256, bytes }: Pick<Part, 'object' | 'sha256' | 'bytes'>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const stored = await readBackupObject(backups, object, bytes + mostAdded)
  if (stored === undefined) return undefined
  try {
    const lines = await decompressed(await sealing.open(object, stored), bytes)
    return lines !== undefined && (await sealing.digestOf(lines)) === sha256 ? stored : undefined
  } catch {
    // It is no gzip, or does not decrypt.
    return undefined
  }
}
