/** Deletes what a namespace holds, and the account that has it. */
import type { Attribution } from '../db/events/events.ts'
import type { Database } from '../db/database.ts'
import { deleteAccountWithRepositories, deleteNamespaceRepositories } from '../db/repositories/repository-deletion.ts'
import { RegistryError } from '../errors.ts'
import type { AccountName } from '../names.ts'
import { deletionJob } from '../registry/repository-deletion.ts'

/** Deletes all repositories of a namespace. @returns the id of the job to work on, if it is a new one */
export async function emptyNamespace(
  db: Database,
  name: AccountName,
  attribution: Attribution,
): Promise<string | undefined> {
  const { job } = await deleteNamespaceRepositories(db, name, deletionJob(attribution.now), attribution)
  return job
}

/**
 * Deletes a user or an organization with everything in its namespace, or nothing.
 *
 * @returns the id of the job to work on, if it is a new one
 * @throws RegistryError `account-unknown` or `last-administrator`
 */
export async function removeAccountWithRepositories(
  db: Database,
  name: AccountName,
  attribution: Attribution,
): Promise<string | undefined> {
  const { outcome, job } = await deleteAccountWithRepositories(db, name, deletionJob(attribution.now), attribution)
  if (outcome !== 'done') throw new RegistryError({ kind: outcome, name })
  return job
}
