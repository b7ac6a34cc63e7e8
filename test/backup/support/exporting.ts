/** Exports slice by slice, as the job does, with parts so small that a test has many. */
import { env } from 'cloudflare:workers'
import { usualLimits, type PartLimits } from '../../../src/backup/boundaries.ts'
import { beginExport, exportSlice, type ExportContext } from '../../../src/backup/exporter.ts'
import { noProtection } from '../../../src/backup/sealing/protection.ts'
import { usualCopyLimits } from '../../../src/backup/content/copied.ts'
import type { ExportedContent } from '../../../src/backup/content/export.ts'
import { ContentPages } from '../../../src/backup/content/pages.ts'
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
  ...contentContext(id),
  limits,
  id,
  order: exportOrder(tables),
  now: Date.now(),
  lockToken: 1,
  protection: noProtection,
  content: contentContext(id),
})

const contentContext = (id: string, limits = usualCopyLimits): ExportedContent => ({
  db: openDatabase(env.DB),
  bucket: env.BUCKET,
  backups: env.BACKUPS,
  limits,
  id,
  pages: new ContentPages(openDatabase(env.DB), limits.rowsOfPage),
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
