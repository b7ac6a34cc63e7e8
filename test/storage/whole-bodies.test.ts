import { beforeEach, describe, expect, it } from 'vitest'
import { mostPartBuffersOfAccount, partBytes } from '../../src/limits.ts'
import { BodyReader, leadBytes } from '../../src/storage/body.ts'
import { partBuffers } from '../../src/storage/part-buffers.ts'
import { holdWhole, useWhole } from '../../src/storage/whole-bodies.ts'
import { contentOf } from '../support/content.ts'

const mebibyte = 1024 * 1024
const limitBytes = 4 * mebibyte
const read = async (bytes: Uint8Array): Promise<Uint8Array> => bytes
const done = async (): Promise<void> => undefined

let background: Promise<void>[]

beforeEach(() => {
  background = []
})

/** How an account holds a body. */
const held = (account: string, announcedBytes: number | undefined) => ({
  limitBytes: Math.max(limitBytes, announcedBytes ?? 0),
  announcedBytes,
  account,
  background: (work: Promise<void>) => void background.push(work),
})

function bodyOf(sizeBytes: number): BodyReader {
  const { body } = new Response(contentOf(sizeBytes))
  if (body === null) throw new Error('a response without a body')
  return new BodyReader(body)
}

/** Work that goes on until it is told to end. */
function someWork() {
  const { promise, resolve } = Promise.withResolvers<void>()
  let [underWay, most, begun] = [0, 0, 0]
  return {
    end: resolve,
    most: () => most,
    begun: () => begun,
    async use(): Promise<void> {
      underWay++
      begun++
      most = Math.max(most, underWay)
      await promise
      underWay--
    },
  }
}

describe('a body that is held whole', () => {
  it('is used one at a time if it is large, while another account is served', async () => {
    const work = someWork()
    const all = Array.from({ length: 6 }, () =>
      useWhole(bodyOf(limitBytes), held('alice', limitBytes), { read, use: () => work.use() }),
    )
    await useWhole(bodyOf(limitBytes), held('bob', limitBytes), {
      read,
      async use() {
        expect(work.begun()).toBeLessThanOrEqual(1)
        expect(partBuffers.inUse).toBeLessThanOrEqual(8)
      },
    })
    work.end()
    await Promise.all(all)
    expect([work.begun(), work.most()]).toEqual([6, 1])
    expect(partBuffers.inUse).toBe(0)
  })

  it('takes memory by its length, as much as the largest where that is unknown, and none up to 64 KiB', async () => {
    for (const [sizeBytes, announced, shares] of [
      [leadBytes - 1, leadBytes - 1, 0],
      [leadBytes - 1, undefined, 0],
      [leadBytes + 1, leadBytes + 1, 1],
      [mebibyte + 1, mebibyte + 1, 2],
      [leadBytes + 1, undefined, 3],
      [leadBytes + 1, partBytes, 3],
      [leadBytes + 1, partBytes + 1, 5],
    ] as const) {
      const use = async () => expect(partBuffers.inUse).toBe(shares)
      await useWhole(bodyOf(sizeBytes), held('alice', announced), { read, use })
      expect(partBuffers.inUse).toBe(0)
      expect(background.splice(0)).toHaveLength(shares === 0 ? 0 : 1)
    }
  })

  it('is used at once while another account uploads as much as it may', async () => {
    const leases = await Promise.all(Array.from({ length: mostPartBuffersOfAccount }, () => partBuffers.take('bob')))
    await useWhole(bodyOf(limitBytes), held('alice', limitBytes), {
      read,
      use: async () => expect(partBuffers.inUse).toBe(8),
    })
    for (const lease of leases) partBuffers.drop(lease)
  })

  it('takes no memory before 64 KiB have arrived', async () => {
    const { readable, writable } = new IdentityTransformStream()
    const sender: WritableStreamDefaultWriter<Uint8Array> = writable.getWriter()
    sender.write(contentOf(1)).catch(() => undefined)
    const body = new BodyReader(readable, { stallMilliseconds: 50 })
    const using = useWhole(body, held('alice', limitBytes), { read, use: done })
    await scheduler.wait(10)
    expect(partBuffers.inUse).toBe(0)
    await expect(using).rejects.toMatchObject({ failure: { kind: 'body-stalled' } })
  })

  it('gives its memory back when it breaks off, or cannot be read or used, also in a request that has ended', async () => {
    const { readable, writable } = new IdentityTransformStream()
    const sender: WritableStreamDefaultWriter<Uint8Array> = writable.getWriter()
    const broken = useWhole(new BodyReader(readable), held('alice', limitBytes), { read, use: done })
    await sender.write(contentOf(2 * leadBytes))
    await scheduler.wait(10)
    expect(partBuffers.inUse).toBe(3)
    sender.abort(new Error('the client went away')).catch(() => undefined)
    await expect(broken).rejects.toMatchObject({ failure: { kind: 'body-interrupted' } })
    expect(partBuffers.inUse).toBe(0)
    const fail = async (): Promise<never> => Promise.reject(new Error('not so'))
    const sent = () => bodyOf(limitBytes)
    await expect(useWhole(sent(), held('alice', limitBytes), { read: fail, use: done })).rejects.toThrow('not so')
    await expect(useWhole(sent(), held('alice', limitBytes), { read, use: fail })).rejects.toThrow('not so')
    await expect(holdWhole(held('alice', limitBytes), fail)).rejects.toThrow('not so')
    expect(partBuffers.inUse).toBe(0)
    // What the runtime waits for has ended.
    expect(background).toHaveLength(4)
    await Promise.all(background)
  })

  it('that something else reads takes memory by its announced length', async () => {
    await holdWhole(held('alice', leadBytes), async () => expect(partBuffers.inUse).toBe(0))
    await holdWhole(held('alice', leadBytes + 1), async () => expect(partBuffers.inUse).toBe(1))
    await holdWhole(held('alice', undefined), async () => expect(partBuffers.inUse).toBe(3))
    expect(partBuffers.inUse).toBe(0)
  })
})
