/** OCI end-12: which manifests are about a given one (signatures, SBOMs, attestations). */
import { findManifest, listReferrers, type Referrer } from '../db/manifests.ts'
import { largestManifestBytes } from '../limits.ts'
import type { HeldRepository } from '../db/rights.ts'
import type { Digest } from '../names.ts'
import { annotationsOf } from './manifest-document.ts'
import { manifestBody } from './manifests.ts'
import type { Stores } from './stores.ts'

const encoder = new TextEncoder()

export interface ReferrerDescriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Record<string, string>
}

export interface ReferrersQuery {
  readonly subject: Digest
  readonly artifactType: string | undefined
  /** Digest after which the page starts; empty for the first one. */
  readonly after: string
  readonly limit: number
}

/**
 * One page of an index of referrers. Clients read it as a manifest, so it stays below the size that one may have.
 *
 * @returns the page, and the digest to continue after if there is more
 */
export async function referrersPage(
  stores: Stores,
  held: HeldRepository,
  query: ReferrersQuery,
): Promise<{ manifests: ReferrerDescriptor[]; next: Digest | undefined }> {
  const { subject, artifactType, after, limit } = query
  const found = await listReferrers(stores.db, { held, subject, artifactType, after, limit: limit + 1 })
  const manifests: ReferrerDescriptor[] = []
  let bytes = 0
  for (const referrer of found.slice(0, limit)) {
    const descriptor = await describeReferrer(stores, held, referrer)
    bytes += encoder.encode(JSON.stringify(descriptor)).length
    if (manifests.length > 0 && bytes > largestManifestBytes) break
    manifests.push(descriptor)
  }
  const next = manifests.length < found.length ? manifests.at(-1)?.digest : undefined
  return { manifests, next }
}

async function describeReferrer(stores: Stores, held: HeldRepository, referrer: Referrer): Promise<ReferrerDescriptor> {
  const manifest = referrer.body ?? (await largeManifest(stores, held, referrer.digest))
  const annotations = manifest === undefined ? undefined : annotationsOf(manifest)
  return {
    mediaType: referrer.mediaType,
    digest: referrer.digest,
    size: referrer.sizeBytes,
    ...(referrer.artifactType === undefined ? {} : { artifactType: referrer.artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}

/** A manifest too large for D1; undefined when it was deleted since the page was read. */
async function largeManifest(stores: Stores, held: HeldRepository, digest: Digest): Promise<string | undefined> {
  const manifest = await findManifest(stores.db, held, { digest })
  if (typeof manifest === 'string') return undefined
  return new Response(await manifestBody(stores, manifest)).text()
}
