/** Gives an account to a user of the directory, in one round trip. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents, type Attribution } from '../../db/events/events.ts'
import type { Identity } from '../links/identity-store.ts'

/**
 * Links an account to a user of the directory in place of the one that it belonged to. The password that it had here ends,
 * with the sessions. Index: identities_by_account, sessions_by_account. Key: accounts.
 *
 * @returns false for an account that is gone
 * @throws a unique violation when the user has another account
 */
export async function adoptAccount(
  db: Database,
  { provider, subject, name, dn, dnKey }: Identity,
  accountId: string,
  { by, now }: Attribution,
): Promise<boolean> {
  const { linked } = await runBatch(db, {
    unlinked: sql`
      DELETE FROM identities WHERE account_id = ${accountId} AND provider = ${provider}`,
    linked: sql`
      INSERT INTO identities (provider, subject, account_id, name, dn, dn_key, last_seen_at)
      SELECT ${provider}, ${subject}, id, ${name}, ${dn}, ${dnKey}, ${now} FROM accounts WHERE id = ${accountId}`,
    imported: sql`UPDATE accounts SET is_imported = 1, password_hash = NULL WHERE id = ${accountId}`,
    sessions: sql`DELETE FROM sessions WHERE account_id IN (SELECT id FROM accounts WHERE id = ${accountId})`,
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'account', content: { linked: provider, subject, dn }, now },
      { objectId: sql`id`, objectName: sql`name`, from: sql`accounts WHERE id = ${accountId}` },
    ),
  })
  return linked.changes === 1
}
