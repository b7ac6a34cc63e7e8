/**
 * What manifests are, for people to look at: sizes, platforms and how the images were built. It is read from the
 * manifests in D1 and from the configs in R2, a bounded number of bytes of each.
 */
import { loggable } from '../db/database.ts'
import { placesOfBlobs, type ManifestRow } from '../db/manifest-details.ts'
import type { Digest } from '../names.ts'
import { readSegments, type SegmentPlace } from '../storage/segments.ts'
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

/** Configs are a few KiB; what is longer is not read, nor is a manifest that is longer than this and than a row. */
const mostBytes = 256 * 1024

/** A Worker has six connections at once. */
const mostAtOnce = 6

type Places = ReadonlyMap<Digest, readonly SegmentPlace[]>
const nowhere: Places = new Map()

/** In the order of the rows: two round trips to D1 at most, and one read of R2 for each image. */
export async function describeManifests(stores: Stores, rows: readonly ManifestRow[]): Promise<ManifestDetails[]> {
  const texts = await readManifestTexts(stores, rows, mostBytes)
  const read = rows.map((row, at) => ({ row, parts: partsOf(row.mediaType, texts[at]) }))
  const places = await placesIfAny(
    stores,
    read.flatMap(({ parts }) => (describesImage(parts) && parts.config !== undefined ? [parts.config.digest] : [])),
  )
  return mapInParallel(read, mostAtOnce, ({ row, parts }) => describe(stores, row, parts, places))
}

/** The texts of manifests in the order of the rows, those undefined that are too long or cannot be read. */
export async function readManifestTexts(
  stores: Stores,
  rows: readonly ManifestRow[],
  limitBytes: number,
): Promise<(string | undefined)[]> {
  const places = await placesIfAny(
    stores,
    rows.flatMap(({ body, bodyDigest }) => (body === null && bodyDigest !== null ? [bodyDigest] : [])),
  )
  return mapInParallel(
    rows,
    mostAtOnce,
    async ({ body, bodyDigest }) =>
      body ?? (bodyDigest === null ? undefined : readText(stores, places.get(bodyDigest), limitBytes)),
  )
}

async function describe(
  stores: Stores,
  { digest, mediaType, author }: ManifestRow,
  parts: ManifestParts,
  places: Places,
): Promise<ManifestDetails> {
  const { config, layers } = parts
  const isImage = describesImage(parts)
  const text =
    isImage && config !== undefined ? await readText(stores, places.get(config.digest), mostBytes) : undefined
  const { steps, ...image } = readImageConfig(text)
  return {
    digest,
    mediaType,
    author,
    configMediaType: config?.mediaType ?? '',
    configDigest: config?.digest ?? '',
    sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, config?.sizeBytes ?? 0),
    ...image,
    dockerfile: isImage ? dockerfileOf(steps, layers) : [],
  }
}

const placesIfAny = async (stores: Stores, digests: readonly Digest[]): Promise<Places> =>
  digests.length === 0 ? nowhere : placesOfBlobs(stores.db, [...new Set(digests)])

async function readText(
  stores: Stores,
  segments: readonly SegmentPlace[] = [],
  limitBytes: number,
): Promise<string | undefined> {
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  if (sizeBytes === 0 || sizeBytes > limitBytes) return undefined
  try {
    return await new Response(await readSegments(stores.bucket, segments, 0, sizeBytes, stores.background)).text()
  } catch (error) {
    // One image that is damaged, or just deleted, must not hide all others of a page.
    console.error('a blob could not be read, so what it says is left out:', loggable(error))
    return undefined
  }
}
