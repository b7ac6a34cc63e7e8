/** A bucket through the S3 protocol does what R2's does, against a server that checks each signature. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BackupBucket } from '../../../src/storage/backups.ts'
import { openS3Bucket } from '../../../src/storage/s3/bucket.ts'
import { isBeyondEnd, isOtherContent, isUnknownMultipart } from '../../../src/storage/transient-errors.ts'
import { toHex } from '../../../src/util/hex.ts'
import { contentOf } from '../../support/content.ts'
import { emptyS3Bucket, targetOfTests } from '../../support/s3-bucket.ts'

let s3: BackupBucket

beforeEach(async () => {
  s3 = await emptyS3Bucket()
})

/** Both do the same, but for what S3 does not tell. */
const buckets: Readonly<Record<string, () => BackupBucket>> = {
  'the bucket of R2': () => env.BACKUPS,
  'the bucket of S3': () => s3,
}

const sha256Of = async (bytes: Uint8Array): Promise<string> => toHex(await crypto.subtle.digest('SHA-256', bytes))

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream {
  const { readable, writable } = new FixedLengthStream(bytes.length)
  void new Blob([bytes]).stream().pipeTo(writable)
  return readable
}

const bytesOf = async (bucket: BackupBucket, key: string): Promise<Uint8Array> =>
  new Uint8Array(await new Response((await bucket.get(key))?.body).arrayBuffer())

describe.each(Object.keys(buckets))('%s', (name) => {
  const bucket = (): BackupBucket => {
    const open = buckets[name]
    if (open === undefined) throw new Error(name)
    return open()
  }

  it('gives back what it was given: bytes, texts, streams and nothing', async () => {
    const bytes = contentOf(300_000)
    await bucket().put('bytes', bytes)
    await bucket().put('text', 'äöü & <more>')
    await bucket().put('stream', streamOf(bytes))
    await bucket().put('nothing', '')
    expect(await bytesOf(bucket(), 'bytes')).toEqual(bytes)
    expect(await bytesOf(bucket(), 'stream')).toEqual(bytes)
    expect(await (await bucket().get('text'))?.text()).toBe('äöü & <more>')
    expect(await (await bucket().get('nothing'))?.text()).toBe('')
    expect((await bucket().head('nothing'))?.size).toBe(0)
  })

  it('has nothing under a key that was never stored', async () => {
    expect(await bucket().head('none')).toBeNull()
    expect(await bucket().get('none')).toBeNull()
    expect(await bucket().get('none', { range: { offset: 1, length: 1 } })).toBeNull()
  })

  it('keeps metadata, which HEAD and GET tell', async () => {
    const customMetadata = { sha256: 'a'.repeat(64), finding: `it's <odd> & "long": ${'x'.repeat(300)}` }
    await bucket().put('described', 'text', { customMetadata })
    expect((await bucket().head('described'))?.customMetadata).toEqual(customMetadata)
    const found = await bucket().get('described')
    expect(found?.customMetadata).toEqual(customMetadata)
    await found?.body.cancel()
  })

  it('reads a range, and tells the size of the whole', async () => {
    await bucket().put('bytes', contentOf(1000))
    const found = await bucket().get('bytes', { range: { offset: 10, length: 5 } })
    expect(found?.size).toBe(1000)
    expect(new Uint8Array(await new Response(found?.body).arrayBuffer())).toEqual(contentOf(1000).slice(10, 15))
    const beyond = bucket().get('bytes', { range: { offset: 2000, length: 1 } })
    await expect(beyond).rejects.toSatisfy(isBeyondEnd)
  })

  it('lists in the order of the keys, a page at a time', async () => {
    const keys = ['a/1', 'a/2 + 3', 'a/<&>', "a/it's(!)*", 'a/z~', 'b/1']
    for (const key of keys) await bucket().put(key, key)
    const all = await bucket().list({ prefix: 'a/', limit: 1000 })
    expect(all.objects.map(({ key }) => key)).toEqual(keys.slice(0, 5).sort())
    expect(all.truncated).toBe(false)
    expect(all.objects.map(({ size }) => size)).toEqual(
      keys
        .slice(0, 5)
        .sort()
        .map((key) => key.length),
    )
    const first = await bucket().list({ prefix: 'a/', limit: 2 })
    expect([first.objects.length, first.truncated]).toEqual([2, true])
    const rest = await bucket().list({ prefix: 'a/', limit: 1000, startAfter: first.objects[1]?.key ?? '' })
    expect([...first.objects, ...rest.objects].map(({ key }) => key)).toEqual(all.objects.map(({ key }) => key))
    expect(await bucket().list({ prefix: 'c', limit: 5 })).toMatchObject({ objects: [], truncated: false })
    for (const key of keys) expect(await (await bucket().get(key))?.text()).toBe(key)
  })

  it('deletes many at once, also such that do not exist', async () => {
    for (const key of ['a', 'b & c', 'd']) await bucket().put(key, key)
    await bucket().delete(['a', 'b & c', 'none'])
    expect((await bucket().list({ prefix: '', limit: 9 })).objects.map(({ key }) => key)).toEqual(['d'])
  })

  it('refuses bytes with another hash than the call says', async () => {
    const bytes = contentOf(1000)
    await bucket().put('right', streamOf(bytes), { sha256: await sha256Of(bytes) })
    const wrong = bucket().put('wrong', streamOf(bytes), { sha256: 'a'.repeat(64) })
    await expect(wrong).rejects.toSatisfy(isOtherContent)
    expect([(await bucket().head('right'))?.size, await bucket().head('wrong')]).toEqual([1000, null])
  })

  it('joins the parts of a large object, and does not know the upload afterwards', async () => {
    const [one, two] = [contentOf(5 * 1024 * 1024), contentOf(1000, 2)]
    const { uploadId } = await bucket().createMultipartUpload('large')
    const upload = bucket().resumeMultipartUpload('large', uploadId)
    const parts = [await upload.uploadPart(1, streamOf(one)), await upload.uploadPart(2, two)]
    await upload.complete(parts)
    expect((await bucket().head('large'))?.size).toBe(one.length + two.length)
    expect(await sha256Of(await bytesOf(bucket(), 'large'))).toBe(await sha256Of(new Uint8Array([...one, ...two])))
    await expect(upload.complete(parts)).rejects.toSatisfy(isUnknownMultipart)
  })
})

it('names are in lower case, and an empty value is none', async () => {
  await s3.put('described', '', { customMetadata: { createdAt: '1', finding: '' } })
  expect((await s3.head('described'))?.customMetadata).toEqual({ createdat: '1' })
})

it.each([
  ['another access key', { accessKeyId: 'another' }, /does not know the access key: set BACKUP_S3_ACCESS_KEY_ID/],
  ['another secret', { secretAccessKey: 'another' }, /secret does not belong to the access key: set BACKUP_S3/],
  ['another bucket', { bucket: 'another' }, /no such bucket: make it at the provider, or correct BACKUP_S3_BUCKET/],
])('%s is refused with a sentence that says what to do', async (_, changes, sentence) => {
  const wrong = openS3Bucket(targetOfTests(changes))
  for (const call of [
    () => wrong.list({ prefix: '', limit: 1 }),
    () => wrong.get('key'),
    () => wrong.put('key', 'text'),
    () => wrong.delete(['key']),
    () => wrong.createMultipartUpload('key'),
  ]) {
    const error = await call().catch((caught: unknown) => caught)
    expect(String(error)).toMatch(sentence)
    expect(JSON.stringify(error) + String(error)).not.toContain('another')
  }
})
