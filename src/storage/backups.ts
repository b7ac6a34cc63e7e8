/** The bucket of backups (`BACKUPS`), which has no content of images. A capability says what its objects are called. */
import { mapInParallel } from '../util/parallel.ts'
import { askStorage, ContentLost, isBeyondEnd } from './transient-errors.ts'

/** By names in lower case, as other providers give them. */
export type BackupMetadata = Readonly<Record<string, string>>

/** An object as a bucket describes it. */
export interface DescribedObject {
  readonly key: string
  readonly size: number
  /** Changes with the bytes. */
  readonly etag?: string | undefined
  /** A listing may lack it: only R2 lists metadata. */
  readonly customMetadata?: BackupMetadata
}

/** An object with its bytes. */
export interface OpenedObject extends DescribedObject {
  readonly body: ReadableStream
  text(): Promise<string>
}

/** A stream has a known length: its bytes come from a bucket, or through a `FixedLengthStream`. */
export type StoredContent = ReadableStream | Uint8Array<ArrayBuffer> | string

export interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
}

export interface BackupUpload {
  readonly uploadId: string
  uploadPart(partNumber: number, content: StoredContent): Promise<UploadedPart>
  complete(parts: UploadedPart[]): Promise<unknown>
}

/** What backups use of a bucket: an R2 bucket is one as it is, and `s3/` makes one of a bucket of another provider. */
export interface BackupBucket {
  /** The bytes of a part of a large object; undefined where R2 is near and takes any part in time. */
  readonly partBytes?: number
  head(key: string): Promise<DescribedObject | null>
  get(key: string, options?: { range?: { offset: number; length: number } }): Promise<OpenedObject | null>
  /** Stores an object, or replaces it. With `sha256` the bucket refuses other bytes. */
  put(
    key: string,
    content: StoredContent,
    options?: { customMetadata?: Record<string, string>; sha256?: string },
  ): Promise<unknown>
  /** Lists in the order of the keys. */
  list(options: {
    prefix: string
    limit: number
    startAfter?: string
    include?: 'customMetadata'[]
  }): Promise<{ readonly objects: readonly DescribedObject[]; readonly truncated: boolean }>
  /** Deletes up to a thousand objects. */
  delete(keys: string[]): Promise<void>
  createMultipartUpload(key: string): Promise<BackupUpload>
  resumeMultipartUpload(key: string, uploadId: string): BackupUpload
}

/** An object of a list. */
export interface ListedBackupObject {
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string | undefined
  /** Undefined where the list of the bucket has none. */
  readonly metadata: BackupMetadata | undefined
}

export interface BackupObject extends Pick<ListedBackupObject, 'key' | 'sizeBytes'> {
  readonly metadata: BackupMetadata
}

const inLowerCase = (metadata: BackupMetadata): BackupMetadata =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]))

/** Returns the bytes of a part of a large object. @param usual where the bucket wants no other */
export const partBytesOf = ({ partBytes }: BackupBucket, usual: number): number => partBytes ?? usual

/** R2 lists and deletes so many objects with one call. */
export const mostObjectsOfCall = 1000

/** Stores an object, or replaces it. @throws RegistryError `storage-unavailable` */
export async function putBackupObject(
  backups: BackupBucket,
  key: string,
  content: Uint8Array<ArrayBuffer> | string,
  metadata: BackupMetadata = {},
): Promise<void> {
  await askStorage(() => backups.put(key, content, { customMetadata: { ...metadata } }))
}

/**
 * Stores texts as one object of a size that is known, with spaces at its end. The texts may be read several times.
 *
 * @returns false if they are longer, and then nothing is stored
 * @throws RegistryError `storage-unavailable`
 */
export async function putBackupStream(
  backups: BackupBucket,
  key: string,
  sizeBytes: number,
  texts: () => AsyncIterable<string>,
): Promise<boolean> {
  return askStorage(async () => {
    const { readable, writable } = new FixedLengthStream(sizeBytes)
    const writer = writable.getWriter()
    let left = sizeBytes
    const write = async (): Promise<void> => {
      for await (const text of texts()) {
        const bytes = new TextEncoder().encode(text)
        left -= bytes.length
        if (left < 0) return writer.abort(new Error('the texts are longer than they were'))
        await writer.write(bytes)
      }
      await writer.write(new TextEncoder().encode(' '.repeat(left)))
      await writer.close()
    }
    const [stored, written] = await Promise.allSettled([backups.put(key, readable), write()])
    if (left < 0) return false
    if (stored.status === 'rejected') throw stored.reason
    if (written.status === 'rejected') throw written.reason
    return true
  })
}

/** Describes an object; undefined if it does not exist. @throws RegistryError `storage-unavailable` */
export async function headBackupObject(backups: BackupBucket, key: string): Promise<BackupObject | undefined> {
  const found = await askStorage(() => backups.head(key))
  return found === null ? undefined : { key, sizeBytes: found.size, metadata: inLowerCase(found.customMetadata ?? {}) }
}

/** Reads a text; undefined if it does not exist. @throws RegistryError `storage-unavailable` */
export async function readBackupText(backups: BackupBucket, key: string): Promise<string | undefined> {
  return askStorage(async () => (await backups.get(key))?.text())
}

/**
 * Reads an object of a known size into memory.
 *
 * @returns undefined if it does not exist, and its size if that is another one
 * @throws RegistryError `storage-unavailable`
 */
