/** Accounts as other statements refer to them. */
import { sql, type SQL } from 'drizzle-orm'

/** Selects the id of an account by its name. Index: accounts_name_unique. */
export const accountIdOf = (name: string): SQL => sql`(SELECT id FROM accounts WHERE name = ${name})`
