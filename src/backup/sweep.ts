/**
 * Deletes what backups left that have no manifest: their objects, and parts of which no manifest tells. Only jobs of backups
 * call this, and only one of them runs, so no part that is stored meanwhile can be taken for garbage.
 */
import * as z from 'zod'
import {
  backupObjects,
  deleteBackupObjects,
  listBackupObjects,
  readBackupText,
  type BackupBucket,
} from '../storage/backups.ts'
import { backupOf, backupsPrefix, isLeftOver, manifestKey, partsPrefix } from './keys.ts'
import { parseManifest } from './manifest.ts'

export const sweepProgress = z.object({
  /** The part after which the search for unnamed ones goes on; null before it has begun. */
  partsAfter: z.string().nullable(),
  deleted: z.int(),
})
export type SweepProgress = z.infer<typeof sweepProgress>

export interface SweepSlice {
  readonly progress: SweepProgress
  readonly isDone: boolean
  readonly lines: readonly string[]
}

/** Deletes the next remains. @param mayHaveParts this backup has begun again, so that parts of its first try may be left */
export async function sweepSlice(backups: BackupBucket, at: SweepProgress, mayHaveParts: boolean): Promise<SweepSlice> {
  if (at.partsAfter !== null) return sweepParts(backups, { ...at, partsAfter: at.partsAfter })
  const { useless, hasUnfinished } = await objectsOfBackups(backups)
  // Parts first: a crash between the two must not hide that a backup was begun.
  if (hasUnfinished || mayHaveParts) return { progress: { ...at, partsAfter: '' }, isDone: false, lines: [] }
  await deleteAll(backups, useless)
  return { progress: at, isDone: true, lines: [] }
}

async function sweepParts(
  backups: BackupBucket,
  at: SweepProgress & { readonly partsAfter: string },
): Promise<SweepSlice> {
  const { whole, useless } = await objectsOfBackups(backups)
  const named = await namedParts(backups, whole)
  if ('unreadable' in named) {
    const line = `deletes no parts, as the manifest of the backup ${named.unreadable} cannot be read: "backup prove" tells what is wrong with it`
    return { progress: { ...at, partsAfter: null }, isDone: true, lines: [line] }
  }
  const { objects, next } = await listBackupObjects(backups, partsPrefix, at.partsAfter)
  const unnamed = objects.map(({ key }) => key).filter((key) => !named.parts.has(key))
  await deleteBackupObjects(backups, unnamed)
  const deleted = at.deleted + unnamed.length
  if (next !== undefined) return { progress: { partsAfter: next, deleted }, isDone: false, lines: [] }
  await deleteAll(backups, useless)
  const lines = deleted === 0 ? [] : [`deleted ${deleted} parts that no backup has any more`]
  return { progress: { partsAfter: null, deleted }, isDone: true, lines }
}

interface Objects {
  /** The backups that have a manifest. */
  readonly whole: readonly string[]
  /** There are objects of backups without one. */
  readonly hasUnfinished: boolean
  /** Those objects, and what whole backups need no more. */
  readonly useless: readonly string[]
}

/** Lists the objects of all backups. */
async function objectsOfBackups(backups: BackupBucket): Promise<Objects> {
  const keys: string[] = []
  for await (const page of backupObjects(backups, backupsPrefix)) keys.push(...page.map(({ key }) => key))
  const whole = new Set(keys.filter((key) => key === manifestKey(backupOf(key))).map(backupOf))
  const ofUnfinished = keys.filter((key) => !whole.has(backupOf(key)))
  const useless = keys.filter((key) => isLeftOver(key) && whole.has(backupOf(key)))
  return { whole: [...whole], hasUnfinished: ofUnfinished.length > 0, useless: [...ofUnfinished, ...useless] }
}

/** Reads which parts the backups have. What a manifest that cannot be read has is not known, so no part may go. */
async function namedParts(
  backups: BackupBucket,
  whole: readonly string[],
): Promise<{ readonly parts: ReadonlySet<string> } | { readonly unreadable: string }> {
  const parts = new Set<string>()
  for (const id of whole) {
    const manifest = parseManifest(await readBackupText(backups, manifestKey(id)))
    if (manifest === undefined) return { unreadable: id }
    for (const { object } of manifest.parts) parts.add(object)
  }
  return { parts }
}

async function deleteAll(backups: BackupBucket, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 1000) await deleteBackupObjects(backups, keys.slice(at, at + 1000))
}
