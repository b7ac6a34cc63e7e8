/** Exports slice by slice, as the job does, with parts so small that a test has many. */
import { env } from 'cloudflare:workers'
import { usualLimits, type PartLimits } from '../../../src/backup/boundaries.ts'
import { beginExport, exportSlice, type ExportContext } from '../../../src/backup/exporter.ts'
import { noProtection } from '../../../src/backup/sealing/protection.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { exportOrder, type TableDeclaration } from '../../../src/db/tables.ts'

export const smallLimits: PartLimits = {
  ...usualLimits,
  usualBytes: 700,
  leastBytes: 100,
  mostBytes: 3000,
  rowsOfPage: 3,
}

export const contextOf = (id: string, tables: readonly TableDeclaration[], limits = smallLimits): ExportContext => ({
  db: openDatabase(env.DB),
  backups: env.BACKUPS,
  limits,
  id,
  order: exportOrder(tables),
  now: Date.now(),
  lockToken: 1,
  protection: noProtection,
})

/** @param between what happens after each slice */
export async function exportAll(context: ExportContext, between: () => Promise<void> = async () => {}): Promise<void> {
  let progress = await beginExport(context)
  for (;;) {
    await between()
    const slice = await exportSlice(context, progress)
    if (slice.manifest !== undefined) return
    progress = structuredClone(slice.progress)
  }
}
