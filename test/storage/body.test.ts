import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { longestDrainMilliseconds, mostDrainedBytes } from '../../src/limits.ts'
import { BodyReader, leadBytes } from '../../src/storage/body.ts'
import { partBuffers } from '../../src/storage/part-buffers.ts'
import { storeBody } from '../../src/storage/storing.ts'
import { asFailure } from '../../src/storage/transient-errors.ts'
import { sentBody } from '../support/bodies.ts'
import { contentOf } from '../support/content.ts'

const quick = { stallMilliseconds: 50 }
const atZero = async (): Promise<number> => 0

/** A sender that sends so much and then falls silent. */
function silentAfter(sizeBytes: number): { body: BodyReader; sender: WritableStreamDefaultWriter<Uint8Array> } {
  const { readable, writable } = new IdentityTransformStream()
  const sender: WritableStreamDefaultWriter<Uint8Array> = writable.getWriter()
  sender.write(contentOf(sizeBytes)).catch(() => undefined)
  return { body: new BodyReader(readable, quick), sender }
}

describe('a body that stalls', () => {
  for (const announced of [10_000_000, 60_000, undefined]) {
    for (const sizeBytes of [1, 100_000]) {
      if (announced !== undefined && sizeBytes > announced) continue
      it(`ends after ${sizeBytes} bytes of ${announced ?? 'unknown'}, and holds no buffer`, async () => {
        const { body, sender } = silentAfter(sizeBytes)
        const stored = storeBody(env.BUCKET, sentBody(body, announced), atZero)
        await expect(stored).rejects.toMatchObject({ failure: { kind: 'body-stalled' } })
        expect(partBuffers.inUse).toBe(0)
        await expect(sender.write(contentOf(1))).rejects.toThrow()
        expect((await env.BUCKET.list()).objects).toEqual([])
      })
    }
  }

  it('is the fault of what sends it, which may be a bucket', async () => {
    const { readable } = new IdentityTransformStream()
    const body = new BodyReader(readable, { ...quick, interrupted: asFailure })
    await expect(body.all(10)).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
    expect(body.failure).toMatchObject({ failure: { kind: 'storage-unavailable' } })
  })

  it('takes no part buffer before more than 64 KiB have arrived, so that silent senders block no other upload', async () => {
    const stalled = Array.from({ length: 16 }, () => silentAfter(1))
    const stalling = stalled.map(({ body }) =>
      storeBody(env.BUCKET, sentBody(body, undefined), atZero).catch((error: unknown) => error),
    )
    await scheduler.wait(10)
    expect(partBuffers.inUse).toBe(0)
    for (const outcome of await Promise.all(stalling)) {
      expect(outcome).toMatchObject({ failure: { kind: 'body-stalled' } })
    }
  })
})

describe('reading all of a body', () => {
  it('returns the bytes that arrive, up to one more than the limit', async () => {
    for (const [sizeBytes, limit, expected] of [
      [0, 10, 0],
      [10, 10, 10],
      [11, 10, 11],
      [500_000, 10, 11],
      [500_000, 500_000, 500_000],
      [500_000, 400_000, 400_001],
      // The buffer grows to exactly the limit.
      [4 * leadBytes + 1, 4 * leadBytes, 4 * leadBytes + 1],
    ] as const) {
      const content = contentOf(sizeBytes)
      const { body } = new Response(content)
      const read = body === null ? new Uint8Array() : await new BodyReader(body).all(limit)
      expect(read).toEqual(content.subarray(0, expected))
    }
  })
})

describe('draining a body', () => {
  it('lets its sender write to the end', async () => {
    const { readable, writable } = new IdentityTransformStream()
    const writer = writable.getWriter()
    const sending = writer.write(contentOf(300_000)).then(() => writer.close())
    const body = new BodyReader(readable, quick)
    await body.read(new Uint8Array(1000))
    await body.drain()
    await sending
  })

  it('waits for a read in progress, and drops the bytes after it', async () => {
    const { readable, writable } = new IdentityTransformStream()
    const writer = writable.getWriter()
    const body = new BodyReader(readable)
    const reading = body.read(new Uint8Array(1_000_000))
    const sending = Promise.all([1, 2, 3].map(() => writer.write(contentOf(200_000)))).then(() => writer.close())
    await body.drain()
    await sending
    expect((await reading).length).toBeLessThan(600_000)
  })
})

describe('what is left of a body', () => {
  it('is dropped up to a bound, however much there is', async () => {
    let sentBytes = 0
    const endless = new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        // A timer must get its turn, should this be read for ever.
        await scheduler.wait(1)
        const piece = new Uint8Array(leadBytes)
        sentBytes += piece.length
        controller.enqueue(piece)
      },
    })
    await new BodyReader(endless).drain()
    expect(sentBytes).toBeGreaterThanOrEqual(mostDrainedBytes)
    expect(sentBytes).toBeLessThan(2 * mostDrainedBytes)
  })

  it('is waited for no longer than a bound, however patient its reader is', async () => {
    const begun = Date.now()
    const silent = new ReadableStream({ type: 'bytes', pull: () => new Promise<void>(() => undefined) })
    await new BodyReader(silent, { stallMilliseconds: 4 * longestDrainMilliseconds }).drain()
    expect(Date.now() - begun).toBeLessThan(3 * longestDrainMilliseconds)
  })
})
