import { expect, it } from 'vitest'
import { longestFsckCursor } from '../../src/limits.ts'
import { isWithin, text } from '../support/bounds.ts'
import { aPerson } from '../support/people.ts'

it('so much is taken, and one more is not: longestFsckCursor', async () => {
  const root = await aPerson('root', { isAdmin: true })
  const takes = (size: number) => isWithin(root.ask('POST', '/api/v0/admin/fsck', { cursor: text(size) }))
  expect([await takes(longestFsckCursor), await takes(longestFsckCursor + 1)]).toEqual([true, false])
})
