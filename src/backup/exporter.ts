/**
 * Exports the registry, a part a slice. The checkpoint says which rows are done, so a slice that died is done again, and a
 * part that it stored is found.
 */
import * as z from 'zod'
import type { Aggregate } from '../db/tables.ts'
import { putBackupObject, readBackupText, type BackupBucket } from '../storage/backups.ts'
import { beginContent, contentProgress, contentSlice, exportedContent, type ExportedContent } from './content/export.ts'
import { begunKey, listKey, manifestKey } from './keys.ts'
import {
  encryptionSchema,
  manifestOf,
  manifestText,
  metadataOf,
  partSchema,
  sha256Of,
  type Manifest,
  type Part,
} from './manifest.ts'
import { nextPart, type Exporting } from './parts.ts'
import { readColumns, readForeignKeys, readMarks, readObjects, readSchema, type Columns } from './rows-store.ts'
import type { Protection } from './sealing/protection.ts'

/** The parts that a checkpoint describes; more go to a list in the bucket. */
const partsOfList = 100
/** The tables of one slice: each takes a few statements. */
const tablesOfSlice = 4

export const exportProgress = z.object({
  createdAt: z.int(),
  schema: z.string(),
  encryption: encryptionSchema,
  /** How many tables are done, of the order of the export. */
  tablesDone: z.int(),
  /** The last key that was read of the next table; null before the first. */
  after: z.array(z.string()).nullable(),
  /** How many lists of parts are stored. */
  lists: z.int(),
  /** The parts that no list has yet. */
  parts: z.array(partSchema),
  /** Null for a backup without content. */
  content: contentProgress.nullable(),
})
export type ExportProgress = z.infer<typeof exportProgress>

export interface ExportContext extends Omit<Exporting, 'sealing'> {
  /** The id of the backup. */
  readonly id: string
  readonly order: readonly Aggregate[]
  readonly now: number
  /** The token of the lock under which the export runs. */
  readonly lockToken: number
  readonly protection: Protection
  readonly content: ExportedContent
}

/** Begins a backup, or begins one again. The object in the bucket tells of a backup that ends without a manifest. */
export async function beginExport(
  { db, backups, id, now, protection }: ExportContext,
  hasContent = false,
): Promise<ExportProgress> {
  await putBackupObject(backups, begunKey(id), '')
  await protection.storeKeys()
  const { encryption } = protection
  const content = hasContent ? await beginContent(db, now) : null
  const schema = await readSchema(db)
  return { createdAt: now, schema, encryption, tablesDone: 0, after: null, lists: 0, parts: [], content }
}

export interface ExportSlice {
  readonly progress: ExportProgress
  /** Once all parts are stored. */
  readonly manifest?: Manifest
}

/** Exports the next part, and with it some more tables that have little. */
export async function exportSlice(context: ExportContext, at: ExportProgress): Promise<ExportSlice> {
  const goal = at.tablesDone + tablesOfSlice
  let done = await exportPart(context, at)
  let sum = done.bytes
  while (done.manifest === undefined && done.progress.tablesDone < goal && sum < context.limits.leastBytes) {
    done = await exportPart(context, done.progress)
    sum += done.bytes
  }
  return done
}

/** Exports one part. @returns its size too; zero for a table without rows */
async function exportPart(
  context: ExportContext,
  at: ExportProgress,
): Promise<ExportSlice & { readonly bytes: number }> {
  const aggregate = context.order[at.tablesDone]
  if (aggregate === undefined) {
    if (at.content === null || at.content.stage === 'done') {
      return { progress: at, manifest: await complete(context, at), bytes: 0 }
    }
    // It is a slice by itself.
    return { progress: { ...at, content: await contentSlice(context.content, at.content) }, bytes: Infinity }
  }
  const columns = await readColumns(context.db, aggregate)
  const { part, last, isLast } = await nextPart(
    { ...context, sealing: context.protection.sealing },
    aggregate,
    columns,
    at.after ?? undefined,
  )
  const parts = part === undefined ? at.parts : [...at.parts, part]
  const next = isLast
    ? { tablesDone: at.tablesDone + 1, after: null }
    : { after: last === undefined ? null : [...last] }
  const progress = { ...at, ...next, parts }
  const stored = parts.length < partsOfList ? progress : await storeList(context, progress)
  return { progress: stored, bytes: part?.bytes ?? 0 }
}

async function storeList({ backups, id }: ExportContext, at: ExportProgress): Promise<ExportProgress> {
  await putBackupObject(backups, listKey(id, at.lists), JSON.stringify(at.parts))
  return { ...at, lists: at.lists + 1, parts: [] }
}

/** Writes the manifest, with which the backup exists. */
async function complete(context: ExportContext, at: ExportProgress): Promise<Manifest> {
  const { db, backups, id, order, lockToken, now, protection } = context
  const parts: Part[] = []
  for (let number = 0; number < at.lists; number++) parts.push(...(await readList(backups, id, number)))
  parts.push(...at.parts)
  const { createdAt, schema, encryption } = at
  const marks = { ...(await readMarks(db)), lockToken }
  const columns = await allColumns(context)
  const foreignKeys = await readForeignKeys(db, [...columns.keys()])
  const ddl = await readObjects(db)
  if ((await readSchema(db)) !== schema) throw new Error('the database was migrated meanwhile: make the backup again')
  const content = at.content === null ? null : await exportedContent(backups, id, at.content)
  const read = { marks, order, columns, foreignKeys, ddl }
  const manifest = await manifestOf({ id, createdAt, completedAt: now, schema, encryption, ...read, parts, content })
  // Again: a worker that was late with its beginning may have stored other keys.
  await protection.storeKeys()
  const text = await manifestText(await protection.sealed(manifest))
  const sha256 = await sha256Of(new TextEncoder().encode(text))
  await putBackupObject(backups, manifestKey(id), text, metadataOf(manifest, sha256))
  return manifest
}

async function readList(backups: BackupBucket, id: string, number: number): Promise<readonly Part[]> {
  const text = await readBackupText(backups, listKey(id, number))
  if (text === undefined) throw new Error(`the list ${number} of the backup ${id} is gone: make a new backup`)
  return z.array(partSchema).parse(JSON.parse(text))
}

async function allColumns({ db, order }: ExportContext): Promise<Columns> {
  const columns = []
  for (const aggregate of order) columns.push(...(await readColumns(db, aggregate)))
  return new Map(columns)
}
