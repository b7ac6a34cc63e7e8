/** What monitoring systems read of backups: one read of their bucket. */
import type { Context } from '../../context.ts'
import { RegistryError } from '../../errors.ts'
import type { Reading } from '../../registry/readings.ts'
import { standingOrOutage, type Standing } from './standing.ts'

/** Reads them. The bucket may be another provider's: where it does not answer, its numbers alone are missing. */
export async function backupReadings({ backups }: Pick<Context, 'backups'>): Promise<readonly Reading[]> {
  const standing = await standingOrOutage(backups)
  return standing instanceof RegistryError ? [] : readingsOf(standing)
}

function readingsOf({ count, newest, newestProven, failed }: Standing): readonly Reading[] {
  const hasFailed = failed !== null && failed.createdAt > (newestProven?.createdAt ?? 0)
  return [
    gauge('breakwater_backups', 'Backups that are whole', count),
    gauge(
      'breakwater_backup_newest_timestamp_seconds',
      'When the newest backup began; 0 without one',
      secondsOf(newest?.createdAt),
    ),
    gauge(
      'breakwater_backup_proven_timestamp_seconds',
      'When the newest proven backup began: what changed since then may be lost; 0 without one',
      secondsOf(newestProven?.createdAt),
    ),
    gauge(
      'breakwater_backup_rto_seconds',
      'How long the proof took to read, check and load the newest proven backup',
      newestProven?.rtoSeconds ?? 0,
    ),
    gauge(
      'breakwater_backup_rpo_seconds',
      'From the beginning of the newest proven backup to the end of its proof',
      newestProven?.rpoSeconds ?? 0,
    ),
    gauge(
      'breakwater_backup_proof_failed',
      'Whether the last proof of a backup failed that is newer than all proven ones',
      hasFailed ? 1 : 0,
    ),
    gauge(
      'breakwater_backup_encrypted',
      'Whether the newest backup is encrypted; 0 without one',
      newest?.isEncrypted === true ? 1 : 0,
    ),
  ]
}

const gauge = (name: string, help: string, value: number): Reading => ({ name, type: 'gauge', help, value })
const secondsOf = (time: number | undefined): number => (time === undefined ? 0 : time / 1000)
