import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { largestPutBytes, partBytes } from '../../src/limits.ts'
import { BodyReader } from '../../src/storage/body.ts'
import { StreamHash } from '../../src/storage/hash.ts'
import type { SegmentName } from '../../src/storage/segments.ts'
import { putStream, storeBody } from '../../src/storage/storing.ts'
import { sentBody } from '../support/bodies.ts'
import { contentOf, digestOf, type Bytes } from '../support/content.ts'

function bodyOf(content: Bytes): BodyReader {
  const { body } = new Response(content)
  if (body === null) throw new Error('a response without a body')
  return new BodyReader(body)
}

const atZero = async (): Promise<number> => 0

describe('storing a body', () => {
  const sizes = [1, 65_535, 65_536, 65_537, 131_072, 300_000, partBytes - 1, partBytes, partBytes + 1, 2 * partBytes]
  for (const sizeBytes of [...sizes, 3 * partBytes + 7]) {
    for (const announced of [true, false]) {
      it(`keeps and hashes ${sizeBytes} bytes of ${announced ? 'announced' : 'unknown'} length`, async () => {
        const content = contentOf(sizeBytes)
        const stored = await storeBody(env.BUCKET, sentBody(bodyOf(content), announced ? sizeBytes : undefined), atZero)
        expect(stored).toMatchObject({ offsetBytes: 0, sizeBytes, digest: await digestOf(content) })
        const object = await env.BUCKET.get(stored?.key ?? '')
        expect(await digestOf(new Uint8Array((await object?.arrayBuffer()) ?? []))).toBe(stored?.digest)
      })
    }
  }

  it('puts nothing into R2 before the segment has a row', async () => {
    for (const announced of [true, false]) {
      for (const sizeBytes of [10, 100_000, 2 * partBytes]) {
        const length = announced ? sizeBytes : undefined
        const refused = storeBody(env.BUCKET, sentBody(bodyOf(contentOf(sizeBytes)), length), async ({ key }) => {
          expect(await env.BUCKET.head(key)).toBeNull()
          throw new Error('refused')
        })
        await expect(refused).rejects.toThrow('refused')
      }
    }
    expect((await env.BUCKET.list()).objects).toEqual([])
  })

  it('stores the digest of a small segment in R2', async () => {
    const stored = await storeBody(env.BUCKET, sentBody(bodyOf(contentOf(1000)), 1000), atZero)
    const object = await env.BUCKET.head(stored?.key ?? '')
    expect(`sha256:${object?.checksums.toJSON().sha256}`).toBe(stored?.digest)
  })

  it('stores a body that is too long for one put in parts', async () => {
    const content = contentOf(partBytes + 1)
    const stored = await storeBody(env.BUCKET, sentBody(bodyOf(content), largestPutBytes + 1), atZero)
    expect(stored).toMatchObject({ sizeBytes: content.length, digest: await digestOf(content) })
    // R2 marks what was stored in parts.
    expect((await env.BUCKET.head(stored?.key ?? ''))?.etag).toMatch(/-2$/)
    const put = await storeBody(env.BUCKET, sentBody(bodyOf(content), content.length), atZero)
    expect((await env.BUCKET.head(put?.key ?? ''))?.etag).not.toContain('-')
  })

  it('claims nothing for an empty body, whether its length was announced or not', async () => {
    for (const length of [undefined, 0]) {
      const stored = await storeBody(env.BUCKET, sentBody(bodyOf(new Uint8Array()), length), async () => {
        throw new Error('claimed')
      })
      expect(stored).toBeUndefined()
    }
  })

  it('hashes by the algorithm of the digest, in one piece and in several', async () => {
    for (const sizeBytes of [1000, 300_000, partBytes + 1]) {
      for (const announced of [true, false]) {
        const content = contentOf(sizeBytes)
        const sent = sentBody(bodyOf(content), announced ? sizeBytes : undefined)
        const stored = await storeBody(env.BUCKET, { ...sent, algorithm: 'sha512' }, atZero)
        expect([sizeBytes, stored?.digest]).toEqual([sizeBytes, await digestOf(content, 'sha512')])
      }
    }
  })

  it('aborts the multipart upload of a body that cannot be stored', async () => {
    let claimed: SegmentName | undefined
    const refused = storeBody(env.BUCKET, sentBody(bodyOf(contentOf(2 * partBytes)), undefined), async (segment) => {
      claimed = segment
      throw new Error('refused')
    })
    await expect(refused).rejects.toThrow('refused')
    const upload = env.BUCKET.resumeMultipartUpload(claimed?.key ?? '', claimed?.multipartId ?? '')
    await expect(upload.uploadPart(1, contentOf(1))).rejects.toThrow(/10024|does not exist/)
  })

  it('fails with the failure of its source, and not with that of R2, whose put has failed with it', async () => {
    const broken = new ReadableStream({ type: 'bytes', pull: () => Promise.reject(new Error('broken')) })
    const lost = new Error('the source is lost')
    const source = new BodyReader(broken, { interrupted: () => lost })
    await expect(putStream(env.BUCKET, 'key', source, 1000, new StreamHash('sha256'))).rejects.toBe(lost)
    expect(await env.BUCKET.head('key')).toBeNull()
  })

  it('reads no further than the announced length', async () => {
    let sentBytes = 0
    const endless = new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        await scheduler.wait(1)
        sentBytes += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    const refused = storeBody(env.BUCKET, sentBody(new BodyReader(endless), 300_000), atZero)
    await expect(refused).rejects.toMatchObject({ failure: { kind: 'size-mismatch', expectedBytes: 300_000 } })
    expect(sentBytes).toBeLessThan(1_000_000)
    expect((await env.BUCKET.list()).objects).toEqual([])
  })

  for (const [announced, actual] of [
    [1000, 999],
    [1000, 1001],
    [300_000, 299_999],
    [300_000, 300_001],
  ] as const) {
    it(`refuses ${actual} bytes where ${announced} were announced, and stores none`, async () => {
      const refused = storeBody(env.BUCKET, sentBody(bodyOf(contentOf(actual)), announced), atZero)
      await expect(refused).rejects.toMatchObject({ failure: { kind: 'size-mismatch', expectedBytes: announced } })
      expect((await env.BUCKET.list()).objects).toEqual([])
    })
  }
})
