/** OCI end-12: which manifests are about a given one (signatures, SBOMs, attestations). */
import type { Context } from '../context.ts'
import type { HeldRepository } from '../db/access/rights.ts'
import { subjectOfReferrersTag } from '../db/content/accompanying.ts'
import type { StoredManifest } from '../db/content/manifests.ts'
import { listReferrers, type Referrer } from '../db/content/referrers.ts'
import { largestManifestBytes, mostReferrersOfPage } from '../limits.ts'
import type { Digest, Tag } from '../names.ts'
import { digestBytes } from '../storage/hash.ts'
import { readManifestTexts } from './manifest-details.ts'
import { annotationsOf, mediaTypes, readAnnotations, type Annotations } from './manifest-document.ts'
import { firstWithin, jsonBytes, textBytes } from './page-budget.ts'

export interface ReferrerDescriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Annotations
}

export interface ReferrersQuery {
  /** A digest; of a sha512 its first 64 digits are enough. */
  readonly subject: string
  readonly artifactType: string | undefined
  /** Digest after which the page starts; empty for the first one. */
  readonly after: string
  readonly limit: number
}

/**
 * Returns one page of an index of referrers. Clients read it as a manifest, so it stays below the size of one, and so
 * does what is read of manifests whose annotations are not kept beside them.
 *
 * @returns the page, and the digest to continue after if there is more
 */
export async function referrersPage(
  context: Context,
  held: HeldRepository,
  query: ReferrersQuery,
): Promise<{ manifests: ReferrerDescriptor[]; next: Digest | undefined }> {
  const { subject, artifactType, after, limit } = query
  const found = await listReferrers(context.db, { held, subject, artifactType, after, limit: limit + 1 })
  const shown = firstWithin(found.slice(0, limit), largestManifestBytes - bytesAroundList, bytesOf)
  const unkept = shown.filter(({ annotations }) => annotations === null)
  const inManifests = await annotationsInManifests(context, unkept)
  const manifests = shown.map((referrer) =>
    described(
      referrer,
      referrer.annotations === null ? inManifests.get(referrer.digest) : readAnnotations(referrer.annotations),
    ),
  )
  return { manifests, next: shown.length < found.length ? shown.at(-1)?.digest : undefined }
}

/** Writes the index of referrers. The same referrers are the same bytes. */
export const writeReferrers = (manifests: readonly ReferrerDescriptor[]): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })

/**
 * Makes the index that a missing referrers tag would have, for clients that know only the tag. It has one page, as the
 * API has the rest.
 *
 * @returns undefined for every other tag, and if nothing refers to the image
 */
export async function indexOfReferrersTag(
  context: Context,
  held: HeldRepository,
  tag: Tag,
): Promise<StoredManifest | undefined> {
  const subject = subjectOfReferrersTag(tag)
  if (subject === undefined) return undefined
  const query = { subject, artifactType: undefined, after: '', limit: mostReferrersOfPage }
  const { manifests } = await referrersPage(context, held, query)
  if (manifests.length === 0) return undefined
  const content = writeReferrers(manifests)
  const bytes = new TextEncoder().encode(content)
  return {
    digest: await digestBytes('sha256', bytes),
    mediaType: mediaTypes.index,
    sizeBytes: bytes.length,
    content,
    // As for the list of referrers.
    needsMajority: false,
    isLost: false,
  }
}

/** The bytes around the descriptors of an index. */
const bytesAroundList = 1024

/** Returns the most bytes that a descriptor may have: the annotations of a manifest are no longer than it is. */
const bytesOf = (referrer: Referrer): number =>
  jsonBytes(descriptorOf(referrer)) +
  (referrer.annotations === null ? referrer.sizeBytes : textBytes(referrer.annotations))

/** Reads annotations that stand in their manifests alone; those of unreadable manifests are left out. */
async function annotationsInManifests(
  context: Context,
  referrers: readonly Referrer[],
): Promise<ReadonlyMap<Digest, Annotations | undefined>> {
  const [first] = referrers
  if (first === undefined) return new Map()
  const texts = await readManifestTexts(context, first.repositoryId, referrers, largestManifestBytes)
  return new Map(Array.from(texts, ([digest, text]) => [digest, annotationsOf(text)]))
}

const descriptorOf = ({ mediaType, digest, sizeBytes: size, artifactType }: Referrer): ReferrerDescriptor => ({
  mediaType,
  digest,
  size,
  ...(artifactType === null ? {} : { artifactType }),
})

const described = (referrer: Referrer, annotations: Annotations | undefined): ReferrerDescriptor => ({
  ...descriptorOf(referrer),
  ...(annotations === undefined ? {} : { annotations }),
})
