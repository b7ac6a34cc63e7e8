import { describe, expect, it } from 'vitest'
import { PartBuffers, type PartLease } from '../../src/storage/part-buffers.ts'

const bounds = {
  most: 3,
  few: 2,
  sizeBytes: 8,
  waitMilliseconds: 30,
  fillMilliseconds: 1000,
  abandonedMilliseconds: 5000,
}

const takeAll = async (buffers: PartBuffers): Promise<PartLease[]> => [
  await buffers.take(),
  await buffers.take(),
  await buffers.take(),
]

describe('the buffers for parts', () => {
  it('are no more than the bound, and an upload that waits too long is told to come back', async () => {
    const buffers = new PartBuffers(bounds)
    await takeAll(buffers)
    await expect(buffers.take()).rejects.toMatchObject({ failure: { kind: 'overloaded' } })
    expect(buffers.inUse).toBe(3)
  })

  it('go to those that wait in the order in which they came', async () => {
    const buffers = new PartBuffers({ ...bounds, waitMilliseconds: 5000 })
    const [first] = await takeAll(buffers)
    const served: string[] = []
    const waiting = ['early', 'late'].map(async (name) => {
      const lease = await buffers.take()
      served.push(name)
      buffers.giveBack(lease, lease.buffer.buffer)
    })
    if (first !== undefined) buffers.drop(first)
    await Promise.all(waiting)
    expect(served).toEqual(['early', 'late'])
    expect(buffers.inUse).toBe(2)
  })

  it('are given to one upload twice only while few are in use', async () => {
    const buffers = new PartBuffers(bounds)
    await buffers.take()
    const spare = buffers.takeSpare()
    expect(spare).toBeDefined()
    expect(buffers.takeSpare()).toBeUndefined()
    if (spare !== undefined) buffers.drop(spare)
    expect(buffers.takeSpare()).toBeDefined()
  })

  it('are used again once they were given back, but not when they were dropped', async () => {
    const buffers = new PartBuffers(bounds)
    const lease = await buffers.take()
    const memory = lease.buffer.buffer
    buffers.giveBack(lease, memory)
    const again = await buffers.take()
    expect(again.buffer.buffer).toBe(memory)
    buffers.drop(again)
    expect((await buffers.take()).buffer.buffer).not.toBe(memory)
  })

  it('count once, however often one is handed back', async () => {
    const buffers = new PartBuffers(bounds)
    const [first] = await takeAll(buffers)
    for (let at = 0; at < 3; at++) if (first !== undefined) buffers.drop(first)
    expect(buffers.inUse).toBe(2)
  })

  it('come back from requests that the runtime ended in the middle', async () => {
    let now = 1000
    const buffers = new PartBuffers(bounds, () => now)
    const [first, second] = await takeAll(buffers)
    now += bounds.abandonedMilliseconds + 1
    if (second !== undefined) second.usedAt = now
    await buffers.take()
    expect(buffers.inUse).toBe(2)
    // Its owner lives after all: what it hands back is nobody else's.
    if (first !== undefined) buffers.giveBack(first, first.buffer.buffer)
    expect(buffers.inUse).toBe(2)
  })

  it('are not for a body that takes too long to fill one', async () => {
    let now = 1000
    const buffers = new PartBuffers(bounds, () => now)
    const lease = await buffers.take()
    now += bounds.fillMilliseconds
    buffers.noteProgress(lease)
    now++
    expect(() => buffers.noteProgress(lease)).toThrow('stopped arriving')
  })
})
