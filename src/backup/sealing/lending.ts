/** Lends the registry the data key of an encrypted backup, for a proof or a restore. */
import { putBackupObject, readBackupObject, type BackupBucket } from '../../storage/backups.ts'
import { toHex } from '../../util/hex.ts'
import { sealedKeyKey, wrappedKeyKey } from '../keys.ts'
import { keepDataKey } from './kept-key.ts'
import { openBackup } from './open.ts'
import type { ProtectedBackup } from './protection.ts'

/**
 * Keeps a data key under the secret of the registry, until `forgetDataKey`. For a backup that is not encrypted there is
 * nothing to keep.
 *
 * @throws ExpectedError as `openBackup`, when it is not the key of this backup
 */
export async function lendDataKey(backup: ProtectedBackup, dataKey: string): Promise<void> {
  const opened = await openBackup(backup, dataKey)
  if (opened === undefined || opened.manifest.encryption === null) return
  const { backups, secrets, id } = backup
  await putBackupObject(backups, sealedKeyKey(id), await keepDataKey(secrets, id, dataKey))
}

/** Reads `key.age` as hexadecimal digits. @returns null when it is gone */
export async function readWrappedKey(backups: BackupBucket, id: string): Promise<string | null> {
  const bytes = await readBackupObject(backups, wrappedKeyKey(id))
  return bytes === undefined ? null : toHex(bytes)
}
