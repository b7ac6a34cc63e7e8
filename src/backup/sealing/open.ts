/** Opens a backup for what reads it: the proof, the restore and its check. */
import { deleteBackupObjects, readBackupText } from '../../storage/backups.ts'
import { sealedKeyKey, manifestKey } from '../keys.ts'
import { loadFailed } from '../load/failures.ts'
import { manifestIn, type Manifest } from '../manifest.ts'
import { dataKeyOf } from './data-key.ts'
import { sealingError, type WhySealed } from './failures.ts'
import { isSealedBy } from './manifest-seal.ts'
import { readKeptDataKey, type ProtectedBackup } from './protection.ts'
import { plainSealing, sealedUnder, type Sealing } from './sealing.ts'

export interface OpenedBackup {
  readonly manifest: Manifest
  /** Opens its parts. */
  readonly sealing: Sealing
}

/**
 * Opens a backup. The key of an encrypted one is the given one, or else the one that the registry keeps until the backup is
 * proven.
 *
 * @param dataKey as `key.age` has it
 * @returns undefined when it has no manifest
 * @throws ExpectedError `backup-manifest-damaged`, or `backup-sealed` when there is no key, it is another one, or the manifest was changed
 */
export async function openBackup(backup: ProtectedBackup, dataKey?: string): Promise<OpenedBackup | undefined> {
  const { backups, id } = backup
  const text = await readBackupText(backups, manifestKey(id))
  if (text === undefined) return undefined
  const manifest = await manifestIn(text)
  if (manifest?.id !== id) throw loadFailed({ kind: 'backup-manifest-damaged', backup: id })
  if (manifest.encryption === null) return { manifest, sealing: plainSealing }
  const found = dataKey ?? (await readKeptDataKey(backup))
  if (found === undefined) throw sealed(id, 'no-key')
  const key = await dataKeyOf(found)
  if (key.name !== manifest.encryption.key) throw sealed(id, 'wrong-key')
  if (!(await isSealedBy(text, key))) throw sealed(id, 'changed')
  const sealing = sealedUnder(id, key)
  const parts = await Promise.all(
    manifest.parts.map(async (part) => ({ ...part, ...(await sealing.showKeys(part.object, part)) })),
  )
  return { manifest: { ...manifest, parts }, sealing }
}

const sealed = (backup: string, why: WhySealed['kind']): Error =>
  sealingError({ kind: 'backup-sealed', backup, reason: { kind: why } })

/** Forgets the data key of a backup, after which the registry cannot open it. */
export async function forgetDataKey({ backups, id }: Pick<ProtectedBackup, 'backups' | 'id'>): Promise<void> {
  await deleteBackupObjects(backups, [sealedKeyKey(id)])
}
