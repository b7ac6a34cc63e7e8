/** Tells which objects a download has. */
import { listBackupObjects, type BackupBucket } from '../../storage/backups.ts'
import { backupsPrefix, layoutsOf, manifestKey, partsPrefix, proofKey, wrappedKeyKey } from '../keys.ts'

/** Parts, and the content of images and the lists of it, which belong to several backups. */
const shared =
  /^(?:parts\/[0-9a-f]{64}\.gz|blobs\/(?:sha256|sha512)\/[0-9a-f]{64,128}|inventories\/[0-9a-f]{64}|kept\/[\w.:-]+(?:\/[\w.:-]+)*)$/

/** A part of a path that leads elsewhere: a bucket of S3 is asked by an address, which would follow it. */
const leadsElsewhere = /(?:^|\/)\.{0,2}(?:\/|$)/

/** Tells whether an object belongs to the download of a backup. The key that the registry keeps does not. */
export const isDownloadable = (id: string, key: string): boolean =>
  !leadsElsewhere.test(key) &&
  ([manifestKey(id), proofKey(id), wrappedKeyKey(id)].includes(key) ||
    key.startsWith(`${partsPrefix}${id}/`) ||
    key.startsWith(layoutsOf(id)) ||
    shared.test(key))

export interface ObjectsPage {
  readonly objects: readonly { readonly key: string; readonly bytes: number }[]
  /** Where the next page starts; null at the end. */
  readonly next: string | null
}

/**
 * Lists the objects that belong to this backup alone, but for its parts, which its manifest names.
 *
 * @param start empty for the first page
 */
export async function listOwnObjects(backups: BackupBucket, id: string, start: string): Promise<ObjectsPage> {
  const layouts = layoutsOf(id)
  const prefix = start === '' ? `${backupsPrefix}${id}/` : layouts
  const { objects, next } = await listBackupObjects(backups, prefix, start.startsWith(layouts) ? start : '')
  return {
    objects: objects
      .filter(({ key }) => isDownloadable(id, key))
      .map(({ key, sizeBytes }) => ({ key, bytes: sizeBytes })),
    next: next ?? (start === '' ? layouts : null),
  }
}
