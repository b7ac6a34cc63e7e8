/** What the exporter needs to protect a backup: how its parts are sealed, and its keys in the bucket. */
import type { Secrets } from '../../variables.ts'
import { putBackupObject, readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { lazily } from '../../util/lazy.ts'
import { sealedKeyKey, wrappedKeyKey } from '../keys.ts'
import type { Encryption, Manifest } from '../manifest.ts'
import { dataKeyOf, makeDataKey } from './data-key.ts'
import { keepDataKey, openKeptDataKey } from './kept-key.ts'
import { sealManifest } from './manifest-seal.ts'
import { plainSealing, sealedUnder, type Sealing } from './sealing.ts'

const loadAge = lazily(() => import('./age.ts'))

export interface Protection {
  readonly sealing: Sealing
  /** Null if the backup is not encrypted. */
  readonly encryption: Encryption | null
  /** Stores the data key for the recipients and for the registry. */
  storeKeys(): Promise<void>
  /** Returns the manifest as it is to be written. */
  sealed(manifest: Manifest): Promise<Manifest>
}

export const noProtection: Protection = {
  sealing: plainSealing,
  encryption: null,
  storeKeys: async () => {},
  sealed: async (manifest) => manifest,
}

export interface ProtectedBackup {
  readonly backups: BackupBucket
  readonly secrets: Secrets
  /** The id of the backup. */
  readonly id: string
}

/** Protects a new backup with a new data key. @param recipients none: it is not encrypted */
export async function beginProtection(backup: ProtectedBackup, recipients: readonly string[]): Promise<Protection> {
  return recipients.length === 0 ? noProtection : protectionBy(backup, recipients, makeDataKey())
}

/**
 * Goes on with the protection with which a backup was begun.
 *
 * @returns undefined when the registry cannot open its data key, or another one is stored
 */
export async function resumeProtection(
  backup: ProtectedBackup,
  encryption: Encryption | null,
): Promise<Protection | undefined> {
  if (encryption === null) return noProtection
  const dataKey = await readKeptDataKey(backup)
  if (dataKey === undefined) return undefined
  const protection = await protectionBy(backup, encryption.recipients, dataKey)
  return protection.encryption?.key === encryption.key ? protection : undefined
}

/** Reads the data key of a backup that is not yet proven; undefined when there is none, or neither secret opens it. */
export async function readKeptDataKey({ backups, secrets, id }: ProtectedBackup): Promise<string | undefined> {
  const text = await readBackupText(backups, sealedKeyKey(id))
  return text === undefined ? undefined : openKeptDataKey(secrets, id, text)
}

async function protectionBy(
  { backups, secrets, id }: ProtectedBackup,
  recipients: readonly string[],
  dataKey: string,
): Promise<Protection> {
  const key = await dataKeyOf(dataKey)
  return {
    sealing: sealedUnder(id, key),
    encryption: { key: key.name, recipients: [...recipients] },
    async storeKeys() {
      const { wrapForRecipients } = await loadAge()
      await putBackupObject(backups, wrappedKeyKey(id), await wrapForRecipients(dataKey, recipients))
      await putBackupObject(backups, sealedKeyKey(id), await keepDataKey(secrets, id, dataKey))
    },
    sealed: (manifest) => sealManifest(manifest, key),
  }
}
