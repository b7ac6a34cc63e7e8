/** The bucket of backups (`BACKUPS`), which has no content of images. A capability says what its objects are called. */
import { askStorage } from './transient-errors.ts'

export type BackupMetadata = Readonly<Record<string, string>>

export interface BackupObject {
  readonly key: string
  readonly sizeBytes: number
  readonly metadata: BackupMetadata
}

/** R2 lists and deletes so many objects with one call. */
export const mostObjectsOfCall = 1000

/** Stores an object, or replaces it. @throws RegistryError `storage-unavailable` */
export async function putBackupObject(
  backups: R2Bucket,
  key: string,
  content: Uint8Array<ArrayBuffer> | string,
  metadata: BackupMetadata = {},
): Promise<void> {
  await askStorage(() => backups.put(key, content, { customMetadata: { ...metadata } }))
}

/** Describes an object; undefined if it does not exist. @throws RegistryError `storage-unavailable` */
export async function headBackupObject(backups: R2Bucket, key: string): Promise<BackupObject | undefined> {
  const found = await askStorage(() => backups.head(key))
  return found === null ? undefined : { key, sizeBytes: found.size, metadata: found.customMetadata ?? {} }
}

/** Reads a text; undefined if it does not exist. @throws RegistryError `storage-unavailable` */
export async function readBackupText(backups: R2Bucket, key: string): Promise<string | undefined> {
  return askStorage(async () => (await backups.get(key))?.text())
}

/** Lists the objects with a prefix in the order of their keys, each page with one call. */
export async function* backupObjects(backups: R2Bucket, prefix: string): AsyncGenerator<readonly BackupObject[]> {
  let startAfter: string | undefined = ''
  while (startAfter !== undefined) {
    const page = await listBackupObjects(backups, prefix, startAfter)
    yield page.objects
    startAfter = page.next
  }
}

/** Lists a page of objects. @param startAfter empty for the first page */
export async function listBackupObjects(
  backups: R2Bucket,
  prefix: string,
  startAfter: string,
): Promise<{ readonly objects: readonly BackupObject[]; readonly next: string | undefined }> {
  const options = { prefix, limit: mostObjectsOfCall, ...(startAfter === '' ? {} : { startAfter }) }
  const page = await askStorage(() => backups.list({ ...options, include: ['customMetadata'] }))
  const objects = page.objects.map(({ key, size, customMetadata = {} }) => ({
    key,
    sizeBytes: size,
    metadata: customMetadata,
  }))
  return { objects, next: page.truncated ? objects.at(-1)?.key : undefined }
}

/** Deletes up to a thousand objects; those that do not exist are deleted already. */
export async function deleteBackupObjects(backups: R2Bucket, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await askStorage(() => backups.delete([...keys]))
}
