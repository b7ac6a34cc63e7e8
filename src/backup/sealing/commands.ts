/** Opens the key of an encrypted backup on the machine of the operator: the identity stays there. */
import { readFile } from 'node:fs/promises'
import { answer, type Api } from '../../../scripts/admin/api.ts'
import { text } from '../../../scripts/admin/command.ts'
import { fromHex } from '../../util/hex.ts'
import { unwrapWithIdentity } from './age.ts'

export const identityOption = text(
  'FILE',
  'an identity of age, which opens an encrypted backup; it stays on this machine',
)

/**
 * Opens the data key of a backup with the identities of a file.
 *
 * @returns undefined without a file, and for a backup that is not encrypted
 */
export async function dataKeyWith(
  api: Api,
  backupID: string,
  identity: string | undefined,
): Promise<string | undefined> {
  if (identity === undefined) return undefined
  const identityFile = await readFile(identity, 'utf8')
  const { wrapped } = await answer(api.GET('/api/v0/backups/{backupID}/key', { params: { path: { backupID } } }))
  return wrapped === null ? undefined : unwrapWithIdentity(fromHex(wrapped), identityFile)
}

/** Lends the registry the key of a backup for a proof, as `dataKeyWith` opens it. */
export async function lendKey(api: Api, backupID: string, identity: string | undefined): Promise<void> {
  const dataKey = await dataKeyWith(api, backupID, identity)
  if (dataKey === undefined) return
  await api.PUT('/api/v0/backups/{backupID}/key', { params: { path: { backupID } }, body: { dataKey } })
}
