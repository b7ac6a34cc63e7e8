/** The turn of the cron trigger for a restoration: it goes on also when the operator's command died. */
import type { Tick } from '../../capability.ts'
import { findRestoration } from './restoration.ts'
import { restoreSlice } from './slice.ts'

/** An invocation of a Worker makes a thousand statements at most. */
const slicesOfTurn = 30

/** Does the next slices of the restoration that is under way. */
export async function continueRestoration(tick: Tick): Promise<void> {
  const found = await findRestoration(tick.db)
  if (found === undefined) return
  for (let slices = 0; slices < slicesOfTurn && !tick.isTimeOver(); slices++) {
    const { kind } = await restoreSlice(tick, found.id)
    if (kind !== 'running') return
  }
}
