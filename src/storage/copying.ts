/**
 * Copies an object from one bucket to another, a bounded part a call. The platform moves the bytes: they pass through no
 * JavaScript, and memory does not grow with the object.
 */
import { askStorage, isUnknownMultipart } from './transient-errors.ts'
import type { BackupBucket, StoredContent, UploadedPart } from './backups.ts'

/** How far the copy of a large object is. */
export interface CopyState {
  readonly uploadId: string
  readonly parts: readonly UploadedPart[]
}

export interface Copy {
  /** The key in the bucket that gets it. */
  readonly key: string
  readonly sizeBytes: number
  /** Opens the bytes `start` to `end` (exclusive); called again if the bucket fails. */
  readonly open: (start: number, end: number) => Promise<ReadableStream>
  /** The bucket refuses other bytes, if they are one part. */
  readonly sha256?: string | undefined
}

/**
 * Copies the next part. A part that was copied before is copied again, so a call whose answer was lost can be repeated.
 *
 * @returns what is done; undefined once the object is whole
 * @throws what `open` throws; RegistryError `storage-unavailable`
 */
export async function copyPart(
  bucket: BackupBucket,
  copy: Copy,
  at: CopyState | undefined,
  partBytes: number,
): Promise<CopyState | undefined> {
  const { key, sizeBytes, sha256 } = copy
  if (sizeBytes <= partBytes) {
    const options = sha256 === undefined ? {} : { sha256 }
    await send(copy, 0, sizeBytes, (content) => bucket.put(key, content, options))
    return undefined
  }
  const upload =
    at === undefined
      ? await askStorage(() => bucket.createMultipartUpload(key))
      : bucket.resumeMultipartUpload(key, at.uploadId)
  const before = at?.parts ?? []
  try {
    const start = before.length * partBytes
    const end = Math.min(start + partBytes, sizeBytes)
    const part = await send(copy, start, end, (content) => upload.uploadPart(before.length + 1, content))
    const { partNumber, etag } = part
    const parts = [...before, { partNumber, etag }]
    if (end < sizeBytes) return { uploadId: upload.uploadId, parts }
    await askStorage(() => upload.complete([...parts]))
    return undefined
  } catch (error) {
    if (!isUnknownMultipart(error)) throw error
    // It was completed and the answer was lost, or the bucket gave it up: then it begins again.
    const found = await askStorage(() => bucket.head(key))
    return found?.size === sizeBytes ? undefined : copyPart(bucket, copy, undefined, partBytes)
  }
}

async function send<Result>(
  { open }: Copy,
  start: number,
  end: number,
  store: (content: StoredContent) => Promise<Result>,
): Promise<Result> {
  return askStorage(async () => {
    if (start === end) return store('')
    const source = await open(start, end)
    const { readable, writable } = new FixedLengthStream(end - start)
    const [stored, sent] = await Promise.allSettled([store(readable), source.pipeTo(writable)])
    // When one fails the other does, and what the bucket says tells more.
    if (stored.status === 'rejected') throw stored.reason
    if (sent.status === 'rejected') throw sent.reason
    return stored.value
  })
}
