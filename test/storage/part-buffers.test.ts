import { describe, expect, it } from 'vitest'
import { PartBuffers, type PartLease } from '../../src/storage/part-buffers.ts'

const bounds = {
  most: 3,
  mostOfAccount: 2,
  mostOfAnonymous: 1,
  few: 2,
  sizeBytes: 8,
  waitMilliseconds: 30,
  fillMilliseconds: 1000,
  abandonedMilliseconds: 5000,
}

const takeAll = async (buffers: PartBuffers): Promise<PartLease[]> => [
  await buffers.take('alice'),
  await buffers.take('alice'),
  await buffers.take('bob'),
]

describe('the buffers for parts', () => {
  it('are no more than the bound, and an upload that waits too long gets a retryable refusal', async () => {
    const buffers = new PartBuffers(bounds)
    await takeAll(buffers)
    await expect(buffers.take('carol')).rejects.toMatchObject({ failure: { kind: 'overloaded' } })
    expect(buffers.inUse).toBe(3)
  })

  it('go to waiting uploads in order of arrival', async () => {
    const buffers = new PartBuffers({ ...bounds, waitMilliseconds: 5000 })
    const [first] = await takeAll(buffers)
    const served: string[] = []
    const waiting = ['early', 'late'].map(async (name) => {
      const lease = await buffers.take('carol')
      served.push(name)
      buffers.giveBack(lease, lease.buffer.buffer)
    })
    if (first !== undefined) buffers.drop(first)
    await Promise.all(waiting)
    expect(served).toEqual(['early', 'late'])
    expect(buffers.inUse).toBe(2)
  })

  it('are never all held by one account, however many uploads it has', async () => {
    const buffers = new PartBuffers(bounds)
    const [, second] = [await buffers.take('alice'), await buffers.take('alice')]
    const third = buffers.take('alice').catch((error: unknown) => error)
    expect((await buffers.take('bob')).account).toBe('bob')
    expect(await third).toMatchObject({ failure: { kind: 'overloaded' } })
    buffers.drop(second)
    expect((await buffers.take('alice')).account).toBe('alice')
  })

  it('go first to the waiting account that holds the fewest', async () => {
    const buffers = new PartBuffers({ ...bounds, waitMilliseconds: 5000 })
    const [first] = await takeAll(buffers)
    const served: string[] = []
    const waiting = ['alice', 'bob', 'carol'].map(async (account) => {
      const lease = await buffers.take(account)
      served.push(account)
      buffers.drop(lease)
    })
    if (first !== undefined) buffers.drop(first)
    await Promise.all(waiting)
    expect(served[0]).toBe('carol')
    expect(served.toSorted()).toEqual(['alice', 'bob', 'carol'])
  })

  it('go back to an account that waits only for its own buffers', async () => {
    const buffers = new PartBuffers({ ...bounds, waitMilliseconds: 5000 })
    const [first] = [await buffers.take('alice'), await buffers.take('alice')]
    const third = buffers.take('alice')
    buffers.drop(first)
    expect((await third).account).toBe('alice')
    expect(buffers.inUse).toBe(2)
  })

  it('are given to one upload twice only while few are in use', async () => {
    const buffers = new PartBuffers(bounds)
    await buffers.take('alice')
    const spare = buffers.takeSpare('alice')
    expect(spare).toBeDefined()
    expect(buffers.takeSpare('alice')).toBeUndefined()
    if (spare !== undefined) buffers.drop(spare)
    expect(buffers.takeSpare('alice')).toBeDefined()
  })

  it('are reused after they were given back, but not after they were dropped', async () => {
    const buffers = new PartBuffers(bounds)
    const lease = await buffers.take('alice')
    const memory = lease.buffer.buffer
    buffers.giveBack(lease, memory)
    const again = await buffers.take('alice')
    expect(again.buffer.buffer).toBe(memory)
    buffers.drop(again)
    expect((await buffers.take('alice')).buffer.buffer).not.toBe(memory)
  })

  it('count once, however often a buffer is given back', async () => {
    const buffers = new PartBuffers(bounds)
    const [first] = await takeAll(buffers)
    for (let at = 0; at < 3; at++) if (first !== undefined) buffers.drop(first)
    expect(buffers.inUse).toBe(2)
  })

  it('are free again after the runtime has ended their requests', async () => {
    let now = 1000
    const buffers = new PartBuffers(bounds, () => now)
    const [first, second] = await takeAll(buffers)
    now += bounds.abandonedMilliseconds + 1
    if (second !== undefined) second.usedAt = now
    await buffers.take('carol')
    expect(buffers.inUse).toBe(2)
    // Its owner is alive after all: the buffer that it returns was not given to another upload.
    if (first !== undefined) buffers.giveBack(first, first.buffer.buffer)
    expect(buffers.inUse).toBe(2)
  })

  it('are taken from a body that fills one too slowly', async () => {
    let now = 1000
    const buffers = new PartBuffers(bounds, () => now)
    const lease = await buffers.take('alice')
    now += bounds.fillMilliseconds
    buffers.noteProgress(lease)
    now++
    expect(() => buffers.noteProgress(lease)).toThrow('stopped arriving')
  })
})
