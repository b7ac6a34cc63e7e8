/** What administrators should know about backups at once. */
import type { Alert } from '../../capability.ts'
import type { Context } from '../../context.ts'
import { RegistryError } from '../../errors.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { isoTime } from '../../util/iso-time.ts'
import { parseDuration } from '../../util/duration.ts'
import { backupSettings } from '../settings.ts'
import { readInstallationTime } from './installation-store.ts'
import { standingOrOutage, type Standing } from './standing.ts'

/** Finds the alerts about backups: one read of R2, and two of D1. */
export async function backupAlerts({ db, backups, now }: Context): Promise<readonly Alert[]> {
  const [standing, settings, installedAt] = await Promise.all([
    standingOrOutage(backups),
    currentSettingsOf(db, now, backupSettings),
    readInstallationTime(db),
  ])
  if (standing instanceof RegistryError) return [unreachable(standing)]
  return alertsOf({ standing, within: settings.backupProvenWithin, installedAt, now })
}

const unreachable = ({ failure, message }: RegistryError): Alert => ({
  id: 'backups_unreachable',
  class: 'warning',
  message:
    failure.kind === 'storage-unavailable'
      ? 'the bucket of backups does not answer: see whether it exists, and whether the registry may use it'
      : message,
})

export interface Facts {
  readonly standing: Standing
  /** The setting: a duration. */
  readonly within: string
  /** A registry without a backup is as if it had had one then, of nothing. */
  readonly installedAt: number
  readonly now: number
}

/** Decides which alerts hold. */
export function alertsOf({ standing, within, installedAt, now }: Facts): readonly Alert[] {
  const { newestProven, failed } = standing
  const isTooOld = now - (newestProven?.createdAt ?? installedAt) > (parseDuration(within) ?? Infinity)
  const hasFailed = failed !== null && failed.createdAt > (newestProven?.createdAt ?? 0)
  return [
    ...(isTooOld
      ? [{ id: 'no_recent_proven_backup', class: 'critical', message: sentenceOfAge(standing, within) } as const]
      : []),
    ...(hasFailed
      ? [{ id: 'backup_failed_proof', class: 'critical', message: sentenceOfFailure(failed) } as const]
      : []),
  ]
}

function sentenceOfAge({ newestProven }: Standing, within: string): string {
  const what =
    newestProven === null
      ? 'no backup was ever proven'
      : `the newest proven backup, ${newestProven.id}, is of ${isoTime(newestProven.createdAt)}, and older than ${within} (backupProvenWithin)`
  return `${what}: "backup list" shows what there is, and "backup create --wait" makes one`
}

const sentenceOfFailure = ({ id, finding }: NonNullable<Standing['failed']>): string =>
  `the backup ${id} failed its proof: ${finding}; make another with "backup create --wait"`
