/** Walks every manifest of the restored database: its content has its digest, and the rows know all that it names. */
import * as z from 'zod'
import { RegistryError } from '../../errors.ts'
import { algorithmOf, type Digest } from '../../names.ts'
import { readManifest } from '../../registry/manifest-document.ts'
import { digestBytes } from '../../storage/hash.ts'
import { restoredManifests, type RestoredManifest } from './drill-store.ts'
import { withFindings, type Finding } from './findings.ts'
import type { ProofProgress } from './progress.ts'
import type { Proving } from './proving.ts'
import { hashRestored } from './sample.ts'

const digests = z.array(z.string())

/** Looks at the next manifests. */
export async function walkManifests(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const limit = proving.limits.manifestsOfSlice
  const [id = 0, after = ''] = at.after
  const some = await restoredManifests(proving.drill, Number(id), String(after), limit)
  const found = []
  for (const manifest of some) found.push(...(await findingsOf(proving, manifest)))
  const checked = { ...at.checked, manifests: at.checked.manifests + some.length }
  const last = some.length < limit ? undefined : some.at(-1)
  const progress = { ...at, checked, ...withFindings(at, found) }
  return last === undefined
    ? { ...progress, phase: 'segments', after: [] }
    : { ...progress, after: [last.repositoryId, last.digest] }
}

async function findingsOf(proving: Proving, manifest: RestoredManifest): Promise<readonly Finding[]> {
  const { repository, digest, body, bodyDigest } = manifest
  if (body === null) {
    // Larger manifests are blobs, and few.
    return bodyDigest === null ? [{ kind: 'manifest-content', repository, digest }] : hashRestored(proving, bodyDigest)
  }
  const bytes = new TextEncoder().encode(body)
  if ((await digestBytes(algorithmOf(digest), bytes)) !== digest) {
    return [{ kind: 'manifest-content', repository, digest }]
  }
  return manifest.named === null ? [] : unnamed(manifest, manifest.named, bytes)
}

/** Finds what a manifest names and no row records. */
function unnamed(
  { repository, digest, mediaType }: RestoredManifest,
  named: string,
  bytes: Uint8Array,
): readonly Finding[] {
  const known = new Set(digests.parse(JSON.parse(named)))
  const { blobs, children } = readAgain(bytes, mediaType)
  return [...blobs.map((one) => ['blob', one] as const), ...children.map((one) => ['manifest', one] as const)]
    .filter(([, one]) => !known.has(one))
    .map(([kind, one]) => ({ kind: 'reference-missing', repository, digest, reference: `the ${kind} ${one}` }))
}

/** Reads what a manifest names; nothing for one that an earlier release took and this one would refuse. */
function readAgain(bytes: Uint8Array, mediaType: string): { blobs: readonly Digest[]; children: readonly Digest[] } {
  try {
    return readManifest(bytes, mediaType)
  } catch (error) {
    if (error instanceof RegistryError) return { blobs: [], children: [] }
    throw error
  }
}
