import { expect, it } from 'vitest'
import { lazily, loadAll } from '../../src/util/lazy.ts'

it('a module is loaded once, and by each call that comes before it is there', async () => {
  let loads = 0
  const load = lazily(async () => {
    loads += 1
    await Promise.resolve()
    return { loads }
  })
  expect(await Promise.all([load(), load()])).toHaveLength(2)
  expect(loads).toBe(2)
  const first = await load()
  expect([await load(), loads]).toEqual([first, 2])
})

it('a load that fails is tried again', async () => {
  let fails = true
  const load = lazily(async () => {
    if (fails) throw new Error('not yet')
    return { answer: 42 }
  })
  await expect(load()).rejects.toThrow('not yet')
  fails = false
  expect(await load()).toEqual({ answer: 42 })
})

it('all modules can be loaded before they are needed', async () => {
  let loads = 0
  const load = lazily(async () => ({ loads: ++loads }))
  await loadAll()
  expect([loads, await load(), loads]).toEqual([1, { loads: 1 }, 1])
})
