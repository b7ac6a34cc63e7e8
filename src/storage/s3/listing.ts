/** Lists objects: ListObjectsV2 of S3. */
import type { BackupBucket, DescribedObject } from '../backups.ts'
import { notS3 } from './refusals.ts'
import type { S3Requests } from './requests.ts'
import { elementsOf, textOf } from './xml.ts'

type Listing = BackupBucket['list']

/** A page may be empty and not the last one, as where many objects were deleted just now. */
const mostEmptyPages = 100

/** Lists a page in the order of the keys. @throws as `S3Requests.send` */
export async function listObjects(
  requests: S3Requests,
  { prefix, limit, startAfter }: Parameters<Listing>[0],
): ReturnType<Listing> {
  let token: string | undefined
  for (let page = 0; page < mostEmptyPages; page++) {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      'max-keys': String(limit),
      prefix,
      ...(token !== undefined && { 'continuation-token': token }),
      ...(token === undefined && startAfter !== undefined && { 'start-after': startAfter }),
    }
    const answer = await requests.ask({ method: 'GET', query }, 'ListBucketResult')
    const objects = objectsIn(answer)
    const truncated = textOf(answer, 'IsTruncated') === 'true'
    if (!isSorted(objects, startAfter)) throw notS3(200)
    if (objects.length > 0 || !truncated) return { objects, truncated }
    token = textOf(answer, 'NextContinuationToken')
    if (token === undefined) throw notS3(200)
  }
  throw notS3(200)
}

function objectsIn(answer: string): readonly DescribedObject[] {
  // What does not know the encoding does not name it, and writes keys as they are.
  const decode = textOf(answer, 'EncodingType') === 'url' ? decodedKey : (key: string) => key
  return elementsOf(answer, 'Contents').map((one) => {
    const [key, size, etag] = [textOf(one, 'Key'), textOf(one, 'Size'), textOf(one, 'ETag')]
    if (key === undefined || size === undefined || !/^\d+$/.test(size)) throw notS3(200)
    return { key: decode(key), size: Number(size), etag }
  })
}

/** Reads a key that is encoded. Some providers write a space as "+", which itself is "%2B". */
function decodedKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    throw notS3(200)
  }
}

/** Tells whether keys are in order, as what deletes and compares them relies on. */
const isSorted = (objects: readonly DescribedObject[], startAfter = ''): boolean =>
  objects.every(({ key }, at) => key > (objects[at - 1]?.key ?? startAfter))
