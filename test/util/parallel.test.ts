import { expect, it } from 'vitest'
import { mapInParallel } from '../../src/util/parallel.ts'

it('work in parallel is never on more than so many, and its results are in the order of the items', async () => {
  let running = 0
  let most = 0
  const results = await mapInParallel([5, 1, 4, 2, 3], 2, async (milliseconds) => {
    most = Math.max(most, ++running)
    await scheduler.wait(milliseconds)
    running--
    return milliseconds === 4 ? undefined : milliseconds
  })
  expect(results).toEqual([5, 1, undefined, 2, 3])
  expect(most).toBe(2)
})

it('work in parallel fails with the first that fails, and is nothing for no items', async () => {
  const work = mapInParallel([1, 2, 3], 2, async (item) => {
    if (item === 2) throw new Error('it broke')
    return item
  })
  await expect(work).rejects.toThrow('it broke')
  expect(await mapInParallel([], 6, async () => 1)).toEqual([])
})

it('work in parallel that fails begins nothing more, and waits for what it has begun', async () => {
  const begun: number[] = []
  const done: number[] = []
  const work = mapInParallel([1, 2, 3, 4], 2, async (item) => {
    begun.push(item)
    if (item === 1) throw new Error('it broke')
    await scheduler.wait(20)
    done.push(item)
  })
  await expect(work).rejects.toThrow('it broke')
  expect([begun, done]).toEqual([[1, 2], [2]])
  await scheduler.wait(50)
  expect([begun, done]).toEqual([[1, 2], [2]])
})
