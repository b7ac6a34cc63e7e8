/**
 * Brings a blob back that the registry lacks, from the content of the backup: as an upload, in chunks, so that the registry
 * checks its digest as it does with any push.
 */
import type { Context } from '../../context.ts'
import type { Push } from '../../db/repositories/repositories.ts'
import { RegistryError } from '../../errors.ts'
import { algorithmOf, type Digest, type RepositoryName } from '../../names.ts'
import { sessionSeconds } from '../../limits.ts'
import { appendBytes, finishUpload, uploadOffset } from '../../registry/uploads.ts'
import { BackupObjectLost, headBackupObject, openBackupRange } from '../../storage/backups.ts'
import { BodyReader } from '../../storage/body.ts'
import { asFailure, readThrough } from '../../storage/transient-errors.ts'
import { blobKey } from '../keys.ts'
import type { BlobUpload } from './progress.ts'

/** The bytes of one slice: they pass through the Worker. */
export const bytesOfChunk = 32 * 1024 * 1024

export interface BroughtBlob {
  /** Set while bytes are missing still. */
  readonly upload: BlobUpload | null
  /** The backup has it, with the right bytes. */
  readonly isFound: boolean
  readonly bytes: number
}

const notFound: BroughtBlob = { upload: null, isFound: false, bytes: 0 }

/** Brings the next bytes of a blob. @param begun what the call before returned; null for the first */
export async function bringBlob(
  context: Context,
  digest: Digest,
  repository: RepositoryName,
  push: Push,
  begun: BlobUpload | null,
): Promise<BroughtBlob> {
  const object = await headBackupObject(context.backups, blobKey(digest))
  if (object === undefined) return notFound
  const upload = begun?.digest === digest ? begun : newUpload(digest, context.now)
  const ticket = { id: upload.id, repository, expiresAt: upload.expiresAt, algorithm: algorithmOf(digest) }
  const { sizeBytes } = object
  const start = await uploadOffset(context, ticket)
  const length = Math.min(bytesOfChunk, sizeBytes - start)
  try {
    if (length > 0) {
      const range = { offset: start, length }
      const stream = await openBackupRange(context.backups, blobKey(digest), sizeBytes, range)
      // The sender is a bucket and no client.
      const body = new BodyReader(stream, { interrupted: asFailure })
      const incoming = { body, sizeBytes: length, expectedBytes: length, offsetBytes: start }
      await appendBytes(context, ticket, incoming, push.right)
    }
    if (start + length < sizeBytes) return { upload, isFound: true, bytes: length }
    await finishUpload(context, ticket, digest, undefined, push)
    return { upload: null, isFound: true, bytes: length }
  } catch (error) {
    // Another backup has other bytes under the name of the digest, or retention deletes them.
    if (error instanceof BackupObjectLost) return notFound
    if (error instanceof RegistryError && error.failure.kind === 'digest-mismatch') return notFound
    throw error
  }
}

const newUpload = (digest: Digest, now: number): BlobUpload => ({
  id: crypto.randomUUID(),
  expiresAt: now + sessionSeconds * 1000,
  digest,
})

/** Reads a manifest out of the content of the backup. @returns undefined if it has none, or a longer one than may be */
export const backupBytes = (
  context: Pick<Context, 'backups'>,
  digest: Digest,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> => bytesIn(context, blobKey(digest), mostBytes)

/** Reads an object of the content of the backup. @returns undefined if there is none, or a longer one than may be */
export async function bytesIn(
  { backups }: Pick<Context, 'backups'>,
  key: string,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const object = await headBackupObject(backups, key)
  if (object === undefined || object.sizeBytes > mostBytes) return undefined
  const { sizeBytes } = object
  return readThrough(async () => {
    const stream = await openBackupRange(backups, key, sizeBytes, { offset: 0, length: sizeBytes })
    return new Uint8Array(await new Response(stream).arrayBuffer())
  })
}
