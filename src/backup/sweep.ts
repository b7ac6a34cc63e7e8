/**
 * Deletes what backups left that have no manifest: their objects, and parts of which no manifest tells. Only the job that
 * makes backups calls this, and only one of them runs, so no part that is stored meanwhile can be taken for garbage.
 */
import * as z from 'zod'
import {
  backupObjects,
  deleteBackupObjects,
  listBackupObjects,
  readBackupText,
  type BackupBucket,
} from '../storage/backups.ts'
import { backupOf, backupsPrefix, manifestKey, partsPrefix } from './keys.ts'
import { manifestSchema } from './manifest.ts'

export const sweepProgress = z.object({
  /** The part after which the search for unnamed ones goes on; null before it has begun. */
  partsAfter: z.string().nullable(),
  deleted: z.int(),
})
export type SweepProgress = z.infer<typeof sweepProgress>

export interface SweepSlice {
  readonly progress: SweepProgress
  readonly isDone: boolean
}

/** Deletes the next remains. @param mayHaveParts this backup has begun again, so that parts of its first try may be left */
export async function sweepSlice(backups: BackupBucket, at: SweepProgress, mayHaveParts: boolean): Promise<SweepSlice> {
  if (at.partsAfter !== null) return sweepParts(backups, { ...at, partsAfter: at.partsAfter })
  const { whole, others } = await objectsOfBackups(backups)
  const isUnfinished = others.some((key) => !whole.has(backupOf(key)))
  // Parts first: a crash between the two must not hide that a backup was begun.
  if (isUnfinished || mayHaveParts) return { progress: { ...at, partsAfter: '' }, isDone: false }
  await deleteAll(backups, others)
  return { progress: at, isDone: true }
}

async function sweepParts(
  backups: BackupBucket,
  at: SweepProgress & { readonly partsAfter: string },
): Promise<SweepSlice> {
  const { objects, next } = await listBackupObjects(backups, partsPrefix, at.partsAfter)
  const named = await namedParts(backups)
  const unnamed = objects.map(({ key }) => key).filter((key) => !named.has(key))
  await deleteBackupObjects(backups, unnamed)
  const deleted = at.deleted + unnamed.length
  if (next !== undefined) return { progress: { partsAfter: next, deleted }, isDone: false }
  const { others } = await objectsOfBackups(backups)
  await deleteAll(backups, others)
  return { progress: { partsAfter: null, deleted }, isDone: true }
}

/** Lists the backups that have a manifest, and all objects beside the manifests. */
async function objectsOfBackups(
  backups: BackupBucket,
): Promise<{ readonly whole: ReadonlySet<string>; readonly others: readonly string[] }> {
  const whole = new Set<string>()
  const others: string[] = []
  for await (const page of backupObjects(backups, backupsPrefix)) {
    for (const { key } of page) {
      if (key === manifestKey(backupOf(key))) whole.add(backupOf(key))
      else others.push(key)
    }
  }
  return { whole, others }
}

async function namedParts(backups: BackupBucket): Promise<ReadonlySet<string>> {
  const named = new Set<string>()
  const { whole } = await objectsOfBackups(backups)
  for (const id of whole) {
    const text = await readBackupText(backups, manifestKey(id))
    if (text === undefined) continue
    for (const { object } of manifestSchema.parse(JSON.parse(text)).parts) named.add(object)
  }
  return named
}

async function deleteAll(backups: BackupBucket, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 1000) await deleteBackupObjects(backups, keys.slice(at, at + 1000))
}
