/** OCI end-12: which manifests are about a given one (signatures, SBOMs, attestations). */
import type { Context } from '../context.ts'
import { listReferrers, type Referrer } from '../db/content/referrers.ts'
import { largestManifestBytes } from '../limits.ts'
import type { HeldRepository } from '../db/access/rights.ts'
import type { Digest } from '../names.ts'
import { readManifestTexts } from './manifest-details.ts'
import { annotationsOf, readAnnotations, type Annotations } from './manifest-document.ts'
import { firstWithin, jsonBytes, textBytes } from './page-budget.ts'

export interface ReferrerDescriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Annotations
}

export interface ReferrersQuery {
  readonly subject: Digest
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
