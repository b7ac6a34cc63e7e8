/** Aborts a batch on a condition, within its transaction, so that nothing of it happens. */
import { sql, type SQL } from 'drizzle-orm'

/** The texts by which `database.ts` recognizes each refusal. */
export type Reason =
  | 'the right has ended'
  | 'tag is immutable'
  | 'content is pinned'
  | 'repository is pinned'
  | 'tag limit is reached'
  | 'another worker consumed it'
  | 'another request was faster'
  | 'a sync decides it'

/**
 * Builds the statement that fails if a condition holds, and with it the transaction. Outside of triggers, SQLite has no
 * way to raise a custom error but an invalid JSON path, which its message quotes.
 */
export const refuse = (reason: Reason, when: SQL): SQL =>
  sql`SELECT json_extract('{}', CASE WHEN ${when} THEN ${reason} ELSE '$' END)`
