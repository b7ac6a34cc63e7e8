/** Pins, as what verifies signatures writes them. */
import { env } from 'cloudflare:workers'
import { openDatabase, runBatch } from '../../src/db/database.ts'
import { pinStatements, unpinStatements, type Pin } from '../../src/db/content/pins.ts'
import { idOfRepository } from './deletions.ts'

const db = openDatabase(env.DB)

export async function pin(repository: string, pins: readonly Pin[], pinnedBy = 'notary'): Promise<void> {
  await runBatch(db, { pinned: pinStatements(await idOfRepository(repository), pins, pinnedBy) })
}

export async function unpin(repository: string, pins: readonly Pin[], pinnedBy = 'notary'): Promise<void> {
  await runBatch(db, { unpinned: unpinStatements(await idOfRepository(repository), pins, pinnedBy) })
}
