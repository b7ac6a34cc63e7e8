/** Finds a backup that can be restored. */
import type { Context } from '../../context.ts'
import { errorsOf } from '../../failures/failure.ts'
import { listBackupObjects, readBackupText } from '../../storage/backups.ts'
import { backupsPrefix, manifestKey } from '../keys.ts'
import { manifestSchema, type Manifest } from '../manifest.ts'
import { restoreFailures } from './failures.ts'

const refusal = errorsOf(restoreFailures)

/** An id of a job; a longer path would lead to another object. */
const idPattern = /^[\w-]+$/

/**
 * Reads the manifest of a backup.
 *
 * @throws ExpectedError `backup-unknown`, `backup-unfinished` or `backup-unreadable`
 */
export async function readRestorable({ backups }: Pick<Context, 'backups'>, id: string): Promise<Manifest> {
  if (!idPattern.test(id)) throw refusal({ kind: 'backup-unknown', id })
  const text = await readBackupText(backups, manifestKey(id))
  if (text === undefined) {
    const { objects } = await listBackupObjects(backups, `${backupsPrefix}${id}/`, '')
    throw refusal({ kind: objects.length === 0 ? 'backup-unknown' : 'backup-unfinished', id })
  }
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw refusal({ kind: 'backup-unreadable', id }, { cause })
  }
}
