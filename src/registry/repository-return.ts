/**
 * How rows that hang on a repository come back when it alone is restored from a backup. The capability whose tables they are
 * says it (`repositoryReturn` in `capability.ts`), and what restores repositories calls it.
 */
import type * as z from 'zod'
import type { Context } from '../context.ts'
import type { RepositoryName } from '../names.ts'

/** A repository that was made again. */
export interface ReturnedRepository {
  readonly id: number
  readonly name: RepositoryName
  /** Its id and its name in the backup. */
  readonly before: { readonly id: number; readonly name: string }
}

/** What a backup has. */
export interface BackedUpRows {
  /**
   * Reads rows of a table.
   *
   * @param form of a row, by the names of its columns
   * @param isWanted others are not kept in memory
   * @param first the number that the key of each wanted row begins with, where it does: fewer parts are read
   */
  rowsOf<Row>(
    table: string,
    form: z.ZodType<Row>,
    isWanted: (row: Row) => boolean,
    first?: number,
  ): Promise<readonly Row[]>
  /** Reads a document that was kept in a segment; undefined where the backup has no content, or a longer document. */
  documentIn(segmentKey: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** Brings rows back. It may be done again. @returns lines for the log, of which one with ` is not restored: ` tells of a loss */
export type RepositoryReturn = (
  context: Context,
  repository: ReturnedRepository,
  backup: BackedUpRows,
) => Promise<readonly string[]>

/** Loads it when it is needed: most isolates restore nothing. */
export type LoadReturn = () => Promise<RepositoryReturn>
