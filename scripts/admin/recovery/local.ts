/** The recovery in a registry of this machine, while it is stopped. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lockState } from '../../local/lock.ts'
import { openLocalDatabase } from './local-database.ts'

/**
 * Runs the statements of a recovery on a local registry.
 *
 * @param state folder of the registry
 * @throws Error while the registry runs, or when there is none
 */
export async function recoverLocally(statements: readonly string[], state: string): Promise<void> {
  if (!existsSync(join(state, 'data'))) throw new Error(`there is no registry in ${state}: name its --state`)
  const unlock = lockState(state)
  try {
    const { database, close } = await openLocalDatabase(state)
    try {
      await database.batch(statements.map((statement) => database.prepare(statement))).catch(explain)
    } finally {
      await close()
    }
  } finally {
    unlock()
  }
}

/** Rethrows an error with the statements' own refusal, if it holds one (see `statements.ts`). */
function explain(error: unknown): never {
  const [, why] = (error instanceof Error && /bad JSON path: '(.+)'/.exec(error.message)) || []
  throw why === undefined ? error : new Error(why, { cause: error })
}
