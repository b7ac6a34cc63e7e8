/** Makes the parts of a backup: reads the next rows, and stores what the bucket lacks. */
import type { Database } from '../db/database.ts'
import type { Aggregate } from '../db/tables.ts'
import { headBackupObject, putBackupObject, type BackupBucket } from '../storage/backups.ts'
import { cutRows, type PartLimits } from './boundaries.ts'
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

/** Stores a part, unless the bucket has it. @throws RegistryError `storage-unavailable` */
async function storePart(
  { backups, sealing }: Exporting,
  table: string,
  { bytes, first, last, rows }: Lines,
): Promise<Part> {
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
  const found = await headBackupObject(backups, object)
  const storedSha256 = found?.metadata['sha256']
  if (found !== undefined && storedSha256 !== undefined) {
    return { ...described, storedSha256, storedBytes: found.sizeBytes, isNew: !sealing.isShared }
  }
  const stored = await sealing.seal(object, await compressed(bytes))
  const digest = await sha256Of(stored)
  await putBackupObject(backups, object, stored, { sha256: digest })
  return { ...described, storedSha256: digest, storedBytes: stored.length, isNew: true }
}

const compressed = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  )
