/**
 * Copies an object from one bucket to another, a bounded part a call. The platform moves the bytes: they pass through no
 * JavaScript, and memory does not grow with the object.
 */
import { askStorage, ContentLost, isUnknownMultipart } from './transient-errors.ts'
import type { Opening } from './reading.ts'
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
  /** Returns the pieces of the bytes `start` to `end` (exclusive). They are opened again if the bucket fails. */
  readonly pieces: (start: number, end: number) => readonly Opening[]
  /** The bucket refuses other bytes, if they are one part. */
  readonly sha256?: string | undefined
}

/**
 * Copies the next part. A part that was copied before is copied again, so a call whose answer was lost can be repeated.
 *
 * @returns what is done; undefined once the object is whole
 * @throws ContentLost if the source does not have it; RegistryError `storage-unavailable`
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
  { pieces }: Copy,
  start: number,
  end: number,
  store: (content: StoredContent) => Promise<Result>,
): Promise<Result> {
  if (start === end) return askStorage(() => store(''))
  return askStorage(async () => {
    const [first, ...others] = pieces(start, end)
    // Before the bucket is asked to take what may be lost.
    const source = await first?.()
    const { readable, writable } = new FixedLengthStream(end - start)
    const giveUp = new AbortController()
    const [stored, sent] = await Promise.allSettled([
      store(readable).catch((error: unknown) => {
        // A bucket that failed need not have read the stream to its end.
        giveUp.abort(error)
        throw error
      }),
      join(source, others, writable, giveUp.signal),
    ])
    // When one fails the other does. What the bucket says tells more, unless the source has no such bytes.
    if (sent.status === 'rejected' && sent.reason instanceof ContentLost) throw sent.reason
    if (stored.status === 'rejected') throw stored.reason
    if (sent.status === 'rejected') throw sent.reason
    return stored.value
  })
}

async function join(
  first: ReadableStream | undefined,
  others: readonly Opening[],
  writable: WritableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const options = { signal, preventClose: true, preventAbort: true }
    await first?.pipeTo(writable, options)
    for (const open of others) await (await open()).pipeTo(writable, options)
    await writable.close()
  } catch (error) {
    await writable.abort(error).catch(() => undefined)
    throw error
  }
}
