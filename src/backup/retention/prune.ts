/**
 * Deletes the backups that nothing keeps. A backup is marked as begun and then loses its manifest, so it is one that never
 * became whole, and the sweep deletes the rest of it, also after a crash.
 */
import { deleteBackupObjects, putBackupObject, type BackupBucket } from '../../storage/backups.ts'
import type { SettingsOf } from '../../settings/fields.ts'
import { findBackups, isWhole, stateOf, type WholeBackup } from '../backups.ts'
import { begunKey, manifestKey } from '../keys.ts'
import type { backupSettings } from '../settings.ts'
import { judgeBackups, type JudgedBackup, type RetentionRules } from './plan.ts'

/** Each is a call of R2 and an event. */
const mostOfSlice = 20

/** Returns what the settings say. */
export const rulesOf = (settings: SettingsOf<typeof backupSettings>): RetentionRules => ({
  last: settings.backupKeepLast,
  days: settings.backupKeepDays,
  weeks: settings.backupKeepWeeks,
  areProven: settings.backupProve,
})

export interface JudgedWhole extends Pick<JudgedBackup, 'keptFor'> {
  readonly backup: WholeBackup
}

/** Judges the backups that are there now, the newest first. */
export async function judgeAll(backups: BackupBucket, rules: RetentionRules): Promise<readonly JudgedWhole[]> {
  const whole = (await findBackups(backups)).filter(isWhole)
  const dated = whole.map((backup) => ({
    id: backup.id,
    createdAt: backup.summary.createdAt,
    state: stateOf(backup),
  }))
  const keptFor = new Map(judgeBackups(dated, rules).map((judged) => [judged.id, judged.keptFor]))
  return whole.map((backup) => ({ backup, keptFor: keptFor.get(backup.id) ?? [] }))
}

export interface PruneSlice {
  /** The ids of the backups that were deleted. */
  readonly deleted: readonly string[]
  readonly isDone: boolean
}

/** Deletes some of the backups that nothing keeps, the oldest first. @param isRead tells which a proof reads now */
export async function pruneSlice(
  backups: BackupBucket,
  rules: RetentionRules,
  isRead: (id: string) => boolean,
  record: (ids: readonly string[]) => Promise<void>,
): Promise<PruneSlice> {
  const useless = (await judgeAll(backups, rules))
    .filter(({ backup, keptFor }) => keptFor.length === 0 && !isRead(backup.id))
    .map(({ backup }) => backup.id)
  const deleted = useless.toReversed().slice(0, mostOfSlice)
  if (deleted.length === 0) return { deleted, isDone: true }
  for (const id of deleted) await putBackupObject(backups, begunKey(id), '')
  await record(deleted)
  await deleteBackupObjects(backups, deleted.map(manifestKey))
  return { deleted, isDone: deleted.length === useless.length }
}
