/** What an administrator should know of the sync with the directory. */
import type { Alert } from '../../capability.ts'
import type { Context } from '../../context.ts'
import { isoTime } from '../../util/iso-time.ts'
import { readSyncState, type SyncState } from './state-store.ts'

/** Finds the alerts about the sync: one read of D1. */
export const syncAlerts = async ({ db }: Pick<Context, 'db'>): Promise<readonly Alert[]> =>
  alertsOf(await readSyncState(db))

/** Decides which alerts hold. */
export function alertsOf(state: SyncState | undefined): readonly Alert[] {
  if (state === undefined || (state.outcome === 'done' && state.reason === '')) return []
  const { outcome, reason, jobId, endedAt, doneAt } = state
  const since = doneAt === null ? 'none was ever carried out' : `the last one was carried out at ${isoTime(doneAt)}`
  const log = `"job logs ${jobId}" has its log`
  if (outcome === 'done') {
    const message = `the sync with the directory at ${isoTime(endedAt)} ${reason}: check the groups, or run "identity sync --force" if they are right; ${log}`
    return [{ id: 'directory_sync_left', class: 'warning', message }]
  }
  if (outcome === 'held') {
    return [
      { id: 'directory_sync_held', class: 'critical', message: `at ${isoTime(endedAt)}: ${reason}; ${since}; ${log}` },
    ]
  }
  const message = `the sync with the directory failed at ${isoTime(endedAt)} and changed nothing: ${reason}; ${since}; ${log}`
  return [{ id: 'directory_sync_failed', class: 'warning', message }]
}
