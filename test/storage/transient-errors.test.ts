/** R2 that fails: what passes is tried again, and is never blamed on the client. */
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { partBytes } from '../../src/limits.ts'
import { BodyReader } from '../../src/storage/body.ts'
import { longestCallMilliseconds } from '../../src/storage/transient-errors.ts'
import { partBuffers } from '../../src/storage/part-buffers.ts'
import { readSegments } from '../../src/storage/reading.ts'
import { listObjects, objectSize } from '../../src/storage/objects.ts'
import { deleteObjects, longestDeletionMilliseconds, type StoredSegment } from '../../src/storage/segments.ts'
import { storeBody } from '../../src/storage/storing.ts'
import { sentBody } from '../support/bodies.ts'
import { contentOf, digestOf, type Bytes } from '../support/content.ts'
import { faultyBucket, type StorageCall } from '../support/faults.ts'
import { interceptedBucket } from '../support/intercepted-bucket.ts'
import { passingFaults } from '../support/passing-texts.ts'

const atZero = async (): Promise<number> => 0

async function store(bucket: R2Bucket, content: Bytes, announced: boolean): Promise<StoredSegment | undefined> {
  const { body } = new Response(content)
  if (body === null) throw new Error('a response without a body')
  return storeBody(bucket, sentBody(new BodyReader(body), announced ? content.length : undefined), atZero)
}

const large = partBytes + 1000
const repeated: readonly { call: StorageCall; sizeBytes: number }[] = [
  { call: 'put', sizeBytes: 1000 },
  { call: 'put', sizeBytes: 300_000 },
  { call: 'createMultipartUpload', sizeBytes: large },
  { call: 'uploadPart', sizeBytes: large },
  { call: 'complete', sizeBytes: large },
]

describe('a failed write of bytes in memory', () => {
  for (const message of passingFaults) {
    for (const { call, sizeBytes } of repeated) {
      it(`is done at the second try: ${call} of ${sizeBytes} bytes, "${message}"`, async () => {
        const { bucket, failed } = faultyBucket({ call, message, times: 1 })
        const content = contentOf(sizeBytes)
        const stored = await store(bucket, content, false)
        expect(failed()).toBe(1)
        expect(stored?.digest).toBe(await digestOf(content))
        const object = await env.BUCKET.get(stored?.key ?? '')
        expect(await digestOf(new Uint8Array((await object?.arrayBuffer()) ?? []))).toBe(stored?.digest)
      })
    }
  }

  it('is stored once if only the answer was lost', async () => {
    for (const call of ['put', 'uploadPart', 'complete'] as const) {
      const { bucket } = faultyBucket({ call, message: 'Network connection lost.', times: 1, when: 'afterwards' })
      const content = contentOf(call === 'put' ? 1000 : large)
      const stored = await store(bucket, content, false)
      const object = await env.BUCKET.head(stored?.key ?? '')
      expect(object?.size).toBe(content.length)
    }
  })

  it('is reported as a storage failure after three tries, and holds no buffer', async () => {
    for (const { call, sizeBytes } of repeated) {
      const { bucket, failed } = faultyBucket({ call, message: 'Service Unavailable (10043)', times: 9 })
      const refused = store(bucket, contentOf(sizeBytes), false)
      await expect(refused).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
      expect([call, failed()]).toEqual([call, 3])
      expect(partBuffers.inUse).toBe(0)
    }
  })

  it('is not retried when R2 refuses it', async () => {
    const { bucket, failed } = faultyBucket({ call: 'put', message: 'The object is too large (10045)', times: 9 })
    await expect(store(bucket, contentOf(1000), false)).rejects.toThrow('10045')
    expect(failed()).toBe(1)
  })
})