export async function readBackupBytes(
  backups: BackupBucket,
  key: string,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer> | number | undefined> {
  return askStorage(async () => {
    const found = await backups.get(key)
    if (found === null) return undefined
    if (found.size === sizeBytes) return new Uint8Array(await new Response(found.body).arrayBuffer())
    await found.body.cancel()
    return found.size
  })
}

/**
 * Reads a small object.
 *
 * @returns undefined if it does not exist, or is longer than it may be
 * @throws RegistryError `storage-unavailable`
 */
export async function readBackupObject(
  backups: BackupBucket,
  key: string,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return askStorage(async () => {
    const found = await backups.get(key)
    if (found === null) return undefined
    if (found.size <= mostBytes) return new Uint8Array(await new Response(found.body).arrayBuffer())
    await found.body.cancel()
    return undefined
  })
}

/**
 * Opens an object as a stream.
 *
 * @param offset the bytes to leave out
 * @returns undefined if it does not exist, or has no byte there
 * @throws RegistryError `storage-unavailable`
 */
export async function openBackupObject(
  backups: BackupBucket,
  key: string,
  offset: number,
): Promise<{ readonly body: ReadableStream; readonly bytes: number } | undefined> {
  return askStorage(async () => {
    if (offset === 0) {
      const whole = await backups.get(key)
      return whole === null ? undefined : { body: whole.body, bytes: whole.size }
    }
    const described = await backups.head(key)
    if (described === null || described.size <= offset) return undefined
    const length = described.size - offset
    const rest = await backups.get(key, { range: { offset, length } })
    return rest === null ? undefined : { body: rest.body, bytes: length }
  })
}

/** Lists the objects with a prefix in the order of their keys, each page with one call. */
export async function* backupObjects(
  backups: BackupBucket,
  prefix: string,
): AsyncGenerator<readonly ListedBackupObject[]> {
  let startAfter: string | undefined = ''
  while (startAfter !== undefined) {
    const page = await listBackupObjects(backups, prefix, startAfter)
    yield page.objects
    startAfter = page.next
  }
}

/** Lists a page of objects. @param startAfter empty for the first page */
export async function listBackupObjects(
  backups: BackupBucket,
  prefix: string,
  startAfter: string,
): Promise<{ readonly objects: readonly ListedBackupObject[]; readonly next: string | undefined }> {
  const options = { prefix, limit: mostObjectsOfCall, ...(startAfter === '' ? {} : { startAfter }) }
  const page = await askStorage(() => backups.list({ ...options, include: ['customMetadata'] }))
  const objects = page.objects.map(({ key, size, etag, customMetadata }) => ({
    key,
    sizeBytes: size,
    etag,
    metadata: customMetadata === undefined ? undefined : inLowerCase(customMetadata),
  }))
  return { objects, next: page.truncated ? objects.at(-1)?.key : undefined }
}

/** A connection of a request at once; R2 allows six. */
const headsAtOnce = 6

/** What an isolate knows of objects whose list has no metadata, by key and etag: each would be asked for with each list. */
const knownMetadata = new WeakMap<BackupBucket, Map<string, BackupMetadata>>()
const mostKnown = 2000

/**
 * Describes objects of a list, and asks for the metadata that it lacks. What was deleted meanwhile is left out.
 *
 * @throws RegistryError `storage-unavailable`
 */
export async function describeBackupObjects(
  backups: BackupBucket,
  listed: readonly ListedBackupObject[],
): Promise<readonly BackupObject[]> {
  const known = knownMetadata.get(backups) ?? new Map<string, BackupMetadata>()
  knownMetadata.set(backups, known)
  const described = await mapInParallel(listed, headsAtOnce, async ({ key, sizeBytes, etag, metadata }) => {
    const name = `${key} ${etag ?? ''}`
    const before = metadata ?? (etag === undefined ? undefined : known.get(name))
    if (before !== undefined) return { key, sizeBytes, metadata: before }
    const found = await headBackupObject(backups, key)
    if (found === undefined) return undefined
    if (known.size >= mostKnown) known.clear()
    known.set(name, found.metadata)
    return found
  })
  return described.filter((one) => one !== undefined)
}

/** Deletes up to a thousand objects; those that do not exist are deleted already. */
export async function deleteBackupObjects(backups: BackupBucket, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await askStorage(() => backups.delete([...keys]))
}

/** The bucket of backups does not have an object, or has it with another size. */
export class BackupObjectLost extends ContentLost {
  override readonly name = 'BackupObjectLost'

  constructor(readonly key: string) {
    super(`the bucket of backups does not have the object ${key} whole`)
  }
}

/**
 * Opens a range of an object.
 *
 * @param sizeBytes of the whole object
 * @throws BackupObjectLost; RegistryError `storage-unavailable`
 */
export async function openBackupRange(
  backups: BackupBucket,
  key: string,
  sizeBytes: number,
  range: { readonly offset: number; readonly length: number },
): Promise<ReadableStream> {
  const object = await askStorage(() => backups.get(key, { range: { ...range } })).catch((error: unknown) => {
    if (isBeyondEnd(error)) throw new BackupObjectLost(key)
    throw error
  })
  if (object?.size === sizeBytes) return object.body
  await object?.body.cancel()
  throw new BackupObjectLost(key)
}
