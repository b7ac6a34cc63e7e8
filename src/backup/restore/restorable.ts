/** Finds a backup that is to be restored or downloaded. */
import type { Context } from '../../context.ts'
import { errorsOf } from '../../failures/failure.ts'
import { listBackupObjects, type BackupBucket } from '../../storage/backups.ts'
import { backupsPrefix, isId } from '../keys.ts'
import { readManifest } from '../load/manifest-reader.ts'
import type { Manifest } from '../manifest.ts'
import { keepDataKey, openKeptDataKey } from '../sealing/kept-key.ts'
import { openBackup, type OpenedBackup } from '../sealing/open.ts'
import { restoreFailures } from './failures.ts'

const refusal = errorsOf(restoreFailures)

type RestoreContext = Pick<Context, 'backups' | 'secrets'>

/**
 * Opens a backup.
 *
 * @param keptKey the data key of an encrypted one, as `keptKeyOf` made it; null: that which the registry keeps
 * @throws ExpectedError `backup-unknown` or `backup-unfinished`, and as `openBackup`
 */
export async function openRestorable(
  context: RestoreContext,
  id: string,
  keptKey: string | null,
): Promise<OpenedBackup> {
  const { backups, secrets } = context
  if (!isId(id)) throw refusal({ kind: 'backup-unknown', id })
  const dataKey = keptKey === null ? undefined : await openKeptDataKey(secrets, id, keptKey)
  const opened = await openBackup({ backups, secrets, id }, dataKey)
  if (opened !== undefined) return opened
  throw await notWhole(backups, id)
}

/**
 * Reads the manifest of a backup, and opens nothing.
 *
 * @throws ExpectedError `backup-unknown`, `backup-unfinished` or `backup-manifest-damaged`
 */
export async function readWhole(backups: BackupBucket, id: string): Promise<Manifest> {
  if (!isId(id)) throw refusal({ kind: 'backup-unknown', id })
  const manifest = await readManifest(backups, id)
  if (manifest !== undefined) return manifest
  throw await notWhole(backups, id)
}

async function notWhole(backups: BackupBucket, id: string): Promise<Error> {
  const { objects } = await listBackupObjects(backups, `${backupsPrefix}${id}/`, '')
  return refusal({ kind: objects.length === 0 ? 'backup-unknown' : 'backup-unfinished', id })
}

/** Encrypts a data key for the row of the restoration, so that each slice can open the backup. */
export const keptKeyOf = async ({ secrets }: RestoreContext, id: string, dataKey: string | undefined) =>
  dataKey === undefined ? null : keepDataKey(secrets, id, dataKey)
