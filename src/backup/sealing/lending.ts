/** Lends the registry the data key of an encrypted backup, for a proof or a restore. */
import { putBackupObject, readBackupObject, readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { toHex } from '../../util/hex.ts'
import { sealedKeyKey, wrappedKeyKey } from '../keys.ts'
import { describedKey, keepDataKey } from './kept-key.ts'
import { forgetDataKey, openBackup } from './open.ts'
import { readKeptDataKey, type ProtectedBackup } from './protection.ts'

/**
 * Keeps a data key under the secret of the registry, until `returnDataKey`. There is nothing to keep for a backup that is not
 * encrypted, and for one whose key the registry has.
 *
 * @throws ExpectedError as `openBackup`, when it is not the key of this backup
 */
export async function lendDataKey(backup: ProtectedBackup, dataKey: string): Promise<void> {
  const opened = await openBackup(backup, dataKey)
  if (opened === undefined || opened.manifest.encryption === null) return
  if ((await readKeptDataKey(backup)) === dataKey) return
  const { backups, secrets, id } = backup
  await putBackupObject(backups, sealedKeyKey(id), await keepDataKey(secrets, id, dataKey, true))
}

/** Forgets a data key that was lent. The registry's own stays, which it has until the backup is proven. */
export async function returnDataKey({ backups, id }: Pick<ProtectedBackup, 'backups' | 'id'>): Promise<void> {
  const text = await readBackupText(backups, sealedKeyKey(id))
  if (text !== undefined && describedKey(text)?.isLent === true) await forgetDataKey({ backups, id })
}

/** Of a file of age with as many recipients as there may be. */
const longestWrappedKey = 64 * 1024

/** Reads `key.age` as hexadecimal digits. @returns null when it is gone */
export async function readWrappedKey(backups: BackupBucket, id: string): Promise<string | null> {
  const bytes = await readBackupObject(backups, wrappedKeyKey(id), longestWrappedKey)
  return bytes === undefined ? null : toHex(bytes)
}