describe('a stream that R2 fails to store', () => {
  afterEach(() => vi.useRealTimers())

  for (const message of passingFaults) {
    for (const when of ['before', 'halfway'] as const) {
      it(`is the fault of the storage, at once: ${when}, "${message}"`, async () => {
        const { bucket } = faultyBucket({ call: 'put', message, times: 9, when })
        const refused = store(bucket, contentOf(3_000_000), true)
        await expect(refused).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
        await expect(refused).rejects.toHaveProperty('cause.message', `put: ${message}`)
      })
    }
  }

  it('is a storage failure when R2 takes all bytes and never answers', async () => {
    const taken = Promise.withResolvers<void>()
    const silent = new Proxy(env.BUCKET, {
      get: (bucket, name) => (name === 'put' ? takeInSilence : (Reflect.get(bucket, name) as unknown)),
    })
    const takeInSilence = async (_: string, stream: ReadableStream): Promise<never> => {
      await new Response(stream).arrayBuffer()
      taken.resolve()
      return new Promise<never>(() => undefined)
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const outcome = store(silent, contentOf(300_000), true).catch((error: unknown) => error)
    await taken.promise
    await scheduler.wait(20)
    await vi.advanceTimersByTimeAsync(longestCallMilliseconds)
    expect(await outcome).toMatchObject({ failure: { kind: 'storage-unavailable' } })
  })

  it('is the fault of a sender that disconnects', async () => {
    for (const announced of [300_000, undefined]) {
      const { readable, writable } = new IdentityTransformStream()
      const writer = writable.getWriter()
      const stored = storeBody(env.BUCKET, sentBody(new BodyReader(readable), announced), atZero)
      const outcome = stored.catch((error: unknown) => error)
      await writer.write(contentOf(200_000))
      await writer.abort(new Error('the connection broke'))
      expect(await outcome).toMatchObject({ failure: { kind: 'body-interrupted' } })
    }
    expect((await env.BUCKET.list()).objects).toEqual([])
  })
})

describe('a call that looks at objects or deletes them', () => {
  const key = 'segments/one'
  const calls: readonly { call: StorageCall; ask: (bucket: R2Bucket) => Promise<unknown>; answer: unknown }[] = [
    {
      call: 'list',
      ask: (bucket) => listObjects(bucket, '', 10),
      answer: { objects: [{ key, sizeBytes: 3 }], isCut: false },
    },
    { call: 'head', ask: (bucket) => objectSize(bucket, key), answer: 3 },
    { call: 'delete', ask: (bucket) => deleteObjects(bucket, [{ key, multipartId: undefined }]), answer: [key] },
  ]

  for (const { call, ask, answer } of calls) {
    it.each(passingFaults)(`is done at the third try: ${call}, "%s"`, async (message) => {
      await env.BUCKET.put(key, 'abc')
      const { bucket, failed } = faultyBucket({ call, message, times: 2 })
      expect([await ask(bucket), failed()]).toEqual([answer, 2])
    })

    it(`is a storage failure after three tries: ${call}`, async () => {
      const { bucket, failed } = faultyBucket({ call, message: 'Unspecified error (0)', times: 9 })
      await expect(ask(bucket)).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
      expect(failed()).toBe(3)
    })
  }

  afterEach(() => vi.useRealTimers())

  it('is a storage failure when a deletion is not answered, before the lease of a job ends', async () => {
    const silent = interceptedBucket(() => new Promise<never>(() => undefined), env.BUCKET)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const outcome = deleteObjects(silent, [{ key, multipartId: undefined }]).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(longestDeletionMilliseconds)
    expect(await outcome).toMatchObject({ failure: { kind: 'storage-unavailable' } })
  })
})

describe('a read that R2 fails', () => {
  it('is retried, and is a storage failure after three tries', async () => {
    const content = contentOf(1000)
    const stored = await store(env.BUCKET, content, true)
    const segments = stored === undefined ? [] : [stored]
    for (const times of [1, 2, 3]) {
      const { bucket } = faultyBucket({ call: 'get', message: 'Network connection lost.', times })
      const reading = readSegments(bucket, segments, 0, 1000, () => undefined)
      if (times === 3) await expect(reading).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
      else expect(new Uint8Array(await new Response(await reading).arrayBuffer())).toEqual(content)
    }
  })
})
