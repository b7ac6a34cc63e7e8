/** Forgets what logins have left behind. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'

/**
 * Deletes old failures, addresses and sessions, a bounded number of rows of each.
 * Index: login_failures_age, login_addresses_age, sessions_expiry. Key: login_failures, login_addresses, sessions.
 *
 * @returns how many rows were deleted
 */
export async function trimLogins(
  db: Database,
  { now, failuresBefore, addressesBefore }: { now: number; failuresBefore: number; addressesBefore: number },
  most: number,
): Promise<number> {
  const { failures, addresses, sessions } = await runBatch(db, {
    failures: sql`
      DELETE FROM login_failures
      WHERE key IN (SELECT key FROM login_failures WHERE last_at < ${failuresBefore} LIMIT ${most})`,
    addresses: sql`
      DELETE FROM login_addresses WHERE (account_id, address) IN (
        SELECT account_id, address FROM login_addresses WHERE last_at < ${addressesBefore} LIMIT ${most})`,
    sessions: sql`DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ${now} LIMIT ${most})`,
  })
  return failures.changes + addresses.changes + sessions.changes
}
