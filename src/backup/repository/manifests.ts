/** Stores the next manifests of a repository as pushes do, so that all that a push is refused for is refused here. */
import type * as z from 'zod'
import type { Context } from '../../context.ts'
import { whatIsFull } from '../../db/database.ts'
import { placesOfBodies } from '../../db/content/manifest-details.ts'
import type { Push } from '../../db/repositories/repositories.ts'
import { ExpectedError } from '../../failures/failure.ts'
import { largestManifestBytes } from '../../limits.ts'
import type { Digest } from '../../names.ts'
import { putManifest } from '../../registry/manifests.ts'
import { bytesOfSegments } from '../../storage/reading.ts'
import { backupBytes } from './content.ts'
import { manifestBlobRow, type manifestRow, type ReadAggregate } from './rows.ts'
import { datePushes, type PushedManifest, type Target } from './store.ts'

export type BackedUpManifest = ReadAggregate<z.infer<typeof manifestRow>>

/** Lists the blobs that manifests name, each once. */
export const blobsOf = (manifests: readonly BackedUpManifest[]): readonly Digest[] => [
  ...new Set(
    manifests.flatMap(({ parts }) => parts('manifest_blobs').map((row) => manifestBlobRow.parse(row).blob_digest)),
  ),
]

export interface StoredManifests {
  readonly stored: number
  /** Why the others cannot be stored, or not before those that they list. */
  readonly left: readonly { readonly digest: Digest; readonly why: string }[]
}

/** Stores manifests whose blobs are linked, as far as there are any. */
export async function storeManifests(
  context: Context,
  target: Target,
  push: Push,
  manifests: readonly BackedUpManifest[],
): Promise<StoredManifests> {
  const stored: PushedManifest[] = []
  const left: { digest: Digest; why: string }[] = []
  for (const { row } of manifests) {
    const why = await storeManifest(context, target, push, row)
    if (why === undefined) stored.push({ digest: row.digest, pushedBy: row.pushed_by, pushedAt: row.pushed_at })
    else left.push({ digest: row.digest, why })
  }
  if (stored.length > 0) await datePushes(context.db, target, stored)
  return { stored: stored.length, left }
}

/** Stores a manifest. @returns why it cannot be stored; undefined once it is */
async function storeManifest(
  context: Context,
  target: Target,
  push: Push,
  { digest, media_type: contentType, body }: BackedUpManifest['row'],
): Promise<string | undefined> {
  const bytes = body === null ? await largeBody(context, digest) : new TextEncoder().encode(body)
  if (bytes === undefined) return 'neither the registry nor the backup has its bytes'
  try {
    await putManifest(context, target.name, { bytes, contentType, reference: { digest }, tags: [], push })
    return undefined
  } catch (error) {
    return reasonIn(error)
  }
}

/** Reads a manifest that is too large for a row: from the registry, where another repository has it, or the backup. */
async function largeBody(context: Context, digest: Digest): Promise<Uint8Array | undefined> {
  const places = await placesOfBodies(context.db, [digest])
  const segments = places.get(digest)
  if (segments === undefined) return backupBytes(context, digest, largestManifestBytes)
  return bytesOfSegments(context.bucket, segments)
}

/** Returns what a refusal says. @throws any other error, after which the slice is done again */
export function reasonIn(error: unknown): string {
  const full = whatIsFull(error)
  if (full !== undefined) return `the namespace has no room for more ${full}: delete some, and restore it again`
  if (error instanceof ExpectedError && error.type.isOutage !== true && error.retryAfterSeconds(0) === undefined) {
    return error.message
  }
  throw error
}
