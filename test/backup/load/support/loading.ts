/** Loads backups slice by slice, as a restore and a proof do. */
import { env } from 'cloudflare:workers'
import { onTestFinished } from 'vitest'
import { beginLoad, finishLoad, loadSlice } from '../../../../src/backup/load/loader.ts'
import {
  usualLoadLimits,
  type LoadLimits,
  type LoadProgress,
  type Loading,
} from '../../../../src/backup/load/loading.ts'
import { plainSealing } from '../../../../src/backup/sealing/sealing.ts'
import { dropTables } from '../../../../src/backup/load/schema-store.ts'
import { openDatabase, type Database } from '../../../../src/db/database.ts'
import { readManifest } from '../../support/reading.ts'

/** So that a backup of a test takes many slices, and a part many statements. */
export const smallLimits: LoadLimits = {
  ...usualLoadLimits,
  rowsOfStatement: 2,
  bytesOfStatement: 5000,
  statementsOfSlice: 1,
  partsOfSlice: 2,
  rowsOfSweep: 3,
}

/** Returns the database of the drill, which is empty again after the test. */
export function drillDatabase(): Database {
  const db = openDatabase(env.DRILL)
  onTestFinished(async () => dropTables(db))
  return db
}

export const loadingOf = async (id: string, changes: Partial<Loading> = {}): Promise<Loading> => ({
  db: changes.db ?? drillDatabase(),
  backups: env.BACKUPS,
  manifest: await readManifest(id),
  sealing: plainSealing,
  limits: smallLimits,
  guard: {},
  away: {},
  ...changes,
})

/** Loads all rows. @param between what happens after each slice */
export async function loadAll(
  loading: Loading,
  between: (progress: LoadProgress) => Promise<void> = async () => {},
): Promise<LoadProgress> {
  let progress = beginLoad(loading)
  while (progress.phase !== 'loaded') {
    progress = structuredClone(await loadSlice(loading, progress))
    await between(progress)
  }
  return progress
}

/** Loads a backup to its end. */
export async function load(loading: Loading): Promise<LoadProgress> {
  const progress = await loadAll(loading)
  await finishLoad(loading, progress, {})
  return progress
}
