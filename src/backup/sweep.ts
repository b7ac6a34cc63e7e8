/**
 * Deletes what backups left that have no manifest: their objects, and parts and content of which no manifest tells. Only jobs of backups
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
import { inventoriesOf, unnamedKeys } from './content/named.ts'
import {
  backupOf,
  backupsPrefix,
  blobsPrefix,
  inventoriesPrefix,
  isLeftOver,
  keptPrefix,
  layoutsOf,
  layoutsPrefix,
  manifestKey,
  partsPrefix,
} from './keys.ts'
import { parseManifest, type Manifest } from './manifest.ts'

/** Where the objects lie that several backups have, or that are many. */
const sweptPrefixes = [partsPrefix, inventoriesPrefix, layoutsPrefix, blobsPrefix, keptPrefix] as const

export const sweepProgress = z.object({
  /** The object after which the search for unnamed ones goes on; null before it has begun. */
  search: z.object({ prefix: z.int(), after: z.string() }).nullable(),
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
  if (at.search !== null) return sweepUnnamed(backups, { ...at, search: at.search })
  const { useless, hasUnfinished } = await objectsOfBackups(backups)
  // Parts first: a crash between the two must not hide that a backup was begun.
  if (hasUnfinished || mayHaveParts) {
    return { progress: { ...at, search: { prefix: 0, after: '' } }, isDone: false, lines: [] }
  }
  await deleteAll(backups, useless)
  return { progress: at, isDone: true, lines: [] }
}

async function sweepUnnamed(
  backups: BackupBucket,
  { search, deleted: before }: SweepProgress & { readonly search: NonNullable<SweepProgress['search']> },
): Promise<SweepSlice> {
  const { whole, useless } = await objectsOfBackups(backups)
  const manifests = await readManifests(backups, whole)
  if ('unreadable' in manifests) return giveUp(before, `the manifest of the backup ${manifests.unreadable}`)
  const prefix = sweptPrefixes[search.prefix]
  if (prefix === undefined) {
    await deleteAll(backups, useless)
    const lines = before === 0 ? [] : [`deleted ${before} objects that no backup has any more`]
    return { progress: { search: null, deleted: before }, isDone: true, lines }
  }
  const { objects, next } = await listBackupObjects(backups, prefix, search.after)
  const keys = objects.map(({ key }) => key)
  const unnamed = await unnamedOf(backups, prefix, keys, manifests.read)
  if (unnamed === undefined) return giveUp(before, 'a list of content')
  await deleteBackupObjects(backups, unnamed)
  const after = next === undefined || prefix !== layoutsPrefix ? next : afterLayout(next, manifests.read)
  const going = after === undefined ? { prefix: search.prefix + 1, after: '' } : { prefix: search.prefix, after }
  return { progress: { search: going, deleted: before + unnamed.length }, isDone: false, lines: [] }
}

function giveUp(deleted: number, what: string): SweepSlice {
  const line = `deletes no more, as ${what} cannot be read: "backup prove" tells what is wrong with it`
  return { progress: { search: null, deleted }, isDone: true, lines: [line] }
}

/** Returns the keys that no backup names; undefined if that is not known. */
async function unnamedOf(
  backups: BackupBucket,
  prefix: (typeof sweptPrefixes)[number],
  keys: readonly string[],
  manifests: readonly Manifest[],
): Promise<readonly string[] | undefined> {
  const inventories = inventoriesOf(manifests)
  switch (prefix) {
    case partsPrefix: {
      const parts = new Set(manifests.flatMap((manifest) => manifest.parts.map(({ object }) => object)))
      return keys.filter((key) => !parts.has(key))
    }
    case inventoriesPrefix:
      return keys.filter((key) => !inventories.has(key))
    case layoutsPrefix:
      return keys.filter((key) => !hasLayout(key, manifests))
    case blobsPrefix:
    case keptPrefix:
      return unnamedKeys(backups, keys, inventories)
  }
}

const hasLayout = (key: string, manifests: readonly Manifest[]): boolean =>
  manifests.some(({ id, content }) => content !== null && key.startsWith(layoutsOf(id)))

/** Skips the rest of the layouts of a whole backup, which may be many. "0" follows "/". */
const afterLayout = (key: string, manifests: readonly Manifest[]): string =>
  hasLayout(key, manifests) ? `${key.split('/').slice(0, 2).join('/')}0` : key

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

/** Reads the manifests. What one that cannot be read has is not known, so nothing may go. */
async function readManifests(
  backups: BackupBucket,
  whole: readonly string[],
): Promise<{ readonly read: readonly Manifest[] } | { readonly unreadable: string }> {
  const read = []
  for (const id of whole) {
    const manifest = parseManifest(await readBackupText(backups, manifestKey(id)))
    if (manifest === undefined) return { unreadable: id }
    read.push(manifest)
  }
  return { read }
}

async function deleteAll(backups: BackupBucket, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 1000) await deleteBackupObjects(backups, keys.slice(at, at + 1000))
}
