/** What a load works with, and how far it is: for its callers to keep from slice to slice. */
import * as z from 'zod'
import type { Database, Statements } from '../../db/database.ts'
import type { TableDeclaration } from '../../db/tables.ts'
import type { PartSource } from './part-reader.ts'

/** What a database had that is overwritten: a restore has to stay above. */
export const overwrittenSchema = z.object({
  /** The highest number ever given, by table. */
  sequences: z.record(z.string(), z.int().nonnegative()),
  gateToken: z.int().nonnegative(),
  /** The token of the fence of garbage collection. */
  fenceToken: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
})
export type Overwritten = z.infer<typeof overwrittenSchema>

export const loadProgress = z.object({
  phase: z.enum(['verify', 'survey', 'prepare', 'load', 'count', 'loaded']),
  /** How many steps of the phase are done. */
  done: z.int().nonnegative(),
  /** How many steps the phase has. */
  of: z.int().nonnegative(),
  /** Null until the phase `survey` has read it. */
  overwritten: overwrittenSchema.nullable(),
  /** How many rows were dropped, by table, as what they name is not in the backup; null until they are counted. */
  dropped: z.record(z.string(), z.int().positive()).nullable(),
  /** The last row that was mended of those that `done` is at; null before the first. */
  mendedUpTo: z.array(z.union([z.string(), z.number()])).nullable(),
})
export type LoadProgress = z.infer<typeof loadProgress>

export interface LoadLimits {
  /** The rows of one statement. */
  readonly rowsOfStatement: number
  /** The bytes of one parameter: D1 takes 2,000,000. */
  readonly bytesOfStatement: number
  /** A slice ends once it has sent so many statements. */
  readonly statementsOfSlice: number
  /** A slice ends once it has read so many bytes of lines. */
  readonly bytesOfSlice: number
  /** A slice ends after so many parts. */
  readonly partsOfSlice: number
  /** The rows that one slice mends (see `mended`). */
  readonly rowsOfSweep: number
}

export const usualLoadLimits: LoadLimits = {
  rowsOfStatement: 5000,
  bytesOfStatement: 1_000_000,
  statementsOfSlice: 24,
  bytesOfSlice: 4 * 1024 * 1024,
  partsOfSlice: 16,
  rowsOfSweep: 20_000,
}

/** A backup and the database into which it is loaded. */
export interface Loading extends PartSource {
  readonly db: Database
  readonly limits: LoadLimits
  /**
   * Statements that come first in each batch that changes the database. They fail where another worker has taken over
   * (`db/refusals.ts`), and with them the batch.
   */
  readonly guard: Statements
  /** Statements that run in the transaction in which the tables go away. */
  readonly away: Statements
  /**
   * The tables whose rows are mended, as their declarations say: those of a registry that goes on. A proof leaves the rows as
   * they are.
   */
  readonly mended?: readonly TableDeclaration[]
}
