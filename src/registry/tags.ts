/** Tags as people look at them: page by page, with what they point at, platform by platform. */
import type { Context } from '../context.ts'
import { findManifestRows, type ManifestRow } from '../db/content/manifest-details.ts'
import type { RepositoryKey } from '../db/repositories/repositories.ts'
import { findTagDetails, listTagsOfManifest, type TagDetails } from '../db/content/tag-details.ts'
import { RegistryError } from '../errors.ts'
import { largestManifestBytes } from '../limits.ts'
import type { Digest, Reference, Tag } from '../names.ts'
import { isIndex, partsOf, type ListedManifest, type Platform } from './image-config.ts'
import { describeManifests, describeRows, readManifestTexts, type ManifestDetails } from './manifest-details.ts'

export interface DescribedTag extends TagDetails {
  /** What the tag itself points at: of an image in an index, the index. */
  readonly target: Digest
  /** Undefined when it was deleted a moment ago. */
  readonly manifest: ManifestDetails | undefined
}

/** The platform of the wanted images; an undefined field is any. */
export interface PlatformFilter {
  readonly os: string | undefined
  readonly architecture: string | undefined
}

export interface PageOfTags {
  /** The start of the page: a digest for what a tag points at, a name for the tags of a digest. */
  readonly from: string
  readonly size: number
}

interface Found {
  readonly items: readonly DescribedTag[]
  readonly next: string | undefined
}

/** Describes the manifests that tags point at, for the first tags that fit a page. */
export async function describeTags(
  context: Context,
  repositoryId: number,
  tags: readonly TagDetails[],
): Promise<readonly DescribedTag[]> {
  const digests = [...new Set(tags.map(({ digest }) => digest))]
  const { byDigest, next } = await describeManifests(context, repositoryId, digests)
  const end = tags.findIndex(({ digest }) => digest === next)
  return (end < 0 ? tags : tags.slice(0, end)).map((tag) => pointing(tag, byDigest.get(tag.digest)))
}

/**
 * Resolves a reference: a tag to each image that its index lists, or to its one image; a digest to all tags that
 * point at it.
 *
 * @throws RegistryError `tag-unknown` or `manifest-unknown`
 */
export async function lookUp(
  context: Context,
  repository: RepositoryKey,
  reference: Reference,
  filter: PlatformFilter,
  page: PageOfTags,
): Promise<Found> {
  const found =
    'tag' in reference
      ? await imagesOfTag(context, repository, reference.tag, filter, page)
      : await tagsOfDigest(context, repository, reference.digest, page)
  return { ...found, items: found.items.filter(({ manifest }) => manifest !== undefined && matches(manifest, filter)) }
}

async function imagesOfTag(
  context: Context,
  { id, name: repository }: RepositoryKey,
  tag: Tag,
  filter: PlatformFilter,
  page: PageOfTags,
): Promise<Found> {
  const found = await findTagDetails(context.db, id, tag)
  const [row] = found === undefined ? [] : await findManifestRows(context.db, id, [found.digest])
  if (found === undefined || row === undefined) throw new RegistryError({ kind: 'tag-unknown', repository, tag })
  const listed = isIndex(row.mediaType) ? await listedImages(context, id, row) : []
  if (listed.length === 0) {
    const { byDigest } = await describeRows(context, id, [row])
    return { items: [pointing(found, byDigest.get(row.digest))], next: undefined }
  }
  const wanted = listed.filter(({ platform }) => platform === undefined || matches(platform, filter))
  const { shown, next } = cut(wanted, page)
  const described = await describeManifests(
    context,
    id,
    shown.map(({ digest }) => digest),
  )
  const items = shown.flatMap((image) => {
    const manifest = described.byDigest.get(image.digest)
    return manifest === undefined ? [] : [pointing(found, withPlatform(image, manifest))]
  })
  return { items, next: described.next ?? next }
}

/** Returns the page that starts with a digest; an unknown digest starts an empty page. */
function cut(
  listed: readonly ListedManifest[],
  { from, size }: PageOfTags,
): { shown: readonly ListedManifest[]; next: string | undefined } {
  const start = from === '' ? 0 : listed.findIndex(({ digest }) => digest === from)
  if (start < 0) return { shown: [], next: undefined }
  return { shown: listed.slice(start, start + size), next: listed[start + size]?.digest }
}

/** Reads the manifests that an index lists, each once. */
async function listedImages(context: Context, repositoryId: number, index: ManifestRow): Promise<ListedManifest[]> {
  const texts = await readManifestTexts(context, repositoryId, [index], largestManifestBytes)
  const byDigest = new Map<Digest, ListedManifest>()
  for (const image of partsOf(index.mediaType, texts.get(index.digest)).listed) {
    if (!byDigest.has(image.digest)) byDigest.set(image.digest, image)
  }
  return [...byDigest.values()]
}

/** Gives a manifest the platform that its index names, as clients choose by that one. */
function withPlatform({ platform }: ListedManifest, manifest: ManifestDetails): ManifestDetails {
  if (platform === undefined) return manifest
  return {
    ...manifest,
    os: platform.os || manifest.os,
    osVersion: platform.osVersion || manifest.osVersion,
    architecture: platform.architecture || manifest.architecture,
  }
}

async function tagsOfDigest(
  context: Context,
  { id, name: repository }: RepositoryKey,
  digest: Digest,
  { from, size }: PageOfTags,
): Promise<Found> {
  const { byDigest } = await describeManifests(context, id, [digest])
  const manifest = byDigest.get(digest)
  if (manifest === undefined) throw new RegistryError({ kind: 'manifest-unknown', repository, reference: digest })
  const tags = await listTagsOfManifest(context.db, id, digest, { from, limit: size + 1 })
  return { items: tags.slice(0, size).map((tag) => pointing(tag, manifest)), next: tags[size]?.name }
}

/** Returns a tag as if it pointed at this manifest. */
const pointing = (tag: TagDetails, manifest: ManifestDetails | undefined): DescribedTag => ({
  ...tag,
  digest: manifest?.digest ?? tag.digest,
  target: tag.digest,
  manifest,
})

const matches = (platform: Platform, { os, architecture }: PlatformFilter): boolean =>
  (os === undefined || platform.os === os) && (architecture === undefined || platform.architecture === architecture)
