/** What the bucket holds, for the audit: nothing else may list it, as that costs as much as there is. */

export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
}

export interface ObjectsPage {
  readonly objects: readonly StoredObject[]
  /** There are more behind the last of these. */
  readonly isCut: boolean
}

/** Objects in the order of their keys. @param after the key before the first of them; empty: from the beginning */
export async function listObjects(bucket: R2Bucket, after: string, limit: number): Promise<ObjectsPage> {
  const page = await bucket.list({ limit, ...(after === '' ? {} : { startAfter: after }) })
  return { objects: page.objects.map(({ key, size }) => ({ key, sizeBytes: size })), isCut: page.truncated }
}

/** @returns the size of the object; undefined if it does not exist */
export async function objectSize(bucket: R2Bucket, key: string): Promise<number | undefined> {
  return (await bucket.head(key))?.size
}
