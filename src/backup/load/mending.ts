/** Mends the rows of a restored database, as the declarations of the tables say. */
import type { Mending, Sweep } from '../../db/restoration/mended.ts'
import type { TableDeclaration } from '../../db/tables.ts'
import { sweepRange } from './load-store.ts'
import type { Loading, LoadProgress } from './loading.ts'

/** Loads what tables have to be mended with. */
export async function mendingOf(tables: readonly TableDeclaration[] = []): Promise<readonly Mending[]> {
  const found: Mending[] = []
  for (const { mending } of tables) if (mending !== undefined) found.push(await mending())
  return found
}

/** Goes through the next range of rows. @returns the phase `loaded` when no sweep is left */
export async function mendSlice(loading: Loading, at: LoadProgress): Promise<LoadProgress> {
  const sweeps = (await mendingOf(loading.mended)).flatMap(({ sweeps: own = [] }) => own).filter(isKnown(loading))
  const sweep = sweeps[at.done]
  if (sweep === undefined) return { ...at, phase: 'loaded' }
  const { db, guard, limits, manifest } = loading
  const key = manifest.tables.find(({ name }) => name === sweep.over)?.key ?? []
  const upTo = await sweepRange(db, guard, { sweep, key, after: at.mendedUpTo, rows: limits.rowsOfSweep })
  const next = upTo === undefined ? { done: at.done + 1, mendedUpTo: null } : { mendedUpTo: [...upTo] }
  return { ...at, of: sweeps.length, ...next }
}

/** Tells whether a backup has the table of a sweep: one of an earlier release may not. */
const isKnown =
  ({ manifest }: Pick<Loading, 'manifest'>) =>
  ({ over }: Sweep): boolean =>
    manifest.tables.some(({ name }) => name === over)
