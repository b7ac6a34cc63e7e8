/** What monitoring systems read of the sync with the directory: one row. */
import type { Context } from '../../context.ts'
import type { Reading } from '../../registry/readings.ts'
import { readSyncState, type SyncState } from './state-store.ts'

/** Reads the numbers of the sync; none where no sync has ended yet. */
export const syncReadings = async ({ db }: Pick<Context, 'db'>): Promise<readonly Reading[]> =>
  readingsOf(await readSyncState(db))

/** Returns the numbers of how syncs have ended. */
export function readingsOf(state: SyncState | undefined): readonly Reading[] {
  if (state === undefined) return []
  const { doneAt, doneMilliseconds, created, deactivated, failures } = state
  return [
    {
      name: 'breakwater_directory_sync_last_success_timestamp_seconds',
      type: 'gauge',
      help: 'When a sync with the directory was last carried out; 0 for never',
      value: (doneAt ?? 0) / 1000,
    },
    {
      name: 'breakwater_directory_sync_duration_seconds',
      type: 'gauge',
      help: 'How long that sync took; 0 for none',
      value: (doneMilliseconds ?? 0) / 1000,
    },
    {
      name: 'breakwater_directory_sync_users_created_total',
      type: 'counter',
      help: 'Users that syncs have created',
      value: created,
    },
    {
      name: 'breakwater_directory_sync_users_deactivated_total',
      type: 'counter',
      help: 'Users that syncs have deactivated, as they vanished',
      value: deactivated,
    },
    {
      name: 'breakwater_directory_sync_failures_total',
      type: 'counter',
      help: 'Syncs that failed or were held back, and changed nothing',
      value: failures,
    },
  ]
}
