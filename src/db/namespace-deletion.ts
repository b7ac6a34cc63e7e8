/** The deletion of all repositories of a namespace, and of an account with them. Each function is one batch. */
import { sql } from 'drizzle-orm'
import type { AccountName } from '../names.ts'
import { isNotTheLastAdministrator, type Doing, type Outcome } from './accounts.ts'
import { runBatch, type Database } from './database.ts'
import { recordEvents } from './events.ts'
import { deleteRepositories } from './repository-deletion.ts'

export async function deleteNamespaceRepositories(db: Database, namespace: AccountName, doing: Doing): Promise<void> {
  await runBatch(db, deleteRepositories(sql`repositories.namespace = ${namespace}`, doing))
}

/**
 * Deletes a user or an organisation with its repositories, teams, memberships and access tokens. The last administrator
 * who may log in stays, with everything.
 */
export async function deleteAccountWithRepositories(db: Database, name: AccountName, doing: Doing): Promise<Outcome> {
  const wanted = sql`accounts WHERE accounts.name = ${name} AND ${isNotTheLastAdministrator}`
  const results = await runBatch(db, [
    sql`SELECT 1 FROM accounts WHERE name = ${name}`,
    ...deleteRepositories(sql`repositories.namespace IN (SELECT accounts.name FROM ${wanted})`, doing),
    recordEvents(
      { actor: doing.by, type: 'DELETE', objectType: 'account', now: doing.now },
      { objectId: sql`accounts.id`, objectName: sql`accounts.name`, from: wanted },
    ),
    // The number of changes would count what belonged to the account too.
    sql`DELETE FROM ${wanted} RETURNING id`,
  ])
  if (results[0]?.results.length === 0) return 'account-unknown'
  return results.at(-1)?.results.length === 1 ? 'done' : 'last-administrator'
}
