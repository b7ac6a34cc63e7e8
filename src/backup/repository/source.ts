/** Opens the backup that repositories come from. */
import type { Context } from '../../context.ts'
import type { PartSource } from '../load/part-reader.ts'
import { keptKeyOf, openRestorable } from '../restore/restorable.ts'
import { lendDataKey } from '../sealing/lending.ts'

type Opening = Pick<Context, 'backups' | 'secrets'>

/** Opens a backup for a slice. @throws ExpectedError what `openRestorable` throws */
export async function openSource({ backups, secrets }: Opening, id: string): Promise<PartSource> {
  return { backups, ...(await openRestorable({ backups, secrets }, id, null)) }
}

/**
 * Lends the registry the data key for a job, once it opens the backup.
 *
 * @throws ExpectedError what `openRestorable` throws
 */
export async function lendKey({ backups, secrets }: Opening, id: string, dataKey: string | undefined): Promise<void> {
  const kept = await keptKeyOf({ backups, secrets }, id, dataKey)
  await openRestorable({ backups, secrets }, id, kept)
  if (dataKey !== undefined) await lendDataKey({ backups, secrets, id }, dataKey)
}
