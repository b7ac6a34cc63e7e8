import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestStreams } from '../../src/storage/hash.ts'
import { eachSegment, readSegments } from '../../src/storage/reading.ts'
import { deleteObjects, storeBytes, type SegmentName, type SegmentPlace } from '../../src/storage/segments.ts'
import { contentOf, digestOf, type Bytes } from '../support/content.ts'

const nothing = (work: Promise<void>): void => void work

/** Stores content cut at the given sizes, as an upload in chunks would. */
async function cutInto(content: Bytes, sizes: readonly number[]): Promise<SegmentPlace[]> {
  const places: SegmentPlace[] = []
  let offsetBytes = 0
  for (const sizeBytes of sizes) {
    const piece = content.slice(offsetBytes, offsetBytes + sizeBytes)
    const key = `segments/${crypto.randomUUID()}`
    await storeBytes(env.BUCKET, key, piece, await digestOf(piece))
    places.push({ key, offsetBytes, sizeBytes })
    offsetBytes += sizeBytes
  }
  return places
}

describe('segments', () => {
  it('are read as one stream, any range across any border', async () => {
    const histories = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
      from: fc.nat({ max: 300 }),
      length: fc.integer({ min: 1, max: 300 }),
    })
    await fc.assert(
      fc.asyncProperty(histories, async ({ sizes, from, length }) => {
        const total = sizes.reduce((sum, size) => sum + size, 0)
        const content = contentOf(total)
        const segments = await cutInto(content, sizes)
        const start = from % total
        const end = Math.min(start + length, total)
        const stream = await readSegments(env.BUCKET, segments, start, end, nothing)
        expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(content.slice(start, end))
        expect(await digestStreams('sha256', eachSegment(env.BUCKET, segments))).toBe(await digestOf(content))
      }),
      { numRuns: 40 },
    )
  })

  it('cut the connection when one of them is missing', async () => {
    const segments = await cutInto(contentOf(30), [10, 10, 10])
    await env.BUCKET.delete(segments[1]?.key ?? '')
    const stream = await readSegments(env.BUCKET, segments, 0, 30, nothing)
    await expect(new Response(stream).arrayBuffer()).rejects.toThrow()
    const whole = segments.slice(1, 2)
    await expect(readSegments(env.BUCKET, whole, 10, 20, nothing)).rejects.toThrow('restore it')
  })
})

describe('deleting unfinished uploads', () => {
  const bucketWith = (abort: () => Promise<void>): R2Bucket =>
    new Proxy(env.BUCKET, {
      get(target, name) {
        if (name === 'resumeMultipartUpload') return () => ({ abort })
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })

  /** A bucket whose uploads take their time to abort. */
  function slowBucket(milliseconds: number): { bucket: R2Bucket; most: () => number } {
    let current = 0
    let most = 0
    const bucket = bucketWith(async () => {
      most = Math.max(most, ++current)
      await scheduler.wait(milliseconds)
      current--
    })
    return { bucket, most: () => most }
  }
  const unfinished = (count: number): SegmentName[] =>
    Array.from({ length: count }, (_, at) => ({ key: `segments/${at}`, multipartId: 'x' }))

  it('aborts as many uploads at once as a request may have connections', async () => {
    const { bucket, most } = slowBucket(5)
    expect(await deleteObjects(bucket, unfinished(30))).toHaveLength(30)
    expect(most()).toBe(6)
  })

  it('leaves uploads that exceed ten seconds to the next run, and deletes the others', async () => {
    const { bucket } = slowBucket(0)
    let time = 0
    const now = () => (time += 1000)
    const finished = { key: 'segments/finished', multipartId: undefined }
    const gone = await deleteObjects(bucket, [...unfinished(30), finished], now)
    expect(gone).toContain('segments/finished')
    expect(gone.length).toBeLessThan(15)
    expect(gone.length).toBeGreaterThan(5)
  })

  it('keeps uploads that R2 refuses to abort for the next run, but not unknown ones', async () => {
    const refusing = (message: string): R2Bucket =>
      bucketWith(async () => {
        throw new Error(message)
      })
    const finished = { key: 'segments/finished', multipartId: undefined }
    const failing = refusing('abort: Internal error (10001)')
    expect(await deleteObjects(failing, [...unfinished(2), finished])).toEqual(['segments/finished'])
    const forgotten = refusing('abort: The specified multipart upload does not exist. (10024)')
    expect(await deleteObjects(forgotten, unfinished(2))).toEqual(['segments/0', 'segments/1'])
  })

  it('does not wait for an abort that hangs', async () => {
    const { bucket } = slowBucket(60_000)
    expect(await deleteObjects(bucket, unfinished(1))).toEqual([])
  })
})
