/** Opens the backup that repositories come from. */
import type { Context } from '../../context.ts'
import type { PartSource } from '../load/part-reader.ts'
import { keptKeyOf, openRestorable } from '../restore/restorable.ts'
import { lendDataKey } from '../sealing/open.ts'
import { readKeptDataKey } from '../sealing/protection.ts'

type Opening = Pick<Context, 'backups' | 'secrets'>

/** Opens a backup for a slice. @throws ExpectedError what `openRestorable` throws */
export async function openSource({ backups, secrets }: Opening, id: string): Promise<PartSource> {
  return { backups, ...(await openRestorable({ backups, secrets }, id, null)) }
}

/**
 * Lends the registry the data key for a job, once it opens the backup.
 *
 * @returns whether the job has to give it back
 * @throws ExpectedError what `openRestorable` throws
 */
export async function lendKey(
  { backups, secrets }: Opening,
  id: string,
  dataKey: string | undefined,
): Promise<boolean> {
  const kept = await keptKeyOf({ backups, secrets }, id, dataKey)
  const { manifest } = await openRestorable({ backups, secrets }, id, kept)
  if (dataKey === undefined || manifest.encryption === null) return false
  if ((await readKeptDataKey({ backups, secrets, id })) !== undefined) return false
  await lendDataKey({ backups, secrets, id }, dataKey)
  return true
}
