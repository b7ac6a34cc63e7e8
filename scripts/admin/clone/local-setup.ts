/** Prepares the state folder of a registry of this machine, so that `npm start` finds all there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Teller } from '../../deploy/setup.ts'
import { lockState } from '../../local/lock.ts'
import { prepareStateFolder } from '../../local/state-folder.ts'
import { readVariables } from '../../local/variables.ts'
import { openLocalDatabase } from '../recovery/local-database.ts'

/** Makes what is missing: the folder, the secret, and the database with the schema of this release. */
export async function setupLocally(state: string, { show, say }: Teller): Promise<void> {
  const before = partsOf(state)
  show({ what: 'Set up', done: 0, total: 3, unit: 'steps' })
  await prepareStateFolder(state)
  say(`State folder ${state}: ${made(before.folder)}`)
  const unlock = lockState(state)
  try {
    show({ what: 'Set up', done: 1, total: 3, unit: 'steps' })
    await readVariables(state)
    say(`Secret: ${process.env['REGISTRY_SECRET'] === undefined ? made(before.secret) : 'from the environment'}`)
    show({ what: 'Set up', done: 2, total: 3, unit: 'steps' })
    const { close } = await openLocalDatabase(state)
    await close()
    say(`Database: ${before.data ? 'found' : 'made'}, with all migrations`)
  } finally {
    unlock()
  }
}

/** Tells what a set-up would make, and makes nothing. */
export function planLocalSetup(state: string, { say }: Teller): void {
  const { folder, secret, data } = partsOf(state)
  say(`State folder ${state}: ${planned(folder)}`)
  say(`Secret: ${planned(secret)}`)
  say(`Database: ${data ? 'found; migrations would be applied' : 'would be made'}`)
}

const partsOf = (state: string) => ({
  folder: existsSync(state),
  secret: existsSync(join(state, 'secret')),
  data: existsSync(join(state, 'data/d1')),
})

const made = (wasThere: boolean): string => (wasThere ? 'found' : 'made')
const planned = (isThere: boolean): string => (isThere ? 'found' : 'would be made')
