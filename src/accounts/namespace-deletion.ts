/** Deletes what a namespace holds, and the account that has it. */
import type { Doing } from '../db/accounts.ts'
import type { Database } from '../db/database.ts'
import { deleteAccountWithRepositories } from '../db/namespace-deletion.ts'
import { RegistryError } from '../errors.ts'
import type { AccountName } from '../names.ts'

/**
 * Deletes a user or an organisation with everything in its namespace, or nothing.
 *
 * @throws RegistryError `account-unknown` or `last-administrator`
 */
export async function removeAccountWithRepositories(db: Database, name: AccountName, doing: Doing): Promise<void> {
  const outcome = await deleteAccountWithRepositories(db, name, doing)
  if (outcome !== 'done') throw new RegistryError({ kind: outcome, name })
}
