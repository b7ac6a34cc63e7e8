/**
 * A rotation of the registry's secret: the data keys of backups that are not proven yet are encrypted again under the new
 * one. Keys that an operator lent stay as they are, as they go with the job for which they were lent.
 */
import { encryptionKeysFor } from '../../auth/keys.ts'
import type { Context } from '../../context.ts'
import { backupObjects, headBackupObject, putBackupObject, readBackupText } from '../../storage/backups.ts'
import { backupOf, backupsPrefix, manifestKey, proofKey, sealedKeyKey } from '../keys.ts'
import { summaryIn } from '../manifest.ts'
import { proofIn } from '../proof/proof-document.ts'
import { describedKey, keepDataKey, openKeptDataKey } from './kept-key.ts'
import { forgetDataKey } from './open.ts'

type Rotating = Pick<Context, 'backups' | 'secrets'>

/** Counts the kept data keys that open with the previous secret alone. While no rotation goes on, it reads nothing. */
export async function countKeysOfPrevious(context: Rotating): Promise<number> {
  return (await keysOfPrevious(context)).length
}

/** Encrypts kept data keys under the current secret again, in each turn of the cron trigger until none is left. */
export async function resealKeptKeys(context: Rotating): Promise<void> {
  for (const key of await keysOfPrevious(context)) await resealKey(context, key)
}

interface KeptKey {
  /** The id of the backup, and the SHA-256 of its manifest. */
  readonly id: string
  readonly manifestSha256: string | undefined
  readonly dataKey: string
}

async function keysOfPrevious({ backups, secrets }: Rotating): Promise<readonly KeptKey[]> {
  const { previous } = await encryptionKeysFor(secrets, 'backup')
  if (previous === undefined) return []
  const found: KeptKey[] = []
  for await (const page of backupObjects(backups, backupsPrefix)) {
    for (const { key } of page) {
      const id = backupOf(key)
      if (key !== sealedKeyKey(id)) continue
      const text = (await readBackupText(backups, key)) ?? ''
      const described = describedKey(text)
      if (described?.sealedWith !== previous.name || described.isLent) continue
      const dataKey = await openKeptDataKey(secrets, id, text)
      // A backup that is being written stores its key again at its end.
      const manifest = await headBackupObject(backups, manifestKey(id))
      if (dataKey === undefined || manifest === undefined) continue
      found.push({ id, manifestSha256: summaryIn(manifest.metadata)?.sha256, dataKey })
    }
  }
  return found
}

/**
 * Encrypts one key again. A proof may end meanwhile, and must leave none: it is written down before the key is deleted, so
 * looking for it after the key is stored finds it.
 */
async function resealKey({ backups, secrets }: Rotating, { id, manifestSha256, dataKey }: KeptKey): Promise<void> {
  await putBackupObject(backups, sealedKeyKey(id), await keepDataKey(secrets, id, dataKey))
  const proof = await headBackupObject(backups, proofKey(id))
  const proven = proofIn(proof?.metadata ?? {})?.manifestSha256
  if (proven !== undefined && proven === manifestSha256) await forgetDataKey({ backups, id })
}
