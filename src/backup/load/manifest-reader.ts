/** Reads the manifest of a backup that is to be loaded. */
import { readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { manifestKey } from '../keys.ts'
import { manifestIn, type Manifest } from '../manifest.ts'
import { loadFailed } from './failures.ts'

/**
 * Reads a manifest as it was written.
 *
 * @returns undefined for a backup that has none
 * @throws ExpectedError `backup-manifest-damaged`
 */
export async function readManifest(backups: BackupBucket, id: string): Promise<Manifest | undefined> {
  const text = await readBackupText(backups, manifestKey(id))
  if (text === undefined) return undefined
  const manifest = await manifestIn(text)
  if (manifest?.id !== id) throw loadFailed({ kind: 'backup-manifest-damaged', backup: id })
  return manifest
}
