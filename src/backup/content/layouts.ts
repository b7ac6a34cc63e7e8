/**
 * Writes an OCI layout for each repository: an index of its manifests, whose bytes lie in `blobs/` for all repositories
 * together. Each backup has its own, of the moment when it began. A tag of a manifest of Docker names its translation.
 */
import type { Database } from '../../db/database.ts'
import type { Digest, RepositoryName } from '../../names.ts'
import { putBackupObject, putBackupStream, type BackupBucket } from '../../storage/backups.ts'
import { mapInParallel } from '../../util/parallel.ts'
import { layoutPath, layoutsOf } from '../keys.ts'
import {
  readListed,
  readRepositories,
  type ListedManifest,
  type ManifestsBefore,
  type NamedRepository,
} from './content-store.ts'
import { inBytes, translationsOf } from './translating.ts'
import { isOfDocker, ociTypeOf, type Translation } from './translation.ts'

/** OCI image layout, `oci-layout` file. */
const layoutFile = JSON.stringify({ imageLayoutVersion: '1.0.0' })
const refName = 'org.opencontainers.image.ref.name'
const opening = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":['
const ending = ']}'

/** What `json_group_array` makes of no row. */
const noTags = '[]'

const repositoriesOfSlice = 20
const writtenAtOnce = 3
/** An answer of D1 then stays below some mebibytes. */
const manifestsOfPage = 5000
/** Room for what tags add to an index between measuring and writing it. */
const spareBytes = 64 * 1024
const triesOfIndex = 3

export interface LayoutContext {
  readonly db: Database
  readonly backups: BackupBucket
  /** The id of the backup. */
  readonly id: string
  readonly before: ManifestsBefore
  readonly rowsOfPage?: number
}

/** Writes the layouts of the next repositories. @returns those; none when all are written */
export async function writeLayouts(context: LayoutContext, after: number): Promise<readonly NamedRepository[]> {
  const repositories = await readRepositories(context.db, after, repositoriesOfSlice)
  await mapInParallel(repositories, writtenAtOnce, async ({ id, name }) => {
    const folder = `${layoutsOf(context.id)}${layoutPath(name)}/`
    await putBackupObject(context.backups, `${folder}oci-layout`, layoutFile)
    await writeIndex(context, id, name, `${folder}index.json`)
  })
  return repositories
}

/** Writes an index: at once if it is one page, or else page by page, so that memory does not grow with it. */
async function writeIndex(context: LayoutContext, repositoryId: number, name: RepositoryName, key: string) {
  const pages = entriesOf(context, repositoryId)
  const first = await pages.next()
  const second = await pages.next()
  if (second.done === true) {
    return putBackupObject(context.backups, key, `${opening}${first.value ?? ''}${ending}`)
  }
  for (let tries = 0; tries < triesOfIndex; tries++) {
    if (await writeLongIndex(context, repositoryId, key)) return
  }
  throw new Error(`the tags of ${name} change faster than its index is written: make the backup again`)
}

/** Measures an index and then writes it, with spaces at its end. @returns whether it fitted */
async function writeLongIndex(context: LayoutContext, repositoryId: number, key: string): Promise<boolean> {
  let bytes = opening.length + ending.length + spareBytes
  for await (const page of entriesOf(context, repositoryId)) bytes += encoder.encode(page).length + 1
  return putBackupStream(context.backups, key, bytes, async function* texts() {
    yield opening
    let isFirst = true
    for await (const page of entriesOf(context, repositoryId)) {
      yield isFirst ? page : `,${page}`
      isFirst = false
    }
    yield ending
  })
}

const encoder = new TextEncoder()

/** Yields the entries of a repository, a page at a time. */
async function* entriesOf(context: LayoutContext, repositoryId: number): AsyncGenerator<string, undefined> {
  const { db, before, rowsOfPage = manifestsOfPage } = context
  let after = ''
  for (;;) {
    const manifests = await readListed(db, repositoryId, after, rowsOfPage, before)
    if (manifests.length > 0) {
      const translated = await translatedOf(context, repositoryId, manifests)
      yield manifests.flatMap((one) => entriesOfManifest(one, translated.get(one.digest))).join(',')
    }
    if (manifests.length < rowsOfPage) return undefined
    after = manifests.at(-1)?.digest ?? ''
  }
}

type Translated = Pick<Translation, 'digest' | 'sizeBytes'>

/** Translates again what has a tag: the texts are the same as when the translations were stored. */
async function translatedOf(
  context: LayoutContext,
  repositoryId: number,
  manifests: readonly ListedManifest[],
): Promise<ReadonlyMap<Digest, Translated>> {
  const named = manifests.filter(({ mediaType, tags }) => isOfDocker(mediaType) && tags !== noTags)
  const translated = new Map<Digest, Translated>()
  for (const some of inBytes(named)) {
    const translations = await translationsOf(
      context,
      some.map(({ digest, sizeBytes, mediaType }) => ({ repositoryId, digest, sizeBytes, mediaType })),
    )
    for (const [own, { digest, sizeBytes }] of translations) translated.set(own, { digest, sizeBytes })
  }
  return translated
}

/**
 * Writes the entries of a manifest: one for each tag, or one without a name. The tags of one of Docker name its translation,
 * and the manifest itself has an entry without a name.
 */
export function entriesOfManifest(
  { tags, ...manifest }: ListedManifest,
  translated: Translated | undefined,
): readonly string[] {
  const { mediaType, digest, sizeBytes, artifactType, subject } = manifest
  const descriptor = {
    mediaType,
    digest,
    size: sizeBytes,
    // For others the column has the media type of the config.
    ...(subject !== null && artifactType !== null && { artifactType }),
  }
  const names: unknown = JSON.parse(tags)
  if (!Array.isArray(names) || names.length === 0) return [JSON.stringify(descriptor)]
  const named = (one: object): string[] =>
    names.map((name: unknown) => JSON.stringify({ ...one, annotations: { [refName]: name } }))
  if (translated === undefined) return named(descriptor)
  const translation = {
    ...descriptor,
    mediaType: ociTypeOf(mediaType),
    digest: translated.digest,
    size: translated.sizeBytes,
  }
  return [JSON.stringify(descriptor), ...named(translation)]
}
