/** The bounds of `src/limits.ts` on bodies and on what they hold, each at its edge. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as limits from '../../src/limits.ts'
import { BodyReader } from '../../src/storage/body.ts'
import { boundsOfIsolate, PartBuffers, partBuffers } from '../../src/storage/part-buffers.ts'
import { storeBody } from '../../src/storage/storing.ts'
import { holdWhole } from '../../src/storage/whole-bodies.ts'
import { sentBody } from '../support/bodies.ts'
import { contentOf, type Bytes } from '../support/content.ts'

const atZero = async (): Promise<number> => 0

function bodyOf(content: Bytes) {
  const { body } = new Response(content)
  if (body === null) throw new Error('a response without a body')
  return (announced: number | undefined) => storeBody(env.BUCKET, sentBody(new BodyReader(body), announced), atZero)
}

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const ended = promise.then(
    () => 'done',
    (error: unknown) => error,
  )
  // Streams take some turns of the event loop, which the clock of the test does not move.
  return Promise.race([ended, scheduler.wait(20).then(() => 'waiting')])
}

const kindOf = (kind: string) => ({ failure: { kind } })

describe('a body', () => {
  it('of announced length is one put up to the largest', async () => {
    const { largestPutBytes } = limits
    await expect(bodyOf(contentOf(70_000))(largestPutBytes)).rejects.toMatchObject(kindOf('size-mismatch'))
    // In parts, nothing has to come to what was announced; `refuseTruncated` compares them afterwards.
    expect(await bodyOf(contentOf(70_000))(largestPutBytes + 1)).toMatchObject({ sizeBytes: 70_000 })
  })

  it('of unknown length is one put if it is shorter than a part, and takes a further part with each', async () => {
    const { partBytes } = limits
    for (const [sizeBytes, parts] of [
      [partBytes - 1, undefined],
      [partBytes, '1'],
      [partBytes + 1, '2'],
    ] as const) {
      const stored = await bodyOf(contentOf(sizeBytes))(undefined)
      const object = await env.BUCKET.head(stored?.key ?? '')
      expect(object?.etag.split('-')[1]).toBe(parts)
    }
  })
})

/** A body that arrives as it is written. */
function aSender(): { sender: WritableStreamDefaultWriter<Uint8Array>; body: BodyReader } {
  const { readable, writable } = new IdentityTransformStream()
  return { sender: writable.getWriter(), body: new BodyReader(readable) }
}

describe('a body in time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('may pause for as long as the longest stall, and no longer', async () => {
    const reading = aSender().body.read(new Uint8Array(limits.partBytes))
    vi.advanceTimersByTime(limits.longestStallMilliseconds - 1)
    expect(await stateOf(reading)).toBe('waiting')
    vi.advanceTimersByTime(1)
    expect(await stateOf(reading)).toMatchObject(kindOf('body-stalled'))
  })

  it('continues with the least progress, and has stalled with one byte less', async () => {
    for (const [sizeBytes, state] of [
      [limits.leastProgressBytes, 'waiting'],
      [limits.leastProgressBytes - 1, expect.objectContaining(kindOf('body-stalled'))],
    ] as const) {
      const { sender, body } = aSender()
      const reading = body.read(new Uint8Array(limits.partBytes))
      vi.advanceTimersByTime(limits.longestStallMilliseconds / 2)
      sender.write(contentOf(sizeBytes)).catch(() => undefined)
      expect(await stateOf(reading)).toBe('waiting')
      vi.advanceTimersByTime(limits.longestStallMilliseconds / 2)
      expect(await stateOf(reading)).toEqual(state)
    }
  })

  it('is drained for the bounded time, and no longer', async () => {
    const draining = aSender().body.drain()
    expect(await stateOf(draining)).toBe('waiting')
    vi.advanceTimersByTime(limits.longestDrainMilliseconds - 1)
    expect(await stateOf(draining)).toBe('waiting')
    vi.advanceTimersByTime(1)
    expect(await stateOf(draining)).toBe('done')
  })

  it('is drained up to the bounded size, and then canceled', async () => {
    const { sender, body } = aSender()
    const pieceBytes = limits.mostDrainedBytes / 8
    const pieces = Array.from({ length: 8 }, () => sender.write(contentOf(pieceBytes)))
    const further = sender.write(contentOf(1))
    further.catch(() => undefined)
    await body.drain()
    await Promise.all(pieces)
    await expect(further).rejects.toThrow()
  })
})

describe('the buffers of an isolate', () => {
  let now = 1000
  let buffers: PartBuffers

  const take = (count: number, account: (at: number) => string) =>
    Promise.all(Array.from({ length: count }, (_, at) => buffers.take(account(at))))

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    buffers = new PartBuffers(boundsOfIsolate, () => now)
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('are as many as the bound, and an upload that waits too long gets a retryable refusal', async () => {
    await take(limits.mostPartBuffers, (at) => `account ${at}`)
    const further = buffers.take('another')
    vi.advanceTimersByTime(limits.longestBufferWaitMilliseconds - 1)
    expect(await stateOf(further)).toBe('waiting')
    vi.advanceTimersByTime(1)
    expect(await stateOf(further)).toMatchObject(kindOf('overloaded'))
  })

  it('are limited for one account', async () => {
    await take(limits.mostPartBuffersOfAccount, () => 'alice')
    const further = buffers.take('alice')
    expect(await stateOf(further)).toBe('waiting')
    expect(await stateOf(buffers.take('bob'))).toBe('done')
    expect(await stateOf(further)).toBe('waiting')
  })

  it('are limited for all senders without a login', async () => {
    const { mostPartBuffersOfAnonymous: most } = limits
    for (let at = 0; at < most; at++) await buffers.takeShares(undefined, 1)
    const further = buffers.takeShares(undefined, 1)
    expect(await stateOf(further)).toBe('waiting')
    expect(await stateOf(buffers.takeShares('alice', 1))).toBe('done')
  })

  it('stand for the memory of a body that is held whole, by its length', async () => {
    const { wholeBytesOfShare: sizeBytes } = limits
    const background = () => undefined
    const whole = { announcedBytes: undefined, account: 'alice', background }
    await holdWhole({ ...whole, limitBytes: sizeBytes }, async () => expect(partBuffers.inUse).toBe(1))
    await holdWhole({ ...whole, limitBytes: sizeBytes + 1 }, async () => expect(partBuffers.inUse).toBe(2))
  })

  it('are forgotten where other bodies need their memory', async () => {
    const leases = await take(limits.fewPartBuffers, () => 'alice')
    for (const lease of leases) buffers.giveBack(lease, lease.buffer.buffer)
    const old = new Set(leases.map(({ buffer }) => buffer.buffer))
    const shares = [await buffers.takeShares('alice', 5), await buffers.takeShares('bob', 2)]
    for (const lease of shares) buffers.drop(lease)
    const reused = (await take(limits.fewPartBuffers, () => 'alice')).filter(({ buffer }) => old.has(buffer.buffer))
    expect(reused).toHaveLength(limits.mostPartBuffers - 7)
  })

  it('are two for one upload only while few are in use', async () => {
    await take(limits.fewPartBuffers - 1, (at) => `account ${at}`)
    expect(buffers.takeSpare('alice')).toBeDefined()
    expect(buffers.takeSpare('alice')).toBeUndefined()
  })

  it('may take the longest time of a part to fill, and no longer', async () => {
    const lease = await buffers.take('alice')
    now += limits.longestPartMilliseconds
    buffers.noteProgress(lease)
    now++
    expect(() => buffers.noteProgress(lease)).toThrow('stopped arriving')
  })
})
