/** Ends a batch whose condition does not hold, in the transaction itself, so that nothing of it happens. */
import { sql, type SQL } from 'drizzle-orm'

/** `database.ts` knows the error of each. */
export type Reason = 'the right has ended' | 'tag is immutable' | 'tag limit is reached' | 'another worker consumed it'

/**
 * The statement that fails where a condition holds, and with it its transaction. Outside of triggers SQLite has no way to
 * raise an error of one's own but a JSON path that is none, which it quotes.
 */
export const refuse = (reason: Reason, when: SQL): SQL =>
  sql`SELECT json_extract('{}', CASE WHEN ${when} THEN ${reason} ELSE '$' END)`
