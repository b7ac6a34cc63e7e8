/** Tells which content the backups have: each names lists of keys, and most of them name the same lists. */
import { readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { mapInParallel } from '../../util/parallel.ts'
import type { Manifest } from '../manifest.ts'
import type { Inventory } from './described.ts'

const readAtOnce = 6

/** Returns the lists that backups name, each once. */
export function inventoriesOf(manifests: readonly Manifest[]): ReadonlyMap<string, Inventory> {
  const all = manifests.flatMap(({ content }) => content?.inventories ?? [])
  return new Map(all.map((inventory) => [inventory.object, inventory]))
}

/**
 * Returns which keys of a page no backup names. Reads the lists that tell of keys like these.
 *
 * @param keys in their order
 * @returns undefined if a list is gone, so that it is not known
 */
export async function unnamedKeys(
  backups: BackupBucket,
  keys: readonly string[],
  inventories: ReadonlyMap<string, Inventory>,
): Promise<readonly string[] | undefined> {
  const [first = ''] = keys
  const last = keys.at(-1) ?? ''
  const unnamed = new Set(keys)
  const near = [...inventories.values()].filter((one) => one.last >= first && one.first <= last)
  // Those of translations are near to all keys, as a translation has another digest than its manifest.
  const isRead = await mapInParallel(near, readAtOnce, async ({ object }) => {
    const text = await readBackupText(backups, object)
    for (const key of text?.split('\n') ?? []) unnamed.delete(key)
    return text !== undefined
  })
  return isRead.includes(false) ? undefined : [...unnamed]
}
