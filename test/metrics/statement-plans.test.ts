/** How D1 finds the counts of events. */
import { expect, it } from 'vitest'
import { listEventCounts } from '../../src/metrics/event-counts-store.ts'
import { plansOf } from '../support/explaining.ts'
import { untruthsIn } from '../support/statement-comments.ts'

it('the comments of the statements tell how their rows are found', async () => {
  expect(await untruthsIn('src/metrics/', await plansOf(listEventCounts))).toEqual([])
})
