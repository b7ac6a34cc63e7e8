/** Reads parts of a backup, one at a time, and never hands out what is not exactly what was written. */
import * as z from 'zod'
import type { BackupBucket } from '../../storage/backups.ts'
import { readBackupBytes } from '../../storage/backups.ts'
import { decompressed } from '../gzip.ts'
import type { Value } from '../rows-store.ts'
import { sha256Of, type Manifest, type Part } from '../manifest.ts'
import type { Sealing } from '../sealing/sealing.ts'
import { loadFailed, type Damage } from './failures.ts'

/** Where the parts of a backup come from. */
export interface PartSource {
  readonly backups: BackupBucket
  readonly manifest: Manifest
  /** Opens them, if they are encrypted. */
  readonly sealing: Sealing
}

/** A row with its values in the order of the columns that the manifest names. */
export interface PartRow {
  readonly table: string
  readonly values: readonly Value[]
}

/** The row of an aggregate, and those of its parts. */
export interface PartAggregate {
  readonly row: PartRow
  readonly parts: readonly PartRow[]
}

const value = z.union([
  z.null(),
  z.number(),
  z.string(),
  z.strictObject({ integer: z.string().regex(/^-?[0-9]+$/) }),
  z.strictObject({ bytes: z.base64() }),
])
const line = z.record(z.string(), z.array(value))

/**
 * Reads a part whole: its size and its hash, then the hash of its lines, and the number of its rows.
 *
 * @returns its aggregates, in the order of the export
 * @throws ExpectedError `backup-object-damaged`
 */
export async function readPart(source: PartSource, part: Part): Promise<readonly PartAggregate[]> {
  const { manifest } = source
  const failed = (damage: Damage, cause?: unknown): Error =>
    loadFailed({ kind: 'backup-object-damaged', backup: manifest.id, object: part.object, damage }, { cause })
  const rows = rowsIn(await readLines(source, part, failed), failed)
  const counts = Map.groupBy(rows, ({ table }) => table)
  for (const table of new Set([...counts.keys(), ...Object.keys(part.rows)])) {
    if (counts.get(table)?.length !== part.rows[table]) throw failed({ kind: 'rows', table })
  }
  return aggregatesOf(rows, part.table)
}

async function readLines(
  { backups, sealing }: PartSource,
  part: Part,
  failed: (damage: Damage, cause?: unknown) => Error,
): Promise<string> {
  const stored = await readBackupBytes(backups, part.object, part.storedBytes)
  if (stored === undefined) throw failed({ kind: 'missing' })
  if (typeof stored === 'number') throw failed({ kind: 'size', found: stored, wanted: part.storedBytes })
  if ((await sha256Of(stored)) !== part.storedSha256) throw failed({ kind: 'hash' })
  const lines = await decompressed(await sealing.open(part.object, stored), part.bytes).catch((error: unknown) => {
    throw failed({ kind: 'unreadable' }, error)
  })
  if (lines === undefined || (await sealing.digestOf(lines)) !== part.sha256) throw failed({ kind: 'lines' })
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(lines)
}

function rowsIn(text: string, failed: (damage: Damage, cause?: unknown) => Error): readonly PartRow[] {
  try {
    return text
      .split('\n')
      .filter((one) => one !== '')
      .flatMap((one) => Object.entries(line.parse(JSON.parse(one))).map(([table, values]) => ({ table, values })))
  } catch (error) {
    throw failed({ kind: 'lines' }, error)
  }
}

/** Puts rows of parts behind the row of the aggregate that they follow. */
function aggregatesOf(rows: readonly PartRow[], table: string): readonly PartAggregate[] {
  const aggregates: { row: PartRow; parts: PartRow[] }[] = []
  for (const row of rows) {
    if (row.table === table) aggregates.push({ row, parts: [] })
    else aggregates.at(-1)?.parts.push(row)
  }
  return aggregates
}

/** Returns a row by the names of its columns. */
export function recordOf({ tables }: Manifest, { table, values }: PartRow): Readonly<Record<string, Value>> {
  const columns = tables.find(({ name }) => name === table)?.columns ?? []
  return Object.fromEntries(columns.map((name, at) => [name, values[at] ?? null]))
}
