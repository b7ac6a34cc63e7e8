import { expect, it } from 'vitest'
import { largestPageBytes } from '../../src/limits.ts'
import { firstWithin, jsonBytes } from '../../src/registry/page-budget.ts'
import { encodePage } from '../../src/routes/shared/paging.ts'

const size = (item: number): number => item

it('a page has the items that fit a budget together, to the last byte', () => {
  expect(firstWithin([1, 2, 3], 6, size)).toEqual([1, 2, 3])
  expect(firstWithin([1, 2, 3], 5, size)).toEqual([1, 2])
  expect(firstWithin([], 5, size)).toEqual([])
})

it('the first item is always there, and what follows one that does not fit is not', () => {
  expect(firstWithin([9, 1], 5, size)).toEqual([9])
  expect(firstWithin([1, 9, 1], 5, size)).toEqual([1])
})

it('bytes are those of UTF-8', () => {
  expect(jsonBytes('ü€')).toBe(7)
})

it('an answer is as long as the budget, and goes on with the first item that it lacks', () => {
  const half = 'x'.repeat(largestPageBytes / 2 - 2)
  const page = (...items: string[]) => {
    const { items: shown, next } = encodePage({ items, next: 'last' }, String, (item) => item.slice(0, 3))
    return [shown.length, next]
  }
  expect(page(half, half)).toEqual([2, 'last'])
  expect(page(half, `abc${half}`)).toEqual([1, 'abc'])
})
