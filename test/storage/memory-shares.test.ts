import { describe, expect, it } from 'vitest'
import { MemoryShares, type Lease } from '../../src/storage/memory-shares.ts'

const bounds = {
  most: 8,
  mostOfAccount: 5,
  mostOfAnonymous: 2,
  waitMilliseconds: 5000,
  fillMilliseconds: 1000,
  abandonedMilliseconds: 5000,
}

/** Takes shares, and notes who was served in which order. */
function aQueue(shares: MemoryShares) {
  const served: string[] = []
  const leases = new Map<string, Lease>()
  return {
    served,
    async take(name: string, account: string, wanted: number): Promise<void> {
      leases.set(name, await shares.take(account, wanted))
      served.push(name)
    },
    async drop(name: string): Promise<void> {
      const lease = leases.get(name)
      if (lease !== undefined) shares.drop(lease)
      await scheduler.wait(0)
    },
  }
}

describe('the memory of an isolate', () => {
  it('is counted in shares, of which one account has no more than its bound', async () => {
    const shares = new MemoryShares(bounds, Date.now)
    const queue = aQueue(shares)
    await queue.take('first', 'alice', 4)
    const second = queue.take('second', 'alice', 4)
    await queue.take('of bob', 'bob', 4)
    expect(shares.inUse).toBe(8)
    expect(queue.served).toEqual(['first', 'of bob'])
    await queue.drop('first')
    await second
    expect(shares.inUse).toBe(8)
  })

  it('is never more for one request than its account may have', async () => {
    const shares = new MemoryShares(bounds, Date.now)
    expect((await shares.take('alice', 14)).shares).toBe(bounds.mostOfAccount)
    expect((await shares.take(undefined, 14)).shares).toBe(bounds.mostOfAnonymous)
  })

  it('is not taken by later requests while an earlier one waits for more of it', async () => {
    const shares = new MemoryShares(bounds, Date.now)
    const queue = aQueue(shares)
    for (let at = 0; at < 5; at++) await queue.take(`small ${at}`, 'bob', 1)
    const large = queue.take('large', 'alice', 4)
    const later = queue.take('later', 'carol', 1)
    await scheduler.wait(0)
    expect(queue.served).not.toContain('later')
    expect(shares.takeNow('carol')).toBeUndefined()
    await queue.drop('small 0')
    await large
    expect(shares.inUse).toBe(8)
    await queue.drop('small 1')
    await later
    expect(queue.served.slice(-2)).toEqual(['large', 'later'])
  })

  it('is given to the requests of one account in their order', async () => {
    const shares = new MemoryShares(bounds, Date.now)
    const queue = aQueue(shares)
    await queue.take('first', 'alice', 2)
    const large = queue.take('large', 'alice', 4)
    const later = queue.take('later', 'alice', 1)
    await scheduler.wait(0)
    expect(queue.served).toEqual(['first'])
    await queue.drop('first')
    await Promise.all([large, later])
    expect(queue.served).toEqual(['first', 'large', 'later'])
  })

  it('is free for those that wait behind a request that gives up', async () => {
    const shares = new MemoryShares({ ...bounds, waitMilliseconds: 100 }, Date.now)
    await shares.take('bob', 5)
    const large = shares.take('alice', 4).catch((error: unknown) => error)
    await scheduler.wait(50)
    const later = shares.take('carol', 1)
    expect(await large).toMatchObject({ failure: { kind: 'overloaded' } })
    expect((await later).account).toBe('carol')
    expect(shares.inUse).toBe(6)
  })

  it('has a bound for all senders without a login', async () => {
    const shares = new MemoryShares({ ...bounds, waitMilliseconds: 20 }, Date.now)
    await shares.take(undefined, 1)
    const second = await shares.take(undefined, 1)
    await expect(shares.take(undefined, 1)).rejects.toMatchObject({ failure: { kind: 'overloaded' } })
    shares.drop(second)
    await shares.take(undefined, 1)
    expect(shares.inUse).toBe(2)
  })
})
