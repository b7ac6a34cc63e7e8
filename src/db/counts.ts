/** Totals, each counted up to a bound, so that none costs more the larger the registry is. */
import { sql, type SQL } from 'drizzle-orm'

/** The bound of totals, and of the counts of a record that is shown alone. */
export const mostCounted = 10_000

/** The bound of the counts of each record in a list, so that the cost of a page depends on its length only. */
export const mostCountedInList = 100

/** Counts rows up to a bound: `countOf(sql`members WHERE …`)`. */
export const countOf = (rows: SQL, most = mostCounted): SQL =>
  sql`(SELECT count(*) FROM (SELECT 1 FROM ${rows} LIMIT ${most}))`
