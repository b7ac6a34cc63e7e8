/** Totals: nothing is counted any further than a bound, so that none costs more the larger the registry is. */
import { sql, type SQL } from 'drizzle-orm'

/** Totals, and what belongs to one record that is shown alone. */
export const mostCounted = 10_000

/** For each of a page: it costs no more than so many times its length, however large what it lists has grown. */
export const mostCountedInList = 100

/** How many rows there are, up to a bound: `countOf(sql`members WHERE …`)`. */
export const countOf = (rows: SQL, most = mostCounted): SQL =>
  sql`(SELECT count(*) FROM (SELECT 1 FROM ${rows} LIMIT ${most}))`
