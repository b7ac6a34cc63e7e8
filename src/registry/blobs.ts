/** Blobs as a repository serves them: found, read, mounted from elsewhere, and let go. */
import type { Caller } from '../auth/authentication.ts'
import { readableAmong, readableByToken } from '../auth/registry-access.ts'
import type { Context } from '../context.ts'
import { linkBlob, manifestNaming, repositoriesWithBlob, unlinkBlob, type Blob } from '../db/content/blobs.ts'
import { confirmBlob } from '../db/content/confirmations.ts'
import { isForeignKeyViolation } from '../db/database.ts'
import type { Push } from '../db/repositories/repositories.ts'
import type { HeldRepository, Right } from '../db/access/rights.ts'
import { RegistryError } from '../errors.ts'
import { mostMountSources } from '../limits.ts'
import type { Digest, RepositoryName } from '../names.ts'
import { requireBytes } from './lost-content.ts'
import { lookUpBlob } from './lookups.ts'

/**
 * Returns a blob for a GET.
 *
 * @throws RegistryError `blob-unknown`, or `content-lost` for one that is marked as lost and was not restored
 */
export async function getBlob(context: Context, held: HeldRepository, digest: Digest): Promise<Blob> {
  const blob = await lookUpBlob(context, held, digest)
  if (blob === undefined) throw unknown(held, digest)
  await requireBytes(context, digest, blob)
  return blob
}

/**
 * Returns a blob for the HEAD of a client that may only pull.
 *
 * @throws RegistryError `blob-unknown`, also when R2 has lost bytes of it
 */
export async function lookForBlob(context: Context, held: HeldRepository, digest: Digest): Promise<Blob> {
  const blob = await lookUpBlob(context, held, digest)
  if (blob === undefined || blob.isLost) throw unknown(held, digest)
  return blob
}

/**
 * Answers a client that may push. Existing content is then kept for the grace period of garbage collection.
 *
 * @throws RegistryError `blob-unknown`
 */
export async function askForBlob(
  context: Context,
  held: HeldRepository,
  digest: Digest,
): Promise<Omit<Blob, 'segments' | 'isLost'> & { readonly segments?: undefined }> {
  const blob = await confirmBlob(context.db, held, digest, context.now)
  if (blob === undefined) throw unknown(held, digest)
  return blob
}

/**
 * Mounts a blob that the caller can already read elsewhere into this repository (OCI end-11).
 *
 * @param from undefined looks wherever the caller may read
 * @returns false when there is nothing to mount; a caller who may not read the source learns no more than that
 */
export async function mountBlob(
  context: Context,
  caller: Caller,
  digest: Digest,
  from: RepositoryName | undefined,
  push: Push,
): Promise<boolean> {
  // Runs the same queries in every case, so that a caller without access to the source learns nothing from the answer
  // or its timing.
  const sources =
    from === undefined
      ? await anySources(context, caller, digest, push.right.repository)
      : await readableAmong(context.db, caller, [from])
  return linkBlob(context.db, sources, digest, push, context.now)
}

/**
 * Returns repositories that the caller may read: the few that a token names, or for a password some that have the blob.
 */
async function anySources(
  context: Context,
  caller: Caller,
  digest: Digest,
  to: RepositoryName,
): Promise<readonly HeldRepository[]> {
  if (caller.kind === 'token') return readableByToken(caller)
  const found = await repositoriesWithBlob(context.db, digest, mostMountSources)
  // As many questions whatever was found: the repository itself stands in for what was not.
  const asked = Array.from({ length: mostMountSources }, (_, at) => found[at] ?? to)
  return readableAmong(context.db, caller, asked)
}

/**
 * Takes a blob out of a repository (OCI end-10).
 *
 * @throws RegistryError `blob-unknown`, or `blob-in-use` when one of its manifests names the blob
 */
export async function deleteBlob(context: Context, right: Right, digest: Digest): Promise<void> {
  const { repository } = right
  try {
    if (await unlinkBlob(context.db, right, digest, context.now)) return
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    const by = (await manifestNaming(context.db, repository, digest)) ?? 'that was just pushed'
    throw new RegistryError({ kind: 'blob-in-use', digest, by }, { cause: error })
  }
  throw unknown(right, digest)
}

const unknown = ({ repository }: HeldRepository, digest: Digest): RegistryError =>
  new RegistryError({ kind: 'blob-unknown', repository, digest })
