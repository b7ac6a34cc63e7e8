/** Translates pages of Docker's manifests, and stores what the bucket of backups lacks of them. */
import type { Database } from '../../db/database.ts'
import type { Digest } from '../../names.ts'
import { mediaTypes } from '../../registry/manifest-document.ts'
import { headBackupObject, putBackupObject, readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { mapInParallel } from '../../util/parallel.ts'
import { blobKey } from '../keys.ts'
import {
  readBodies,
  readManifestsOfTypes,
  readSizes,
  type TypedManifest,
  type ManifestContent,
  type ManifestPlace,
  type NamedManifest,
} from './content-store.ts'
import type { Wanted } from './copying.ts'
import { dockerChildrenOf, dockerTypes, translateImage, translateList, type Translation } from './translation.ts'

/** With a look and a put for each, a slice stays below a thousand calls. */
const mostOfPage = 400
/** The texts that are in memory at once. */
const bytesAtOnce = 4 * 1024 * 1024
const storedAtOnce = 6

export interface TranslationContext {
  readonly db: Database
  readonly backups: BackupBucket
}

export interface TranslatedPage {
  /** What the bucket has of this page, sorted. */
  readonly stored: readonly Wanted[]
  /** The last manifest of the page; undefined if there was none. */
  readonly last: TypedManifest | undefined
}

/**
 * Stores the translations of the next of Docker's manifests, in the order of repositories and digests. All of them, as a tag
 * may be put on any of them before the index is written. A page that is done again finds them.
 */
export async function storeTranslations(context: TranslationContext, after: ManifestPlace): Promise<TranslatedPage> {
  const page = cutPage(await readManifestsOfTypes(context.db, dockerTypes, after, mostOfPage))
  const stored = new Map<string, Wanted>()
  for (const some of inBytes(page)) {
    const translations = await translationsOf(context, some)
    await mapInParallel([...translations.values()], storedAtOnce, async ({ digest, text, sizeBytes }) => {
      const key = blobKey(digest)
      if (stored.has(key)) return
      stored.set(key, { key, sizeBytes })
      const found = await headBackupObject(context.backups, key)
      if (found?.sizeBytes !== sizeBytes) await putBackupObject(context.backups, key, text)
    })
  }
  return { stored: [...stored.values()].sort((one, other) => (one.key < other.key ? -1 : 1)), last: page.at(-1) }
}

/** Ends a page at a digest that looks a certain way, one of 256: unchanged pages have the same inventory in each backup. */
function cutPage(page: readonly TypedManifest[]): readonly TypedManifest[] {
  const end = page.findIndex(({ digest }) => digest.endsWith('00'))
  return end === -1 ? page : page.slice(0, end + 1)
}

/** Translates some manifests by their digests; one whose text is gone or odd has no translation. */
export async function translationsOf(
  context: TranslationContext,
  manifests: readonly TypedManifest[],
): Promise<ReadonlyMap<Digest, Translation>> {
  const [lists, images] = [
    manifests.filter(({ mediaType }) => mediaType === mediaTypes.dockerList),
    manifests.filter(({ mediaType }) => mediaType === mediaTypes.dockerImage),
  ]
  const translations = new Map<Digest, Translation>()
  const add = (digest: Digest, translation: Translation | undefined): void => {
    if (translation !== undefined) translations.set(digest, translation)
  }
  for (const [digest, text] of await readTexts(context, images)) add(digest, await translateImage(text))
  const texts = await readTexts(context, lists)
  const children = await translatedChildren(context, lists, texts)
  for (const [digest, text] of texts) add(digest, await translateList(text, children))
  return translations
}

/** Translates the images that lists name, and remembers no text of them. */
async function translatedChildren(
  context: TranslationContext,
  lists: readonly TypedManifest[],
  texts: ReadonlyMap<Digest, string>,
): Promise<ReadonlyMap<Digest, Pick<Translation, 'digest' | 'sizeBytes'>>> {
  const named = new Map<Digest, NamedManifest>()
  for (const { digest: own, repositoryId } of lists) {
    const text = texts.get(own)
    if (text === undefined) continue
    for (const digest of dockerChildrenOf(text)) named.set(digest, { repositoryId, digest })
  }
  const translated = new Map<Digest, Pick<Translation, 'digest' | 'sizeBytes'>>()
  for (const some of inBytes(await readSizes(context.db, [...named.values()]))) {
    for (const [own, text] of await readTexts(context, some)) {
      const translation = await translateImage(text)
      if (translation === undefined) continue
      const { digest, sizeBytes } = translation
      translated.set(own, { digest, sizeBytes })
    }
  }
  return translated
}

/** Reads the texts of manifests: a long one is a blob, which was copied before. */
async function readTexts(
  { db, backups }: TranslationContext,
  manifests: readonly ManifestContent[],
): Promise<ReadonlyMap<Digest, string>> {
  const texts = new Map(await readBodies(db, manifests))
  for (const { digest } of manifests) {
    const text = texts.has(digest) ? undefined : await readBackupText(backups, blobKey(digest))
    if (text !== undefined) texts.set(digest, text)
  }
  return texts
}

/** Cuts manifests into groups whose texts fit into memory. */
export function* inBytes<Manifest extends { readonly sizeBytes: number }>(
  manifests: readonly Manifest[],
): Generator<readonly Manifest[]> {
  let group: Manifest[] = []
  let bytes = 0
  for (const one of manifests) {
    if (group.length > 0 && bytes + one.sizeBytes > bytesAtOnce) {
      yield group
      group = []
      bytes = 0
    }
    group.push(one)
    bytes += one.sizeBytes
  }
  if (group.length > 0) yield group
}
