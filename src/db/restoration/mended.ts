/** The form in which a table declares what a restore does in SQL (`db/tables.ts`). */
import type { SQL } from 'drizzle-orm'

/** What a restore does with the rows of a table beside inserting them. */
export interface Mending {
  /** Changes of many rows, a range at a time, while the tables have other names. */
  readonly sweeps?: readonly Sweep[]
  /** Statements on the tables of this release, in the transaction that gives them their names. */
  readonly last?: readonly SQL[]
}

export interface Sweep {
  /** The table whose rows it goes through. */
  readonly over: string
  /** Makes the statement for a range of the rows. @param named gives a table the name that it has meanwhile */
  readonly statement: (named: (table: string) => SQL, range: SQL) => SQL
}
