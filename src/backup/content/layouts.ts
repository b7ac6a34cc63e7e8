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
  type ListedPlace,
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

const repositoriesOfSlice = 20
const writtenAtOnce = 3
/** Manifests and tags: an answer of D1 then stays below some mebibytes. */
const entriesOfPage = 5000
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
  const { db, before, rowsOfPage = entriesOfPage } = context
  let after: ListedPlace = { digest: '', tagRow: 0 }
  for (;;) {
    const page = await readListed(db, repositoryId, after, rowsOfPage, before)
    const last = page.at(-1)
    if (last !== undefined) {
      const translated = await translatedOf(context, repositoryId, page)
      const begun = [after, ...page]
      yield page
        .flatMap((one, at) => entriesOfRow(one, translated.get(one.digest), begun[at]?.digest !== one.digest))
        .join(',')
    }
    if (last === undefined || page.length < rowsOfPage) return undefined
    after = last
  }
}

type Translated = Pick<Translation, 'digest' | 'sizeBytes'>

/** Translates again what has a tag: the texts are the same as when the translations were stored. */
async function translatedOf(
  context: LayoutContext,
  repositoryId: number,
  page: readonly ListedManifest[],
): Promise<ReadonlyMap<Digest, Translated>> {
  const tagged = page.filter(({ mediaType, tag }) => isOfDocker(mediaType) && tag !== null)
  const named = [...new Map(tagged.map((one) => [one.digest, one])).values()]
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
 * Writes the entry of a tag, or of a manifest without one. A tag of a manifest of Docker names its translation, and the
 * manifest itself has an entry without a name before the first of them.
 */
function entriesOfRow(
  { mediaType, digest, sizeBytes, artifactType, subject, tag }: ListedManifest,
  translated: Translated | undefined,
  isFirst: boolean,
): readonly string[] {
  const descriptor = {
    mediaType,
    digest,
    size: sizeBytes,
    // For others the column has the media type of the config.
    ...(subject !== null && artifactType !== null && { artifactType }),
  }
  const unnamed = JSON.stringify(descriptor)
  if (tag === null) return [unnamed]
  const annotations = { [refName]: tag }
  if (translated === undefined) return [JSON.stringify({ ...descriptor, annotations })]
  const translation = {
    ...descriptor,
    mediaType: ociTypeOf(mediaType),
    digest: translated.digest,
    size: translated.sizeBytes,
    annotations,
  }
  return isFirst ? [unnamed, JSON.stringify(translation)] : [JSON.stringify(translation)]
}
