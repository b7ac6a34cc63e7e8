/**
 * Reads objects as R2 has them, independently of D1: for fsck, and for the proof of a backup. No other code may list the
 * bucket, since the cost grows with the number of objects.
 */
import { askStorage } from './transient-errors.ts'

export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
}

export interface ObjectsPage {
  readonly objects: readonly StoredObject[]
  /** More objects follow the last of these. */
  readonly isCut: boolean
}

/**
 * Lists objects in the order of their keys.
 *
 * @param after the key before the first one; empty for the beginning
 * @throws RegistryError `storage-unavailable`
 */
export async function listObjects(bucket: R2Bucket, after: string, limit: number): Promise<ObjectsPage> {
  const page = await askStorage(() => bucket.list({ limit, ...(after === '' ? {} : { startAfter: after }) }))
  return { objects: page.objects.map(({ key, size }) => ({ key, sizeBytes: size })), isCut: page.truncated }
}

/** Returns the size of an object; undefined if it does not exist. @throws RegistryError `storage-unavailable` */
export async function objectSize(bucket: R2Bucket, key: string): Promise<number | undefined> {
  return (await askStorage(() => bucket.head(key)))?.size
}

/**
 * Reads a whole object, of any size.
 *
 * @returns undefined if it does not exist
 * @throws RegistryError `storage-unavailable`
 */
export async function readObject(bucket: R2Bucket, key: string): Promise<ReadableStream | undefined> {
  return (await askStorage(() => bucket.get(key)))?.body
}
