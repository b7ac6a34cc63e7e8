/**
 * Exports content after the rows and before the manifest of the backup, so what has a manifest has its content. The lock
 * of garbage collection is held: all that existed when the backup began has its bytes until the end.
 */
import * as z from 'zod'
import { piecesOf } from '../../storage/reading.ts'
import { blobKey, blobsPrefix, inventoryListKey, keptKey, keptPrefix } from '../keys.ts'
import { putBackupObject, readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { copiesOf, copyPage, pageProgress, storeInventory, type ContentContext, type Wanted } from './copying.ts'
import { contentSchema, inventorySchema, type Content, type Counts } from './described.ts'
import { readKept, readManifestMark, type ManifestPlace } from './content-store.ts'
import { writeLayouts } from './layouts.ts'
import type { ContentPages } from './pages.ts'
import { storeTranslations } from './translating.ts'

/** The inventories that a checkpoint describes; more go to a list in the bucket. */
const inventoriesOfList = 100
/** The names of content that a backup lacks; of more there is only the number. */
const mostMissingNames = 100

export const contentProgress = z.object({
  /** No index names a manifest with a higher number. */
  mark: z.int(),
  startedAt: z.int(),
  stage: z.enum(['blobs', 'kept', 'translations', 'layouts', 'done']),
  /** The last digest, segment, manifest or repository of the pages that are done; empty before the first. */
  after: z.string(),
  page: pageProgress,
  /** How many lists of inventories are stored. */
  lists: z.int(),
  /** The inventories are those that no list has yet. */
  ...contentSchema.shape,
})
export type ContentProgress = z.infer<typeof contentProgress>

const newPage = { upTo: '', copying: null }
const none = { objects: 0, bytes: 0 }

/** Begins the content of a backup, together with its rows. */
export async function beginContent(db: ContentContext['db'], startedAt: number): Promise<ContentProgress> {
  return {
    mark: await readManifestMark(db),
    startedAt,
    stage: 'blobs',
    after: '',
    page: newPage,
    all: none,
    copied: none,
    missing: { objects: 0, names: [] },
    repositories: 0,
    inventories: [],
    lists: 0,
  }
}

/** Reads what the manifest says of content that is exported. */
export async function exportedContent(backups: BackupBucket, id: string, at: ContentProgress): Promise<Content> {
  const inventories = []
  for (let number = 0; number < at.lists; number++) {
    const text = await readBackupText(backups, inventoryListKey(id, number))
    if (text === undefined) throw new Error(`a list of the content of the backup ${id} is gone: make a new backup`)
    inventories.push(...z.array(inventorySchema).parse(JSON.parse(text)))
  }
  return contentSchema.parse({ ...at, inventories: [...inventories, ...at.inventories] })
}

export interface ExportedContent extends ContentContext {
  /** The id of the backup. */
  readonly id: string
  readonly pages: ContentPages
}

/** Exports the next content. @throws RegistryError `storage-unavailable` */
export async function contentSlice(context: ExportedContent, at: ContentProgress): Promise<ContentProgress> {
  if (at.stage === 'blobs') return blobsSlice(context, at)
  if (at.stage === 'kept') return keptSlice(context, at)
  if (at.stage === 'translations') return translationsSlice(context, at)
  return layoutsSlice(context, at)
}

async function blobsSlice(context: ExportedContent, at: ContentProgress): Promise<ContentProgress> {
  const { entries, isLast } = await context.pages.after(at.after)
  const wanted = entries.map((entry) => ({ ...entry, key: blobKey(entry.digest) }))
  const last = entries.at(-1)
  if (last === undefined) return { ...at, stage: 'kept', after: '', page: newPage }
  const done = await copyPage(context, blobsPrefix, wanted, at.page, (some) => copiesOf(context, some))
  if (done.found === undefined) return withCopied(at, done.copied, done.at)
  // A manifest that is absent was deleted meanwhile.
  const absent = done.absent?.filter(({ manifests }) => manifests.length === 0) ?? []
  const next = await withPage(
    context,
    at,
    done.found,
    absent.map(({ digest }) => digest),
  )
  return isLast ? { ...next, stage: 'kept', after: '' } : { ...next, after: last.digest }
}

/** Exports documents that capabilities keep in segments of their own. */
async function keptSlice(context: ExportedContent, at: ContentProgress): Promise<ContentProgress> {
  const { bucket, limits } = context
  const rows = await readKept(context.db, at.after, limits.rowsOfPage)
  const wanted = rows.map(({ key: segment, sizeBytes }) => ({ segment, key: keptKey(segment), sizeBytes }))
  const last = wanted.at(-1)
  if (last === undefined) return { ...at, stage: 'translations', after: '', page: newPage }
  const done = await copyPage(context, keptPrefix, wanted, at.page, async (some) =>
    some.map(({ segment, key, sizeBytes }) => ({
      key,
      sizeBytes,
      pieces: (start: number, end: number) =>
        piecesOf(bucket, [{ key: segment, sizeBytes, offsetBytes: 0 }], start, end),
    })),
  )
  if (done.found === undefined) return withCopied(at, done.copied, done.at)
  const next = await withPage(context, at, done.found, done.absent?.map(({ segment }) => segment) ?? [])
  return { ...next, after: last.segment }
}

/** Stores translations, which are objects of the backup and no content of the registry: the sums do not count them. */
async function translationsSlice(context: ExportedContent, at: ContentProgress): Promise<ContentProgress> {
  const { stored, last } = await storeTranslations(context, placeIn(at.after))
  if (last === undefined) return { ...at, stage: 'layouts', after: '0' }
  return { ...(await withInventory(context, at, stored)), after: `${last.repositoryId} ${last.digest}` }
}

/** Reads the last manifest that was translated; one before all if there is none. */
function placeIn(after: string): ManifestPlace {
  const [repositoryId, digest = ''] = after.split(' ')
  return { repositoryId: Number(repositoryId), digest }
}

async function layoutsSlice(context: ExportedContent, at: ContentProgress): Promise<ContentProgress> {
  const written = await writeLayouts({ ...context, before: at }, Number(at.after))
  const last = written.at(-1)
  if (last === undefined) return { ...at, stage: 'done' }
  return { ...at, after: String(last.id), repositories: at.repositories + written.length }
}

function withCopied(at: ContentProgress, copied: readonly Wanted[], page: ContentProgress['page']): ContentProgress {
  return { ...at, page, copied: plus(at.copied, copied) }
}

async function withPage(
  context: ExportedContent,
  at: ContentProgress,
  found: readonly Wanted[],
  absent: readonly string[],
): Promise<ContentProgress> {
  return {
    ...(await withInventory(context, at, found)),
    page: newPage,
    all: plus(at.all, found),
    missing: {
      objects: at.missing.objects + absent.length,
      names: [...at.missing.names, ...absent].slice(0, mostMissingNames),
    },
  }
}

/** Adds the inventory of objects that the bucket has. */
async function withInventory(
  { backups, id }: ExportedContent,
  at: ContentProgress,
  found: readonly Wanted[],
): Promise<ContentProgress> {
  const inventory = await storeInventory(backups, found)
  const inventories = inventory === undefined ? at.inventories : [...at.inventories, inventory]
  if (inventories.length < inventoriesOfList) return { ...at, inventories }
  await putBackupObject(backups, inventoryListKey(id, at.lists), JSON.stringify(inventories))
  return { ...at, inventories: [], lists: at.lists + 1 }
}

const plus = (counted: Counts, more: readonly Wanted[]): Counts => ({
  objects: counted.objects + more.length,
  bytes: counted.bytes + more.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
})
