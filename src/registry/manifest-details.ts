/**
 * What manifests are, for people to look at: sizes, platforms and how the images were built. It is read from the
 * manifests in D1 and from the configs in R2, a bounded number of bytes of each.
 */
import { loggable } from '../db/database.ts'
import { placesOfBlobs, placesOfBodies, type ManifestRow } from '../db/manifest-details.ts'
import { largestShownDocumentBytes } from '../limits.ts'
import type { Digest } from '../names.ts'
import { readSegments } from '../storage/reading.ts'
import type { SegmentPlace } from '../storage/segments.ts'
import {
  describesImage,
  dockerfileOf,
  partsOf,
  readImageConfig,
  type DockerfileLine,
  type ManifestParts,
} from './image-config.ts'
import { mapInParallel } from './parallel.ts'
import type { Stores } from './stores.ts'

/** What cannot be read is empty. */
export interface ManifestDetails {
  readonly digest: Digest
  readonly mediaType: string
  readonly configMediaType: string
  readonly configDigest: string
  readonly os: string
  readonly osVersion: string
  readonly architecture: string
  /** Of its config and layers together, as the manifest says. */
  readonly sizeBytes: number
  readonly author: string
  readonly createdAt: number | undefined
  readonly dockerfile: readonly DockerfileLine[]
}

/** Of the configs that one page tells of; what comes after them is left empty. */
const mostBytesOfPage = 4 * 1024 * 1024

/** A Worker has six connections at once. */
const mostAtOnce = 6

/** In the order of the rows: two round trips to D1 at most, and one read of R2 for each config. */
export async function describeManifests(
  stores: Stores,
  repositoryId: number,
  rows: readonly ManifestRow[],
): Promise<ManifestDetails[]> {
  const texts = await readManifestTexts(stores, rows, largestShownDocumentBytes)
  const read = rows.map((row, at) => ({ row, parts: partsOf(row.mediaType, texts[at]) }))
  const configs = await readConfigs(
    stores,
    repositoryId,
    read.flatMap(({ parts }) => (describesImage(parts) && parts.config !== undefined ? [parts.config.digest] : [])),
  )
  let left = mostBytesOfPage
  return read.map(({ row, parts }) => {
    const text = parts.config === undefined ? undefined : configs.get(parts.config.digest)
    left -= text?.length ?? 0
    return describe(row, parts, left < 0 ? undefined : text)
  })
}

/** The texts of manifests in the order of the rows, those undefined that are too long or cannot be read. */
export async function readManifestTexts(
  stores: Stores,
  rows: readonly ManifestRow[],
  limitBytes: number,
): Promise<(string | undefined)[]> {
  const places = await placesOfBodies(stores.db, [
    ...new Set(rows.flatMap(({ body, bodyDigest }) => (body === null && bodyDigest !== null ? [bodyDigest] : []))),
  ])
  return mapInParallel(
    rows,
    mostAtOnce,
    async ({ body, bodyDigest }) =>
      body ?? (bodyDigest === null ? undefined : readText(stores, places.get(bodyDigest), limitBytes)),
  )
}

/** Reads each config once, however many manifests name it, and in their order as many as a page may tell of. */
async function readConfigs(
  stores: Stores,
  repositoryId: number,
  named: readonly Digest[],
): Promise<ReadonlyMap<Digest, string>> {
  const digests = [...new Set(named)]
  const places = await placesOfBlobs(stores.db, repositoryId, digests)
  let left = mostBytesOfPage
  const wanted = digests.filter((digest) => (left -= sizeOf(places.get(digest))) >= 0)
  const texts = await mapInParallel(wanted, mostAtOnce, async (digest) => ({
    digest,
    text: await readText(stores, places.get(digest), largestShownDocumentBytes),
  }))
  return new Map(texts.flatMap(({ digest, text }) => (text === undefined ? [] : [[digest, text] as const])))
}

function describe(
  { digest, mediaType, author }: ManifestRow,
  parts: ManifestParts,
  configText: string | undefined,
): ManifestDetails {
  const { config, layers } = parts
  const { steps, ...image } = readImageConfig(configText)
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

async function readText(
  stores: Stores,
  segments: readonly SegmentPlace[] = [],
  limitBytes: number,
): Promise<string | undefined> {
  const sizeBytes = sizeOf(segments)
  if (sizeBytes === 0 || sizeBytes > limitBytes) return undefined
  try {
    return await new Response(await readSegments(stores.bucket, segments, 0, sizeBytes, stores.background)).text()
  } catch (error) {
    // One image that is damaged, or just deleted, must not hide all others of a page.
    console.error('a blob could not be read, so what it says is left out:', loggable(error))
    return undefined
  }
}
