/**
 * The details of manifests for people: sizes, platforms and how the images were built. They are read from the manifests
 * in D1 and from the configs in R2, a bounded number of bytes of each.
 */
import type { Context } from '../context.ts'
import { loggable } from '../db/database.ts'
import {
  findManifestRows,
  placesOfBlobs,
  placesOfBodies,
  readInlineManifests,
  type ManifestRow,
  type Places,
} from '../db/content/manifest-details.ts'
import { RegistryError } from '../errors.ts'
import { largestPageBytes, largestShownDocumentBytes } from '../limits.ts'
import type { Digest } from '../names.ts'
import { bytesOfSegments } from '../storage/reading.ts'
import type { SegmentPlace } from '../storage/segments.ts'
import {
  describesImage,
  dockerfileOf,
  noConfig,
  partsOf,
  readImageConfig,
  type DockerfileLine,
  type ImageConfig,
  type ManifestParts,
} from './image-config.ts'
import { firstWithin } from './page-budget.ts'
import { mapInParallel } from '../util/parallel.ts'

/** The details of a manifest; those that cannot be read are empty. */
export interface ManifestDetails {
  readonly digest: Digest
  readonly mediaType: string
  readonly configMediaType: string
  readonly configDigest: string
  readonly os: string
  readonly osVersion: string
  readonly architecture: string
  /** The sum of the config and the layers, as the manifest says. */
  readonly sizeBytes: number
  readonly author: string
  readonly createdAt: number | undefined
  readonly dockerfile: readonly DockerfileLine[]
}

/** A Worker has six connections at once. */
const mostAtOnce = 6

/** The details of manifests by digest, and the first digest that did not fit the page. */
export interface Described {
  readonly byDigest: ReadonlyMap<Digest, ManifestDetails>
  readonly next: Digest | undefined
}

/**
 * Describes the manifests of these digests, in their order, as many as fit a page: three round trips to D1 at most,
 * and one read of R2 for each config and each large manifest. Those that the repository does not have are left out.
 */
export async function describeManifests(
  context: Context,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<Described> {
  const rows = new Map((await findManifestRows(context.db, repositoryId, digests)).map((row) => [row.digest, row]))
  return describeRows(
    context,
    repositoryId,
    digests.flatMap((digest) => rows.get(digest) ?? []),
  )
}

export async function describeRows(
  context: Context,
  repositoryId: number,
  rows: readonly ManifestRow[],
): Promise<Described> {
  const readable = firstWithin(rows, largestPageBytes, ({ sizeBytes }) => shownBytes(sizeBytes))
  const texts = await readManifestTexts(context, repositoryId, readable, largestShownDocumentBytes)
  const read = readable.map((row) => {
    const parts = partsOf(row.mediaType, texts.get(row.digest))
    return { row, parts, configDigest: describesImage(parts) ? parts.config?.digest : undefined }
  })
  const places = await placesOfBlobs(context.db, repositoryId, [
    ...new Set(read.flatMap(({ configDigest }) => configDigest ?? [])),
  ])
  const shown = firstWithin(read, largestPageBytes, bytesOfNewConfigs(places))
  const configs = await readConfigs(context, new Set(shown.flatMap(({ configDigest }) => configDigest ?? [])), places)
  return {
    byDigest: new Map(
      shown.map(({ row, parts, configDigest }) => [
        row.digest,
        describe(row, parts, (configDigest === undefined ? undefined : configs.get(configDigest)) ?? noConfig),
      ]),
    ),
    next: rows[shown.length]?.digest,
  }
}

/** Returns a function that counts the bytes of a config for the first manifest that names it, and 0 for the others. */
function bytesOfNewConfigs(places: Places): (read: { readonly configDigest: Digest | undefined }) => number {
  const counted = new Set<Digest>()
  return ({ configDigest }) => {
    if (configDigest === undefined || counted.has(configDigest)) return 0
    counted.add(configDigest)
    return shownBytes(sizeOf(places.get(configDigest)))
  }
}

/** Returns the bytes to read of a document: none of one that is too long to be shown. */
const shownBytes = (sizeBytes: number): number => (sizeBytes > largestShownDocumentBytes ? 0 : sizeBytes)

/** The columns by which the text of a manifest is found. */
type StoredText = Pick<ManifestRow, 'digest' | 'bodyDigest' | 'sizeBytes'>

/** While R2 does not answer, a page omits what it cannot read, and what has to know the text fails. */
type Outage = 'omits' | 'fails'

/**
 * Reads the texts of manifests by digest, without those that are longer than `limitBytes` or cannot be read.
 *
 * @throws RegistryError `storage-unavailable`, if an outage fails
 */
export async function readManifestTexts(
  context: Context,
  repositoryId: number,
  rows: readonly StoredText[],
  limitBytes: number,
  outage: Outage = 'omits',
): Promise<ReadonlyMap<Digest, string>> {
  const wanted = rows.filter(({ sizeBytes }) => sizeBytes <= limitBytes)
  const large = wanted.flatMap(({ digest, bodyDigest }) => (bodyDigest === null ? [] : [{ digest, bodyDigest }]))
  const inline = await readInlineManifests(
    context.db,
    repositoryId,
    wanted.filter(({ bodyDigest }) => bodyDigest === null).map(({ digest }) => digest),
  )
  const places = await placesOfBodies(context.db, [...new Set(large.map(({ bodyDigest }) => bodyDigest))])
  const texts = await mapInParallel(large, mostAtOnce, async ({ digest, bodyDigest }) => ({
    digest,
    text: await readText(context, places.get(bodyDigest), limitBytes, outage),
  }))
  return new Map([
    ...inline,
    ...texts.flatMap(({ digest, text }) => (text === undefined ? [] : [[digest, text] as const])),
  ])
}

/** Reads each config once, however many manifests name it. */
async function readConfigs(
  context: Context,
  digests: ReadonlySet<Digest>,
  places: Places,
): Promise<ReadonlyMap<Digest, ImageConfig>> {
  const texts = await mapInParallel([...digests], mostAtOnce, async (digest) => ({
    digest,
    text: await readText(context, places.get(digest), largestShownDocumentBytes),
  }))
  return new Map(texts.map(({ digest, text }) => [digest, readImageConfig(text)]))
}

function describe(
  { digest, mediaType, author }: ManifestRow,
  parts: ManifestParts,
  { steps, ...image }: ImageConfig,
): ManifestDetails {
  const { config, layers } = parts
  return {
    digest,
    mediaType,
    author,
    configMediaType: config?.mediaType ?? '',
    configDigest: config?.digest ?? '',
    sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, config?.sizeBytes ?? 0),
    ...image,
    dockerfile: describesImage(parts) ? dockerfileOf(steps, layers) : [],
  }
}

const sizeOf = (segments: readonly SegmentPlace[] = []): number =>
  segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** Reads a text; undefined for one that is too large, or of which R2 has lost bytes. */
async function readText(
  { bucket }: Context,
  segments: readonly SegmentPlace[] = [],
  limitBytes: number,
  outage: Outage = 'omits',
): Promise<string | undefined> {
  const sizeBytes = sizeOf(segments)
  if (sizeBytes === 0 || sizeBytes > limitBytes) return undefined
  try {
    return new TextDecoder().decode(await bytesOfSegments(bucket, segments))
  } catch (error) {
    if (outage === 'fails' && error instanceof RegistryError) throw error
    // One image that is damaged, or just deleted, must not hide all others of a page.
    console.error('a blob could not be read, so its details are omitted:', loggable(error))
    return undefined
  }
}
