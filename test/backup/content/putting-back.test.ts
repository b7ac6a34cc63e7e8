/** Content comes back from a backup into a bucket that lost it. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { usualCopyLimits, type CopyLimits } from '../../../src/backup/content/copied.ts'
import { beginPuttingBack, putBackSlice, putBackSegment } from '../../../src/backup/content/putting-back.ts'
import { blobKey } from '../../../src/backup/keys.ts'
import { openDatabase } from '../../../src/db/database.ts'
import type { Digest } from '../../../src/names.ts'
import type { Send } from '../../support/client.ts'
import { contentOf, digestOf, pushBlob, type Bytes } from '../../support/content.ts'
import { faultyBucket } from '../../support/faults.ts'
import { pushInChunks } from '../support/chunks.ts'
import { clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'

const repository = 'acme/app'
const mebibyte = 1024 * 1024
let client: Send

beforeEach(async () => {
  client = await clientOf(repository)
})

/** More than one part. It is made fast, which bytes that look random are not. */
const large = (seed: number): Bytes => new Uint8Array(6 * mebibyte).fill(seed)

/** Parts of the smallest size that R2 takes. */
const smallLimits: CopyLimits = { ...usualCopyLimits, partBytes: 5 * mebibyte, bytesOfSlice: mebibyte, rowsOfPage: 3 }

const contextOf = (limits = smallLimits) => ({
  db: openDatabase(env.DB),
  bucket: env.BUCKET,
  backups: env.BACKUPS,
  limits,
})

async function putBack(context = contextOf()) {
  let slice = { progress: beginPuttingBack(), isDone: false }
  let slices = 0
  while (!slice.isDone) {
    slice = await putBackSlice(context, structuredClone(slice.progress))
    slices++
  }
  return { ...slice.progress, slices }
}

async function loseBucket(): Promise<void> {
  const { objects } = await env.BUCKET.list()
  await env.BUCKET.delete(objects.map(({ key }) => key))
}

/** The digest of what a pull brings: comparing bytes one by one takes long. */
async function pulled(digest: Digest | undefined): Promise<Digest> {
  const answer = await client('GET', `/v2/${repository}/blobs/${digest}`)
  return digestOf(new Uint8Array(await answer.arrayBuffer()))
}

/** Pushes blobs and copies them to the bucket of backups. */
async function blobsInBackup(contents: readonly Bytes[]): Promise<Digest[]> {
  const digests = []
  for (const content of contents) {
    const { digest } = await pushBlob(client, repository, content)
    await env.BACKUPS.put(blobKey(digest), content)
    digests.push(digest)
  }
  return digests
}

it('a lost bucket has all its bytes again: small blobs, one of several segments, and one of several parts', async () => {
  const contents = [...Array.from({ length: 7 }, (_, seed) => contentOf(1000, seed)), large(50), new Uint8Array()]
  const digests = await blobsInBackup(contents)
  const chunks = [contentOf(300_000, 91), contentOf(70_000, 92), contentOf(5, 93)]
  const joined = await pushInChunks(client, repository, chunks)
  await env.BACKUPS.put(blobKey(joined.digest), joined.content)
  await loseBucket()
  const done = await putBack()
  expect(done).toMatchObject({ segments: 11, missing: 0 })
  expect(done.slices).toBeGreaterThan(5)
  for (const digest of digests) expect(await pulled(digest)).toBe(digest)
  expect(await pulled(joined.digest)).toBe(joined.digest)
})

it('what the bucket has stays as it is, and an object of another size is replaced', async () => {
  const [kept, cut] = await blobsInBackup([contentOf(1000, 1), contentOf(2000, 2)])
  const keyOf = async (digest?: Digest) =>
    String((await rowsOf<{ key: string }>(`SELECT key FROM segments WHERE blob_digest = '${digest}'`))[0]?.key)
  await env.BUCKET.put(await keyOf(cut), 'short')
  const before = await env.BUCKET.head(await keyOf(kept))
  expect(await putBack()).toMatchObject({ segments: 1, bytes: 2000, missing: 0 })
  expect((await env.BUCKET.head(await keyOf(kept)))?.version).toBe(before?.version)
  expect((await env.BUCKET.head(await keyOf(cut)))?.size).toBe(2000)
})

it('a blob that the backup lacks, has shortened, or has with a flipped bit is missing, and is not served', async () => {
  const [gone, short, flipped, good] = await blobsInBackup([1, 2, 3, 4].map((seed) => contentOf(1000, seed)))
  if (gone === undefined || short === undefined || flipped === undefined) throw new Error('no blobs')
  await env.BACKUPS.delete(blobKey(gone))
  await env.BACKUPS.put(blobKey(short), contentOf(1000, 2).subarray(0, 999))
  const bytes = contentOf(1000, 3)
  bytes[500] = (bytes[500] ?? 0) ^ 1
  await env.BACKUPS.put(blobKey(flipped), bytes)
  await loseBucket()
  expect(await putBack()).toMatchObject({ segments: 1, missing: 3 })
  expect((await env.BUCKET.list()).objects).toHaveLength(1)
  expect(await pulled(good)).toBe(good)
})

it('a call that fails is repeated, and a slice that died is done again', async () => {
  const content = large(5)
  const [digest] = await blobsInBackup([content])
  await loseBucket()
  const { bucket } = faultyBucket({ call: 'uploadPart', message: 'internal error (10001)', times: 1 })
  const first = await putBackSlice(contextOf(), beginPuttingBack())
  // The answer to the last part is lost.
  await putBackSlice(contextOf(), structuredClone(first.progress))
  await env.BUCKET.delete((await env.BUCKET.list()).objects.map(({ key }) => key))
  const at = await putBackSlice({ ...contextOf(), bucket }, structuredClone(first.progress))
  // The upload of before is gone, and so is its object: it begins again.
  expect(at.progress.copying?.parts).toHaveLength(1)
  const last = await putBackSlice({ ...contextOf(), bucket }, structuredClone(at.progress))
  expect(last.progress).toMatchObject({ copying: null, segments: 1 })
  expect(await pulled(digest)).toBe(digest)
})

it('one segment is put back alone, a part a call', async () => {
  const content = large(6)
  const [digest] = await blobsInBackup([content])
  const [row] = await rowsOf<{ key: string }>(`SELECT key FROM segments WHERE blob_digest = '${digest}'`)
  if (digest === undefined || row === undefined) throw new Error('no segment')
  await loseBucket()
  const segment = { key: row.key, digest, offsetBytes: 0, sizeBytes: content.length, blobBytes: content.length }
  let state: Awaited<ReturnType<typeof putBackSegment>> = null
  let calls = 0
  do {
    state = await putBackSegment(contextOf(), segment, state)
    calls++
  } while (state !== null)
  expect(calls).toBe(2)
  expect(await pulled(digest)).toBe(digest)
})
