/** The restoration that is under way, as its row says (`restoration-store.ts`). */
import type { Database } from '../../db/database.ts'
import { progressOf, wantedOf, type Progress, type Wanted } from './progress.ts'
import { findRestorationRow, takeLease } from './restoration-store.ts'

type Row = NonNullable<Awaited<ReturnType<typeof findRestorationRow>>>

export interface Restoration extends Omit<Row, 'wanted' | 'progress'> {
  readonly wanted: Wanted
  readonly progress: Progress
}

const restorationOf = (row: Row): Restoration => ({
  ...row,
  wanted: wantedOf(row.wanted),
  progress: progressOf(row.progress),
})

/** Finds the restoration that is under way; undefined when none is. */
export async function findRestoration(db: Database): Promise<Restoration | undefined> {
  const row = await findRestorationRow(db)
  return row === undefined ? undefined : restorationOf(row)
}

/** Takes up a restoration unless another worker has it. @returns undefined: busy, or gone */
export async function takeUp(...order: Parameters<typeof takeLease>): Promise<Restoration | undefined> {
  const row = await takeLease(...order)
  return row === undefined ? undefined : restorationOf(row)
}
